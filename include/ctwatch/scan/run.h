/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: one pass over all logs under one time budget.
 *
 * Every log has a thread of its own that reads as one sentence: get the
 * head, find where to go on, read to it, prove it.  They share the network
 * thread, the workers and the store, and wait for none of each other.
 */
#ifndef CTWATCH_SCAN_RUN_H
#define CTWATCH_SCAN_RUN_H

#include <stdatomic.h>

#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/scan/batch.h>
#include <ctwatch/scan/coverage.h>
#include <ctwatch/store/store.h>

/* Where a log that is new to the store begins. */
enum run_since {
	RUN_SINCE_NOW,   /* at its head; a log that appears later, at 0 */
	RUN_SINCE_START, /* at entry 0 */
	RUN_SINCE_TIME   /* at the first entry of a time */
};

struct run_options {
	const struct loglist *logs; /* the union of all lists */
	const char *const *only;    /* descriptions or IDs to read; or none */
	size_t n_only;
	const char *const *by_tiles; /* RFC 6962 logs to be read by tiles */
	size_t n_by_tiles;
	const struct watch *watch; /* built */
	struct store *store;       /* opened with STORE_RUN */
	struct http *http;
	unsigned jobs;        /* workers; 0: one for each processor */
	size_t max_memory;    /* bytes in flight; 0: 64 MiB */
	uint64_t max_entries; /* of each log; 0: no end */
	int64_t max_time;     /* ms; 0: no end */
	enum run_since since;
	int64_t since_time;   /* ms */
	bool offline_issuers; /* fetch no issuer certificates */
};

/* A rule that a log met: CTW070 or CTW071. */
struct run_log_finding {
	const struct loglist_log *log;
	const char *rule;
	char message[512];
};

/* Where the time went: CPU time in microseconds, but for the network. */
struct run_times {
	int64_t network; /* ms that requests took, one after another */
	struct batch_times work;
	int64_t saving;
};

struct run_result {
	struct coverage *v; /* owned; one for each log of the list */
	size_t n;
	struct run_log_finding *findings; /* owned */
	size_t n_findings;
	uint64_t entries, bytes, matched;
	bool stopped; /* ended by run_stop or the time budget */
	struct run_times times;
};

/* Report whether one of the names is the log's description, or its ID in
 * base64 or hexadecimal. */
bool run_is_named(
    const struct loglist_log *log, const char *const *names, size_t n);

/* Read all logs; false when the store failed (store_error says how). */
bool run_pass(const struct run_options *options, struct run_result *out);
void run_result_fini(struct run_result *r);

/*
 * End the pass that is under way in order: what was read is proved and
 * saved, within seconds.  Safe in a signal handler.
 */
void run_stop(void);

#endif
