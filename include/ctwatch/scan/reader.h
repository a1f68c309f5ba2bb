/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader: what reads one log.  visit.c leads it through a run, the files
 * below each take it one step, and reader.c holds what all of them need.
 */
#ifndef CTWATCH_SCAN_READER_H
#define CTWATCH_SCAN_READER_H

#include <pthread.h>
#include <stdatomic.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/scan/pipeline.h>
#include <ctwatch/scan/run.h>

/* What the readers of one pass share. */
struct reader_shared {
	const struct run_options *options;
	struct pipeline *pipeline;
	bool first_run;      /* the store knew no log before */
	int64_t deadline;    /* time_mono(); 0: none */
	_Atomic bool ending; /* begin nothing new */

	pthread_mutex_t lock; /* one log's batch and its cursor at a time */
	pthread_cond_t ended; /* a reader ended, or ending was set */
	int64_t committed;    /* time_mono() of the last commit */
	bool store_failed;
	struct run_result *result; /* findings are added under the lock */
};

/* A reader: fill the first three, run visit_log, take cover. */
struct reader {
	struct reader_shared *shared;
	const struct loglist_log *log;
	struct coverage *cover;
	/* ---- */
	struct source *source;
	struct http_lane *lane;
	struct store_log state;
	struct head head;    /* the one to read up to */
	int64_t saved;       /* time_mono() of the last save of state */
	uint32_t last_short; /* entries of the last answer that was short */
	unsigned window;     /* pages under way at once */
	size_t page_bytes;   /* what a page has had lately */
	uint64_t matched;
	_Atomic uint64_t done, goal; /* entries read, and to read, this run */
	struct run_times times;
	/* Issuers that could not be had in this run. */
	uint8_t lacking[BOUNDS_ISSUERS_LACKING][DIGEST_SIZE];
	unsigned n_lacking;
};

/* visit.c: read one log; never fails, *cover says what happened. */
void visit_log(struct reader *r);

/* ---- reader.c ---- */

/* Get a small body for the source: with retries, within the budget. */
bool reader_get(void *arg, const char *url, size_t max, struct buf *body,
    struct buf *error);

/* Whether the run is to end; also when its time is up. */
bool reader_ending(struct reader *r);

/* Wait ms, or less when the run is to end. */
void reader_sleep(struct reader *r, int64_t ms);

/* Say why this log is not complete; the first reason stands. */
__attribute__((format(printf, 3, 4))) void reader_mark(
    struct reader *r, enum coverage_status status, const char *fmt, ...);

/* Add CTW070 or CTW071 for this log. */
__attribute__((format(printf, 3, 4))) void reader_finding(
    struct reader *r, const char *rule, const char *fmt, ...);

/* ---- the steps ---- */

/* heading.c: get r->head, the head to read up to; false if there is none. */
bool heading_get(struct reader *r);

/* Store h, of which raw is the answer. */
bool heading_save(struct reader *r, const struct head *h, struct bytes raw,
    enum store_head_state state);

/* Two signed heads cannot both be true: keep them and say so.  other may be
 * NULL where what contradicts h is what was read. */
void heading_conflict(struct reader *r, const struct head *h,
    const struct head *other, struct bytes raw);

/* Ask, again before a no is believed, whether a tree is a prefix of head's. */
enum source_result heading_consistent(struct reader *r, uint64_t size,
    const struct tree_hash *root, const struct head *head, struct buf *error);

/* beginning.c: set where a log that was not read yet begins, or where one
 * whose proofs led nowhere goes on: there all that was read stays read. */
bool beginning_find(struct reader *r);

/* proving.c: prove what was read; false when it is to be read again. */
bool proving_done(struct reader *r);

/* reading.c: read entries from r->state.next up to r->head. */
void reading_entries(struct reader *r);

/* retrying.c: try once more to read what earlier runs had to leave out. */
void retrying_gaps(struct reader *r);

/* saving.c: save what a batch brought (it may be NULL) and where the log
 * stands, as one. */
bool saving_batch(struct reader *r, const struct batch *batch);

/* What is changed between these two, in the store and in r->state, is saved
 * as one.  Others wait meanwhile: no network here. */
void saving_begin(struct reader *r);
bool saving_end(struct reader *r);

#endif
