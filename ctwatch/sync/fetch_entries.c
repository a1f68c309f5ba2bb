/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_entries: read the entries of one log, several pages in parallel.
 *
 * Pages are requested and processed in order, but may arrive in any order. A
 * ring holds the jobs in flight, the oldest first.  A range that fails
 * repeatedly is halved down to the faulty entry, and a page that a log cannot
 * serve is skipped: see skip_entries.h.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include "sync/skip_entries.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

/* Pages of one log requested at once; the rate limit lets fewer be in flight.
 * Answers that come over a long way (in ms) need more, and so do the pages
 * after one that is held by the rate limit. */
#define WINDOW     6
#define MAX_WINDOW 64
#define LONG_TRIP  20

/* Attempts for a page, and the first retry delay in ms, which doubles. */
#define TRIES      6
#define FIRST_WAIT 250
#define LAST_WAIT  (30 * TIME_SECOND)

/* A malformed answer or a 4xx status is likely permanent: fewer attempts. */
#define TRIES_REFUSED 3

/* Failures of a range before it is halved. */
#define TRIES_RANGE 2

/* A request that fails after this many ms is a time-out: repeated halving would
 * use up the time of the run. */
#define TIMED_OUT (5 * TIME_SECOND)

/* Time limit for a page with all attempts, in ms. */
#define PATIENCE (10 * TIME_MINUTE)

/* Estimated size of the first page, in bytes. */
#define PAGE_BYTES_GUESS (1u << 20)

struct slot {
	struct pipeline_job job;
	uint64_t end;  /* this slot requests [job.from, end) */
	uint32_t step; /* entries per request up to bad_end; 0: no failure */
	uint64_t bad_end;
	unsigned tries;
	int64_t since; /* time_mono() of its first request or last progress */
};

struct ring {
	struct slot slot[MAX_WINDOW];
	unsigned first, n;
	uint64_t planned; /* entries below are requested or processed */
};

/* Request a page from an entry on; `again` if the slot is the oldest and has
 * requested one before. */
static void
ask(struct log_reader *r, struct slot *slot, uint64_t from, uint64_t tree_end,
    bool again)
{
	struct pipeline_job *j = &slot->job;
	int64_t not_before = again ? j->repeat_from : 0;
	uint32_t most = again ? r->pages.most : page_size_next(&r->pages, from);

	if (j->pipeline != NULL)
		pipeline_release(r->shared->pipeline, j);
	*j = (struct pipeline_job){ .client = r->client,
		.queue = r->queue,
		.from = from,
		.no_cache = r->state.mismatches > 0,
		.not_before = not_before,
		.first = again,
		.expect =
		    r->page_bytes > 0 ? r->page_bytes : PAGE_BYTES_GUESS };
	if (slot->step > 0) {
		most = LIMIT_PAGE_ENTRIES;
		if (tree_end > from + slot->step)
			tree_end = from + slot->step;
	}
	log_client_page(r->client, from, tree_end, most, &j->page);
	pipeline_submit(r->shared->pipeline, j);
}

/* Learn how many entries this log's answers have. */
static void
learn_page(struct log_reader *r, const struct slot *slot)
{
	const struct pipeline_job *j = &slot->job;
	uint32_t n = (uint32_t)(j->batch.range.end - j->from);

	r->page_bytes = (size_t)j->wire_bytes + j->wire_bytes / 4;
	if (log_client_is_tiled(r->client) || slot->step > 0)
		return;
	page_size_answer(&r->pages, j->from, j->page.count, n,
	    j->page.first + j->page.count >= r->head.size);
	r->state.page = page_size_stored(&r->pages);
}

/* The data tile is malformed from some entry on: append the leaf hashes of the
 * log's hash tile instead, which the root verifies, and record the rest as a
 * gap. */
static bool
skip_unreadable(
    struct log_reader *r, struct pipeline_job *j, struct store_gap *out)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	const struct log_client_pages *pages = r->client->pages;
	struct merkle_hash *hashes;
	struct batch *b = &j->batch;
	struct store_gap gap = { .from = b->range.end,
		.to = b->range.end + b->lost };
	struct buf error;
	bool ok;

	hashes = mem_alloc(j->page.count, sizeof *hashes);
	buf_init(&error, 4096);
	ok = pages->leaf_hashes != NULL &&
	    pages->leaf_hashes(r->client, &fetch, &r->head, &j->page, hashes,
	        &error) == LOG_CLIENT_OK;
	for (uint64_t i = j->from; ok && i < b->range.end; i++)
		ok = merkle_equal(
		    &hashes[i - j->page.first], &b->leaves[i - j->from]);
	if (ok)
		b->leaves = mem_realloc(
		    b->leaves, (size_t)(gap.to - j->from), sizeof *b->leaves);
	for (uint64_t i = gap.from; ok && i < gap.to; i++) {
		b->leaves[i - j->from] = hashes[i - j->page.first];
		merkle_range_add(&b->range, &b->leaves[i - j->from]);
	}
	if (ok) {
		snprintf(gap.reason, sizeof gap.reason, "%.60s", j->error);
		*out = gap;
		msg_warn("%s: entries %" PRIu64 " to %" PRIu64
		         " cannot be read: %s",
		    r->log->description, gap.from, gap.to - 1, j->error);
	} else
		snprintf(j->error, sizeof j->error,
		    "the tile is malformed, "
		    "and its hash tile: %s",
		    error.n > 0 ? buf_text(&error) : "differs");
	buf_fini(&error);
	free(hashes);
	return ok;
}

/* Save the entries of b, and a gap among them unless it is NULL. */
static bool
keep(struct log_reader *r, struct batch *b, const struct store_gap *gap)
{
	const struct log_reader_shared *s = r->shared;
	bool due, ok;

	if (s->keep != NULL)
		return s->keep(s->keep_arg, b, gap);
	save_index_keep(r, b);
	due = save_index_is_due(r);
	ok = gap != NULL ? save_batch_gap(r, b, gap) : save_batch(r, b);
	if (ok && due)
		index_block_close_all(r);
	return ok;
}

/* Save the entries that the oldest job read, and advance the cursor. */
static bool
take_page(struct log_reader *r, struct slot *slot)
{
	struct pipeline_job *j = &slot->job;
	struct coverage *c = r->coverage;
	struct batch *b = &j->batch;
	struct store_gap gap;

	if (b->lost > 0 &&
	    (slot->tries + 1 < TRIES_REFUSED || !skip_unreadable(r, j, &gap)))
		return false;
	learn_page(r, slot);
	assert(b->range.begin == r->state.next);
	merkle_range_join(&r->state.range, &b->range);
	r->state.next = b->range.end;
	store_dates_join(&r->state.dates, &b->dates);
	c->entries_read += b->range.end - b->range.begin - b->lost;
	c->bytes_read += j->wire_bytes;
	c->answers++;
	c->refused += b->n_rejected;
	c->wrong_index += b->wrong_index;
	r->matched += b->n_matches;
	r->times.network += j->took;
	batch_times_add(&r->times.work, &b->times);
	r->done += b->range.end - b->range.begin;
	return keep(r, b, b->lost > 0 ? &gap : NULL);
}

/* Report whether a status means that the request is at fault. */
static bool
is_refusal(long status)
{
	return status >= 400 && status < 500;
}

/*
 * Halve the range of a failed slot: at once if the log refuses it, else after
 * repeated failure.
 */
static bool
halve(struct slot *slot)
{
	const struct pipeline_job *j = &slot->job;

	if (j->page.whole || j->page.count == 1 ||
	    (j->result == HTTP_NETWORK && j->took > TIMED_OUT))
		return false;
	if (slot->step == 0 && slot->tries < TRIES_RANGE &&
	    !is_refusal(j->status))
		return false;
	slot->bad_end = j->from + j->page.count;
	slot->step = j->page.count / 2;
	slot->tries = 1;
	return true;
}

/* Skip the page of a slot, which the log cannot serve; return false to stop. */
static bool
skip_page(struct log_reader *r, struct slot *slot)
{
	struct pipeline_job *j = &slot->job;
	struct store_gap gap = { .from = j->from };
	struct batch none = { 0 };
	struct buf error;
	bool ok;

	if (j->result == HTTP_THROTTLED)
		return false;
	buf_init(&error, sizeof j->error - 1);
	merkle_range_init(&none.range, gap.from);
	store_dates_init(&none.dates);
	ok = skip_entries(r, j, slot->end, &none.range, &gap.to, &error);
	if (!ok && error.n > 0 && !log_reader_ending(r))
		msg_info("%s: entry %" PRIu64 " cannot be skipped: %s",
		    r->log->description, gap.from, buf_text(&error));
	buf_fini(&error);
	if (!ok)
		return false;
	if (j->result == HTTP_STATUS)
		snprintf(gap.reason, sizeof gap.reason, "HTTP status %ld",
		    j->status);
	else
		snprintf(gap.reason, sizeof gap.reason, "%.60s", j->error);
	msg_warn("%s: entries %" PRIu64 " to %" PRIu64
	         " cannot be read, later runs try again: %s",
	    r->log->description, gap.from, gap.to - 1, j->error);
	merkle_range_join(&r->state.range, &none.range);
	r->state.next = gap.to;
	r->done += gap.to - gap.from;
	slot->tries = 0;
	slot->step = 0;
	slot->since = time_mono();
	return keep(r, &none, &gap);
}

/* Schedule the retry of a slot. */
static void
wait_to_retry(struct log_reader *r, const struct slot *slot)
{
	const struct pipeline_job *j = &slot->job;
	int64_t wait = FIRST_WAIT;

	for (unsigned i = 1; i < slot->tries && wait < LAST_WAIT; i++)
		wait *= 2;
	msg_debug("%s: entry %" PRIu64 ": %s; retrying in %" PRId64 " ms",
	    r->log->description, j->from, j->error, wait);
	log_reader_sleep(r, wait + random() % wait);
}

/* Handle the failure of a page. */
enum verdict {
	RETRY,
	SKIPPED, /* r->state.next is after it */
	STOP
};

static enum verdict
judge_failure(struct log_reader *r, struct slot *slot)
{
	const struct pipeline_job *j = &slot->job;
	bool throttled = j->result == HTTP_THROTTLED, halved;
	bool refused = is_refusal(j->status);
	unsigned tries =
	    j->result == HTTP_OK || refused ? TRIES_REFUSED : TRIES;

	/* The rate limit slows all requests down; here one is held. */
	if (throttled)
		r->window = MAX_WINDOW;
	else
		r->window = r->window > 1 ? r->window / 2 : 1;
	if (log_reader_ending(r) || j->result == HTTP_STOPPED ||
	    j->result == HTTP_REFUSED || j->result == HTTP_QUEUE_CLOSED ||
	    time_mono() - slot->since > PATIENCE)
		return STOP;
	if (throttled) /* the rate limit is reached */
		return RETRY;
	if (refused && r->skipped > 0) /* it refuses some entries */
		tries = 1;
	slot->tries++;
	halved = halve(slot);
	if (!halved && slot->tries >= tries)
		return skip_page(r, slot) ? SKIPPED : STOP;
	if (!halved || !refused)
		wait_to_retry(r, slot);
	return log_reader_ending(r) ? STOP : RETRY;
}

/* Keep as many pages in flight as the window allows. */
static void
fill(struct log_reader *r, struct ring *ring, uint64_t goal)
{
	bool tiled = log_client_is_tiled(r->client);
	/* Without a known page size, the position of a second page is a
	 * guess. */
	unsigned window = !r->pages.known && !tiled ? 1 : r->window;

	while (
	    ring->n < window && ring->planned < goal && !log_reader_ending(r)) {
		struct slot *slot =
		    &ring->slot[(ring->first + ring->n) % MAX_WINDOW];

		slot->tries = 0;
		slot->step = 0;
		slot->since = time_mono();
		ask(r, slot, ring->planned, tiled ? r->head.size : goal, false);
		ring->planned = slot->end =
		    slot->job.page.first + slot->job.page.count;
		ring->n++;
	}
}

/* Wait for all pages in flight and release them. */
static void
drain(struct log_reader *r, struct ring *ring)
{
	for (; ring->n > 0; ring->n--) {
		struct slot *slot = &ring->slot[ring->first];

		pipeline_wait(r->shared->pipeline, &slot->job);
		pipeline_release(r->shared->pipeline, &slot->job);
		ring->first = (ring->first + 1) % MAX_WINDOW;
	}
}

static void
stop_reading(struct log_reader *r, const struct slot *slot)
{
	log_reader_mark(r, COVERAGE_PARTIAL, "entry %" PRIu64 ": %s",
	    slot->job.from,
	    slot->job.result == HTTP_STOPPED ? "the run was ended"
	                                     : slot->job.error);
}

/* After a good answer. */
static void
grow_window(struct log_reader *r, const struct slot *slot)
{
	unsigned most = slot->job.took >= LONG_TRIP ? MAX_WINDOW : WINDOW;

	if (r->window < most && r->state.next == slot->end)
		r->window++;
}

/* Process the oldest slot of the ring; return false to stop reading. */
static bool
take_oldest(struct log_reader *r, struct ring *ring)
{
	struct slot *slot = &ring->slot[ring->first];

	pipeline_wait(r->shared->pipeline, &slot->job);
	if (slot->job.state == PIPELINE_DONE && take_page(r, slot)) {
		slot->tries = 0;
		slot->since = time_mono();
		/* The whole range was served in parts: it was too large. */
		if (slot->step > 0 && r->state.next >= slot->bad_end) {
			page_size_shrink(&r->pages, slot->step);
			slot->step = 0;
		}
		grow_window(r, slot);
	} else if (r->shared->store_failed || judge_failure(r, slot) == STOP) {
		stop_reading(r, slot);
		return false;
	}
	if (r->state.next < slot->end) {
		/* The log may return fewer entries than requested: request the
		 * rest. */
		ask(r, slot, r->state.next, slot->end, true);
		return true;
	}
	pipeline_release(r->shared->pipeline, &slot->job);
	ring->first = (ring->first + 1) % MAX_WINDOW;
	ring->n--;
	return true;
}

void
fetch_entries(struct log_reader *r)
{
	uint64_t max = r->shared->options->max_entries, goal = r->head.size;
	struct ring *ring;

	if (r->state.next >= goal)
		return;
	if (max > 0 && goal - r->state.next > max)
		goal = r->state.next + max;
	ring = mem_alloc(1, sizeof *ring);
	ring->planned = r->state.next;
	r->goal += goal - r->state.next;
	if (r->window == 0) {
		r->window = 1;
		page_size_init(
		    &r->pages, r->client->pages->guess, r->state.page);
	}
	do
		fill(r, ring, goal);
	while (ring->n > 0 && take_oldest(r, ring));
	drain(r, ring);
	free(ring);
}
