/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync: one pass over all logs under one time budget.
 *
 * Every log has a thread of its own that reads as one sentence: get the
 * head, find where to go on, read to it, prove it.  They share the network
 * thread, the workers and the store, and wait for none of each other.
 */
#ifndef CTWATCH_SYNC_SYNC_H
#define CTWATCH_SYNC_SYNC_H

#include <stdatomic.h>

#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/policy/witness_policy.h>
#include <ctwatch/store/store.h>
#include <ctwatch/sync/batch.h>
#include <ctwatch/sync/coverage.h>

/* Where a log that is new to the store begins. */
enum sync_since {
	SYNC_SINCE_NOW,   /* at its head; a log that appears later, at 0 */
	SYNC_SINCE_START, /* at entry 0 */
	SYNC_SINCE_TIME   /* at the first entry of a time */
};

struct sync_options {
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
	enum sync_since since;
	int64_t since_time;   /* ms */
	bool offline_issuers; /* fetch no issuer certificates */
	const struct witness_policy *witnesses; /* NULL: none is known */
};

/* A rule that a log met: CTW056, CTW058, CTW070 or CTW071; one for each log and rule,
 * with all that was found in its message. */
struct sync_log_finding {
	const struct loglist_log *log;
	const char *rule;
	char message[1024];
};

/* A finding of a log that no longer holds, and why. */
struct sync_log_clearing {
	const struct loglist_log *log;
	const char *rule;
	const char *reason; /* static storage */
};

/* Where the time went: CPU time in microseconds, but for the network. */
struct sync_times {
	int64_t network; /* ms that requests took, one after another */
	struct batch_times work;
	int64_t saving;
};

struct sync_result {
	struct coverage *v; /* owned; one for each log of the list */
	size_t n;
	struct sync_log_finding *findings; /* owned */
	size_t n_findings;
	struct sync_log_clearing *cleared; /* owned */
	size_t n_cleared;
	uint64_t entries, bytes, matched;
	bool stopped; /* ended by sync_stop or the time budget */
	struct sync_times times;
};

/* Report whether one of the names is the log's description, or its ID in
 * base64 or hexadecimal. */
bool sync_is_named(
    const struct loglist_log *log, const char *const *names, size_t n);

/* Whether a run reads a log. */
enum sync_choice {
	SYNC_READ,
	SYNC_SKIP,    /* by its state, its dates, or --log */
	SYNC_UNUSABLE /* it would be read, but its entry in the list has a fault */
};

/*
 * Choose whether to read a log at time now (ms); *why is the reason if not,
 * static or borrowed from log.  A log that the lists call retired, rejected,
 * expired or test is read on while the store lacks entries of it, if the user
 * names it, or if --since reaches back to certificates that are still valid.
 * Of the options, only, since and store (NULL: there is none yet) are used.
 */
enum sync_choice sync_choose(const struct sync_options *options,
    const struct loglist_log *log, int64_t now, const char **why);

/* Read all logs; false when the store failed (store_error says how). */
bool sync_all(const struct sync_options *options, struct sync_result *out);
void sync_result_fini(struct sync_result *r);

/*
 * End the pass that is under way in order: what was read is proved and
 * saved, within seconds.  Safe in a signal handler.
 */
void sync_stop(void);

/* Report whether sync_stop was called. */
bool sync_is_stopped(void);

#endif
