/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_reader: one log's pass, as a state machine.
 *
 * sync_log.c leads a log through head, start, fetch and verify; save_batch.c
 * commits.  At each commit
 *   first <= verified <= next <= the size of the largest accepted head,
 * which save_batch_end asserts.  start_index_find sets all three,
 * fetch_entries raises next, verify_root raises verified or returns next to it.
 */
#ifndef CTWATCH_SYNC_LOG_READER_H
#define CTWATCH_SYNC_LOG_READER_H

#include <pthread.h>
#include <stdatomic.h>

#include "sync/page_size.h"
#include "sync/pipeline.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/sync/sync.h>

/* What the readers of one run share. */
struct log_reader_shared {
	const struct sync_options *options;
	struct pipeline *pipeline;
	bool first_run;      /* the store knew no log before */
	int64_t deadline;    /* time_mono(); 0: none */
	_Atomic bool ending; /* begin nothing new */

	pthread_mutex_t lock; /* one log's batch and its cursor at a time */
	pthread_cond_t ended; /* a reader ended, or ending was set */
	bool store_failed;
	struct sync_result *result; /* findings are added under the lock */
};

/* What a run counts; entries that are read again count once. */
struct log_reader_counts {
	uint64_t entries_read, refused, wrong_index, matched;
};

/* The reader of one log: set the first three members, call sync_log, read
 * coverage. */
struct log_reader {
	struct log_reader_shared *shared;
	const struct loglist_log *log;
	struct coverage *coverage;
	/* ---- */
	struct log_client *client;
	struct http_lane *lane;
	struct store_log state;
	struct tree_head head;              /* the one to read up to */
	bool cosigned[LIMIT_WITNESS_NAMES]; /* by which witness; witness.c */
	uint64_t outside; /* 1 + the last match outside the log's interval */
	uint64_t largest; /* the size of the largest accepted head */
	bool no_cache;    /* requests bypass caches; log_reader_retry */
	struct log_reader_counts proved_counts; /* when verified last moved */
	int64_t saved;     /* time_mono() of the last save of state */
	unsigned window;   /* pages under way at once */
	size_t page_bytes; /* bytes of a page, lately */
	struct page_size pages;
	unsigned skipped; /* pages, see LIMIT_SKIPS */
	uint64_t matched;
	_Atomic uint64_t done, goal; /* entries read, and to read, this run */
	struct sync_times times;
	/* Issuers that could not be had in this run. */
	uint8_t missing_issuers[LIMIT_MISSING_ISSUERS][SHA256_SIZE];
	unsigned n_missing_issuers;
	unsigned issuer_failures; /* in a row */
};

/* sync_log.c: read one log; never fails, *coverage says what happened. */
void sync_log(struct log_reader *r);

/* ---- log_reader.c ---- */

/* Get a small body for the client: with retries, within the budget. */
bool log_reader_get(void *arg, const char *url, size_t max, struct buf *body,
    struct buf *error);

/* Whether the run is to end; also when its time is up. */
bool log_reader_ending(struct log_reader *r);

/* Wait ms, or less when the run is to end. */
void log_reader_sleep(struct log_reader *r, int64_t ms);

/* Report whether to ask for the attempt-th time (from 0) what a cache may have
 * answered; a second time is past caches, after a while. */
bool log_reader_retry(struct log_reader *r, int attempt);

/* The counts of this run, and how to set them. */
struct log_reader_counts log_reader_counts(const struct log_reader *r);
void log_reader_set_counts(
    struct log_reader *r, const struct log_reader_counts *counts);

/* Say why this log is not complete; the first reason stands. */
__attribute__((format(printf, 3, 4))) void log_reader_mark(
    struct log_reader *r, enum coverage_status status, const char *fmt, ...);

/* Add CTW056, CTW058, CTW070 or CTW071 for this log. */
__attribute__((format(printf, 3, 4))) void log_reader_finding(
    struct log_reader *r, const char *rule, const char *fmt, ...);

/* Close the finding of that rule for this log; reason is static. */
void log_reader_clear(
    struct log_reader *r, const char *rule, const char *reason);

/* ---- the steps ---- */

/* fetch_head.c: get r->head, the tree head to read up to. */
enum head_result {
	HEAD_NEW,              /* larger than what is verified */
	HEAD_SAME,             /* of the size that is verified */
	HEAD_OLDER_CONSISTENT, /* smaller, and a prefix of what was read */
	HEAD_UNPROVED, /* smaller, and its proof does not hold: r->head is the
	                  * largest head that is known */
	HEAD_CONTRADICTS, /* it cannot be true together with another signed one */
	HEAD_UNREACHABLE /* no answer, or none with the log's signature */
};
enum head_result fetch_head(struct log_reader *r);

/* Store h, of which raw is the answer.  Between save_batch_begin and
 * save_batch_end. */
void fetch_head_save(struct log_reader *r, const struct tree_head *h,
    struct bytes raw, enum store_head_state state);

/* Two signed heads contradict each other: keep and report them.  other may be
 * NULL where h contradicts the entries that were proved before. */
void fetch_head_conflict(struct log_reader *r, const struct tree_head *h,
    const struct tree_head *other, struct bytes raw);

/* Ask whether a tree is a prefix of head's; past caches if a proof does not
 * hold. */
enum log_client_result fetch_head_consistent(struct log_reader *r,
    uint64_t size, const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error);

/* witness.c: begin anew to count cosignatures, with those on the answer that
 * brought a head. */
void witness_count(struct log_reader *r, struct bytes raw);

/* Ask the witnesses for their checkpoints of this log, compare these with
 * r->head, and sum up. */
void witness_review(struct log_reader *r);

/* start_index.c: set where a log without a range begins or resumes: at the
 * entry that the store or --since names, its range proved under r->head. */
enum start_result {
	START_FOUND,
	START_UNPROVED,   /* no proof holds */
	START_UNREACHABLE /* no answer */
};
enum start_result start_index_find(struct log_reader *r);

/* fetch_entries.c: read entries from r->state.next up to r->head. */
void fetch_entries(struct log_reader *r);

/* retry_gaps.c: read again what earlier runs left unread or unproved. */
void retry_gaps(struct log_reader *r);

/* verify_root.c: compare what was read with r->head. */
enum verify_result {
	VERIFY_PROVED,
	VERIFY_UNPROVED,   /* no proof was had, or it did not hold */
	VERIFY_READ_AGAIN, /* a root differs for the first time: the entries
	                    * are forgotten, and to be read again */
	VERIFY_CONTRADICTS /* a root differs again, or two signed heads do */
};
enum verify_result verify_root(struct log_reader *r);

/* Withdraw the accusation of a log whose entries, read again, hash to all the
 * roots that it signed. */
void verify_root_review(struct log_reader *r);

/* fetch_issuers.c: fetch the issuers that the matches of a batch name and the
 * store lacks.  Every chain, of any log, that waits for one is completed. */
void fetch_issuers(struct log_reader *r, const struct batch *b);

/* Ask again for the issuers that entries read earlier name, until so many in a
 * row were not given in this run. */
void fetch_issuers_again(struct log_reader *r, unsigned failures);

/* An issuer as record_match.h wants it; arg is the store. */
bool fetch_issuers_stored(
    void *arg, const uint8_t sha256[static SHA256_SIZE], struct buf *out);

/* save_batch.c: save what a batch brought (it may be NULL) and where the log
 * stands, in one transaction. */
bool save_batch(struct log_reader *r, const struct batch *batch);

/* As save_batch, when the entries [from, to) of b fill a gap. */
bool save_batch_filled(
    struct log_reader *r, const struct batch *b, uint64_t from, uint64_t to);

/* As save_batch, when the last entries up to r->state.next are a gap. */
bool save_batch_gap(
    struct log_reader *r, const struct batch *b, const struct store_gap *gap);

/* Begin to change the store and r->state, which save_batch_end commits as one.
 * Other logs wait meanwhile, other processes too: no network in between. */
void save_batch_begin(struct log_reader *r);
bool save_batch_end(struct log_reader *r);

#endif
