/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_reader: one log's pass, as a state machine.
 *
 * sync_log.c runs the steps head, start, fetch and verify; save_batch.c
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

/* State shared by the readers of one run. */
struct log_reader_shared {
	const struct sync_options *options;
	struct pipeline *pipeline;
	bool first_run;      /* the store had no log before */
	int64_t deadline;    /* time_mono(); 0: none */
	_Atomic bool ending; /* start no new work */

	pthread_mutex_t lock; /* one log's batch and its cursor at a time */
	pthread_cond_t ended; /* a reader ended, or ending was set */
	/* Saves of several readers share a commit; see save_batch_end. */
	_Atomic unsigned n_waiting; /* readers that wait for the lock to save */
	uint64_t n_saved, n_committed;
	pthread_cond_t committed;
	bool store_failed;
	/* Where fetch_entries hands the entries of b, and a gap among them or
	 * NULL; may take the matches and rejected entries from b.  NULL: save
	 * them in the store. */
	bool (*keep)(void *arg, struct batch *b, const struct store_gap *gap);
	void *keep_arg;
	struct sync_result *result; /* findings are added under the lock */
};

/* Counters of a run; entries that are read again count once. */
struct log_reader_counts {
	uint64_t entries_read, refused, wrong_index, matched;
};

/* The reader of one log: set the first three members, call sync_log_load and
 * sync_log, read coverage. */
struct log_reader {
	struct log_reader_shared *shared;
	const struct loglist_log *log;
	struct coverage *coverage;
	/* ---- */
	struct log_client *client;
	struct http_queue *queue;
	struct store_log state;
	struct tree_head head; /* the head to read up to */
	bool unchecked;        /* no signature of head could be checked */
	bool cosigned[LIMIT_WITNESS_NAMES]; /* by which witness; witness.c */
	uint64_t outside; /* 1 + the last match outside the log's interval */
	uint64_t largest; /* the size of the largest accepted head */
	bool no_cache;    /* requests bypass caches; log_reader_retry */
	struct log_reader_counts proved_counts; /* when verified last changed */
	int64_t saved;     /* time_mono() of the last save of state */
	unsigned window;   /* pages in flight */
	size_t page_bytes; /* recent bytes per page */
	struct page_size pages;
	unsigned skipped; /* pages, see LIMIT_SKIPS */
	uint64_t matched;
	struct index_part *parts; /* of the index: not saved yet; owned */
	size_t n_parts;
	_Atomic uint64_t done,
	    goal; /* entries read, and to read, in this run */
	struct sync_times times;
	/* Issuers that failed in this run. */
	uint8_t missing_issuers[LIMIT_MISSING_ISSUERS][SHA256_SIZE];
	unsigned n_missing_issuers;
	unsigned issuer_failures; /* in a row */
};

/* sync_log.c: read one log; never fails, *coverage has the result. */
void sync_log(struct log_reader *r);

/* Load the state of the log, or that of a new one; sync_log frees it. */
void sync_log_load(struct log_reader *r);

/* ---- log_reader.c ---- */

/* Set the members for all readers under these options, which result outlives.
 * No pipeline is started. */
void log_reader_shared_init(struct log_reader_shared *s,
    const struct sync_options *o, struct sync_result *result);
void log_reader_shared_fini(struct log_reader_shared *s);

/* Set the queue and the client of r, whose log and coverage are set; false if
 * the log's key is not allowed. */
bool log_reader_connect(struct log_reader *r);

/* Fetch a small body for the client, with retries, within the time budget. */
bool log_reader_get(void *arg, const char *url, size_t max, struct buf *body,
    struct buf *error);

/* Report whether the run must end, also because its time is up. */
bool log_reader_ending(struct log_reader *r);

/* Wait ms, or less if the run must end. */
void log_reader_sleep(struct log_reader *r, int64_t ms);

/* Report whether to make the attempt-th request (from 0) of something that a
 * cache may have served; the second one bypasses caches, after a delay. */
bool log_reader_retry(struct log_reader *r, int attempt);

/* The counters of this run, and functions to change them. */
struct log_reader_counts log_reader_counts(const struct log_reader *r);
void log_reader_set_counts(
    struct log_reader *r, const struct log_reader_counts *counts);

/* Set the reason why this log is not complete; the first one is kept. */
__attribute__((format(printf, 3, 4))) void log_reader_mark(
    struct log_reader *r, enum coverage_status status, const char *fmt, ...);

/* Add CTW056, CTW058, CTW070 or CTW071 for this log. */
__attribute__((format(printf, 3, 4))) void log_reader_finding(
    struct log_reader *r, const char *rule, const char *fmt, ...);

/* Close the finding of that rule for this log; reason is static. */
void log_reader_clear(
    struct log_reader *r, const char *rule, const char *reason);

/* ---- the steps ---- */

/* log_heads.c: store h, parsed from raw.  Call between save_batch_begin and
 * save_batch_end. */
void log_heads_save(struct log_reader *r, const struct tree_head *h,
    struct bytes raw, enum store_head_state state);

/* Store and report two signed heads that contradict each other.  other is NULL
 * if h contradicts the entries verified before. */
void log_heads_conflict(struct log_reader *r, const struct tree_head *h,
    const struct tree_head *other, struct bytes raw);

/* Check by a proof that a tree is a prefix of head's; bypass caches if a proof
 * is invalid. */
enum log_client_result log_heads_consistent(struct log_reader *r, uint64_t size,
    const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error);

/* fetch_head.c: fetch r->head, the tree head to read up to. */
enum head_result {
	HEAD_NEW,              /* larger than the verified size */
	HEAD_SAME,             /* of the verified size */
	HEAD_OLDER_CONSISTENT, /* smaller, and a prefix of the entries read */
	HEAD_UNPROVED,    /* smaller, no valid proof: r->head is the largest */
	HEAD_UNCHECKED,   /* its signatures could not be checked: it is neither
	                   * stored nor compared, and verifies nothing */
	HEAD_CONTRADICTS, /* it contradicts another signed head */
	HEAD_UNREACHABLE  /* no answer with a valid signature */
};
enum head_result fetch_head(struct log_reader *r);

/* verify_root.c: report whether r->head verifies entries: the checkpoint of an
 * issuance log must have a quorum of its cosigners. */
bool verify_root_has_quorum(const struct log_reader *r);

/* witness.c: count cosignatures again from zero, beginning with those on the
 * answer that had the head. */
void witness_count(struct log_reader *r, struct bytes raw);

/* Ask the witnesses for their checkpoints of this log, compare these with
 * r->head, and sum up. */
void witness_review(struct log_reader *r);

/* read_landmarks.c: store the hashes of the landmark subtrees of an issuance
 * log that are under r->head, which is verified. */
void read_landmarks(struct log_reader *r);

/* start_index.c: set the start of a log without a range: the entry from the
 * store or --since, with its range verified under r->head. */
enum start_result {
	START_FOUND,
	START_UNPROVED,   /* no valid proof */
	START_UNREACHABLE /* no answer */
};
enum start_result start_index_find(struct log_reader *r);

/* Find an entry, at most a page below the first one of that time (ms) or later,
 * by the timestamps, less the MMD of the log. */
bool start_index_of_time(
    struct log_reader *r, int64_t when, uint64_t *out, struct buf *error);

/* Get the range [0, at) under r->head; bypass caches if a proof is invalid. */
enum log_client_result start_index_range(struct log_reader *r, uint64_t at,
    struct merkle_range *out, struct buf *error);

/* fetch_entries.c: read entries from r->state.next up to r->head. */
void fetch_entries(struct log_reader *r);

/* search_new_items.c: search the index of entries below `to`, the first entry
 * that this run read, for the items that are new in it, unless they are not
 * verified yet; the coverage of the items then begins where the search did. */
void search_new_items(struct log_reader *r, uint64_t to);

/* retry_gaps.c: read again the gaps of earlier runs, unread or unproved. */
void retry_gaps(struct log_reader *r);

/* verify_root.c: compare the entries read with r->head. */
enum verify_result {
	VERIFY_PROVED,
	VERIFY_UNPROVED,   /* no valid proof */
	VERIFY_READ_AGAIN, /* first root mismatch: read the entries again */
	VERIFY_CONTRADICTS /* second mismatch, or contradicting heads */
};
enum verify_result verify_root(struct log_reader *r);

/* Clear CTW070 of a log whose entries, read again, hash to all roots that it
 * signed. */
void verify_root_review(struct log_reader *r);

/* fetch_issuers.c: fetch the issuers that the matches of a batch name and the
 * store lacks, and complete every chain, of any log, that lacks one. */
void fetch_issuers(struct log_reader *r, const struct batch *b);

/* Request missing issuers of earlier entries again, until several in a row
 * failed in this run. */
void fetch_issuers_again(struct log_reader *r, unsigned failures);

/* Load an issuer for record_match.h; arg is the store. */
bool fetch_issuers_stored(
    void *arg, const uint8_t sha256[static SHA256_SIZE], struct buf *out);

/* save_batch.c: save the matches of a batch (may be NULL) and the cursor of the
 * log in one transaction. */
bool save_batch(struct log_reader *r, const struct batch *batch);

/* As save_batch, for entries [from, to) of b that fill a gap. */
bool save_batch_filled(
    struct log_reader *r, const struct batch *b, uint64_t from, uint64_t to);

/* Save the matches of entries that were read before, and those that may match
 * but do not parse. */
bool save_batch_searched(struct log_reader *r, const struct batch *b);

/* As save_batch, if the last entries up to r->state.next are a gap. */
bool save_batch_gap(
    struct log_reader *r, const struct batch *b, const struct store_gap *gap);

/* save_index.c: keep the index of a batch that follows r->state.next until the
 * next save_index_rows. */
void save_index_keep(struct log_reader *r, struct batch *b);

/* Report whether the index of a whole block waits to be saved. */
bool save_index_is_due(const struct log_reader *r);

/* Save what save_index_keep keeps.  Call between save_batch_begin and
 * save_batch_end. */
void save_index_rows(struct log_reader *r);

/* Likewise, save the index of a batch with entries below r->state.next. */
void save_index_filled(struct log_reader *r, const struct batch *b);

/* Likewise, forget the index of entries from `from` on, which were not
 * proved. */
void save_index_forget(struct log_reader *r, uint64_t from);

/* Begin a change of the store and r->state, which save_batch_end commits
 * atomically, together with those of other logs that wait to begin.  Other logs
 * and processes wait meanwhile: use no network in between. */
void save_batch_begin(struct log_reader *r);
bool save_batch_end(struct log_reader *r);

/* index_block.c: save a coded part, from index_part_pack, unless its entries
 * are in the index.  Call between save_batch_begin and save_batch_end. */
void index_block_add(struct log_reader *r, struct bytes coded);

/* Join the saved parts of each block that was read, in a file. */
void index_block_close_all(struct log_reader *r);

#endif
