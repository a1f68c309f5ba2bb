/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_reader: what reads one log.  sync_log.c leads it through a run, the files
 * below each take it one step, and log_reader.c holds what all of them need.
 */
#ifndef CTWATCH_SYNC_LOG_READER_H
#define CTWATCH_SYNC_LOG_READER_H

#include <pthread.h>
#include <stdatomic.h>

#include "sync/page_size.h"
#include "sync/pipeline.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/sync/sync.h>

/* What the readers of one pass share. */
struct log_reader_shared {
	const struct sync_options *options;
	struct pipeline *pipeline;
	bool first_run;      /* the store knew no log before */
	int64_t deadline;    /* time_mono(); 0: none */
	_Atomic bool ending; /* begin nothing new */

	pthread_mutex_t lock; /* one log's batch and its cursor at a time */
	pthread_cond_t ended; /* a reader ended, or ending was set */
	int64_t committed;    /* time_mono() of the last commit */
	bool store_failed;
	struct sync_result *result; /* findings are added under the lock */
};

/* The reader of one log: set shared, log and cover, call sync_log, read cover. */
struct log_reader {
	struct log_reader_shared *shared;
	const struct loglist_log *log;
	struct coverage *cover;
	/* ---- */
	struct log_client *client;
	struct http_lane *lane;
	struct store_log state;
	struct tree_head head; /* the one to read up to */
	int64_t saved;         /* time_mono() of the last save of state */
	unsigned window;       /* pages under way at once */
	size_t page_bytes;     /* bytes of a page, lately */
	struct page_size pages;
	unsigned skipped; /* pages, see LIMIT_SKIPS */
	uint64_t matched;
	_Atomic uint64_t done, goal; /* entries read, and to read, this run */
	struct sync_times times;
	/* Issuers that could not be had in this run. */
	uint8_t missing_issuers[LIMIT_ISSUERS_LACKING][SHA256_SIZE];
	unsigned n_missing_issuers;
};

/* sync_log.c: read one log; never fails, *cover says what happened. */
void sync_log(struct log_reader *r);

/* ---- log_reader.c ---- */

/* Get a small body for the client: with retries, within the budget. */
bool log_reader_get(void *arg, const char *url, size_t max, struct buf *body,
    struct buf *error);

/* Whether the run is to end; also when its time is up. */
bool log_reader_ending(struct log_reader *r);

/* Wait ms, or less when the run is to end. */
void log_reader_sleep(struct log_reader *r, int64_t ms);

/* Say why this log is not complete; the first reason stands. */
__attribute__((format(printf, 3, 4))) void log_reader_mark(
    struct log_reader *r, enum coverage_status status, const char *fmt, ...);

/* Add CTW070 or CTW071 for this log. */
__attribute__((format(printf, 3, 4))) void log_reader_finding(
    struct log_reader *r, const char *rule, const char *fmt, ...);

/* ---- the steps ---- */

/* fetch_head.c: get r->head, the head to read up to; false if there is none. */
bool fetch_head(struct log_reader *r);

/* Store h, of which raw is the answer. */
bool fetch_head_save(struct log_reader *r, const struct tree_head *h,
    struct bytes raw, enum store_head_state state);

/* Two signed heads cannot both be true: keep them and say so.  other may be
 * NULL where what contradicts h is what was read. */
void fetch_head_conflict(struct log_reader *r, const struct tree_head *h,
    const struct tree_head *other, struct bytes raw);

/* Ask, again before a no is believed, whether a tree is a prefix of head's. */
enum log_client_result fetch_head_consistent(struct log_reader *r,
    uint64_t size, const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error);

/* start_index.c: set where a log that was not read yet begins, or where one
 * whose proofs led nowhere goes on: there all that was read stays read. */
bool start_index_find(struct log_reader *r);

/* verify_root.c: prove what was read; false when it is to be read again. */
bool verify_root(struct log_reader *r);

/* fetch_entries.c: read entries from r->state.next up to r->head. */
void fetch_entries(struct log_reader *r);

/* retry_gaps.c: try once more to read what earlier runs had to leave out. */
void retry_gaps(struct log_reader *r);

/* save_batch.c: save what a batch brought (it may be NULL) and where the log
 * stands, as one. */
bool save_batch(struct log_reader *r, const struct batch *batch);

/* As save_batch, when the last entries up to r->state.next are a gap. */
bool save_batch_gap(
    struct log_reader *r, const struct batch *b, const struct store_gap *gap);

/* What is changed between these two, in the store and in r->state, is saved
 * as one.  Others wait meanwhile: no network here. */
void save_batch_begin(struct log_reader *r);
bool save_batch_end(struct log_reader *r);

#endif
