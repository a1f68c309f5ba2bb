/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync: one pass over all logs under one time budget.
 *
 * Each log has its own thread: fetch the head, find the start index, fetch the
 * entries, verify the root.  They share the network thread, the workers and the
 * store, and do not wait for each other.
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

struct signature_cache;

/* The start of a log that is new to the store. */
enum sync_since {
	SYNC_SINCE_NOW,   /* at its head; a log that appears later, at 0 */
	SYNC_SINCE_START, /* at entry 0 */
	SYNC_SINCE_TIME   /* at the first entry of a time */
};

struct sync_options {
	const struct loglist *logs; /* the union of all lists */
	const char *const *only;    /* descriptions or IDs to read; or none */
	size_t n_only;
	const char
	    *skip_operator; /* its logs are left out (cover.h); or NULL */
	const char *const *by_tiles; /* RFC 6962 logs to read by tiles */
	size_t n_by_tiles;
	const struct watch *watch; /* built */
	struct store *store;       /* opened with STORE_RUN */
	struct http *http;
	unsigned jobs;        /* workers; 0: one for each processor */
	size_t max_memory;    /* bytes in flight; 0: 64 MiB */
	uint64_t max_entries; /* of each log; 0: no limit */
	int64_t max_time;     /* ms; 0: no limit */
	enum sync_since since;
	int64_t since_time;   /* ms */
	bool offline_issuers; /* fetch no issuer certificates */
	const struct witness_policy *witnesses; /* NULL: none is known */
	struct signature_cache *signatures;     /* of the run, or NULL */
	/* Make the index of names under this secret of NAME_KEYS_SECRET bytes;
	 * NULL: make none. */
	const uint8_t *index_secret;
	int64_t run; /* its number */
	/* The keys of the items that are new in this run, to be searched for in
	 * the index; NULL: none. */
	const struct name_keys *new_items;
};

/* A rule that a log met: CTW056, CTW058, CTW070 or CTW071; one for each log and
 * rule, with all that was found in its message. */
struct sync_log_finding {
	const struct loglist_log *log;
	const char *rule;
	char message[1024];
};

/* A finding of a log that no longer holds, and the reason. */
struct sync_log_clearing {
	const struct loglist_log *log;
	const char *rule;
	const char *reason; /* static storage */
};

/* CPU time in microseconds, except for the network. */
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
	bool merged;  /* of backfill_merge: the heads are those of the plan */
	struct sync_times times;
};

/* The decision whether a run reads a log. */
enum sync_choice {
	SYNC_READ,
	SYNC_SKIP,     /* by its state, its dates, or --log */
	SYNC_LEFT_OUT, /* with its operator, although it may have entries */
	SYNC_UNUSABLE  /* its entry in the list is invalid */
};

/* Return the time for sync_choose, in ms: the clock's, or with a store that of
 * store_head_time, since a clock that is ahead does not expire logs. */
int64_t sync_choose_time(const struct sync_options *options);

/*
 * Choose whether to read a log at time now (see sync_choose_time); *why is the reason if not,
 * static or borrowed from log.  A log that is retired, rejected, expired or
 * test in the lists is still read while the store lacks entries of it, if the
 * user names it, or if --since covers certificates that are still valid.  Of
 * the options, only, since and store (NULL: none yet) are used.
 */
enum sync_choice sync_choose(const struct sync_options *options,
    const struct loglist_log *log, int64_t now, const char **why);

/* Read all logs; return false if the store failed (see store_error). */
bool sync_all(const struct sync_options *options, struct sync_result *out);
void sync_result_fini(struct sync_result *r);

/*
 * End the current pass within seconds, after verifying and saving the entries
 * read.  Safe in a signal handler.
 */
void sync_stop(void);

/* Report whether sync_stop was called. */
bool sync_is_stopped(void);

#endif
