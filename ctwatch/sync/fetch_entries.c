/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading: the entries of one log, page by page, several under way.
 *
 * Pages are asked for in order and taken in order; in between they may come
 * as they like.  A ring of jobs holds those under way, the oldest first.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

/* Pages of one log under way at once: the lanes limit it further. */
#define WINDOW 6

/* How often a page is asked for, and the first wait, which doubles. */
#define TRIES 6

/* An answer that makes no sense is asked for less often: it came whole, and
 * will likely come so again. */
#define TRIES_NONSENSE 3
#define FIRST_WAIT     250
#define LAST_WAIT      (30 * TIME_SECOND)

/* A log that only throttles is left alone for tonight after this long. */
#define PATIENCE (10 * TIME_MINUTE)

/* A page's size before anything is known of it, in bytes. */
#define PAGE_BYTES_GUESS (1u << 20)

struct slot {
	struct pipeline_job job;
	uint64_t end; /* this slot is to bring [job.from, end) */
	unsigned tries;
	int64_t since; /* time_mono() when it was first asked for */
};

struct ring {
	struct slot slot[WINDOW];
	unsigned first, n;
	uint64_t planned; /* entries below are asked for or taken */
};

static void
ask(struct log_reader *r, struct slot *slot, uint64_t from, uint64_t tree_end)
{
	uint32_t most = r->state.page > 0 ? r->state.page
	                                  : log_client_page_guess(r->source);
	struct pipeline_job *j = &slot->job;

	if (j->pipeline != NULL)
		pipeline_release(r->shared->pipeline, j);
	*j = (struct pipeline_job){ .source = r->source,
		.lane = r->lane,
		.from = from,
		.expect =
		    r->page_bytes > 0 ? r->page_bytes : PAGE_BYTES_GUESS };
	log_client_page(r->source, from, tree_end, most, &j->page);
	pipeline_submit(r->shared->pipeline, j);
}

/* Learn how many entries this log's answers bring. */
static void
learn_page(struct log_reader *r, const struct pipeline_job *j)
{
	uint64_t n = j->batch.range.end - j->from;

	r->page_bytes = (size_t)j->wire_bytes + j->wire_bytes / 4;
	if (j->page.whole)
		return;
	if (n == j->page.count) {
		if (j->page.count > r->state.page &&
		    j->page.count == log_client_page_guess(r->source))
			r->state.page = j->page.count;
		return;
	}
	/* A short answer: where the server aligns, it ends on a multiple of
	 * its page; where it does not, the next one is as short. */
	if (j->batch.range.end % n == 0 || n == r->last_short)
		r->state.page = (uint32_t)n;
	r->last_short = (uint32_t)n;
}

/* The data tile has a form that nobody knows from some entry on: go on by
 * the log's own leaf hashes, which the root proves, and say what is unread. */
static bool
skip_unreadable(struct log_reader *r, struct pipeline_job *j)
{
	const struct log_client_fetch fetch = { log_reader_get, r };
	struct merkle_hash *hashes;
	struct batch *b = &j->batch;
	struct store_gap gap = { .from = b->range.end,
		.to = b->range.end + b->lost };
	struct buf error;
	bool ok;

	hashes = mem_alloc(j->page.count, sizeof *hashes);
	buf_init(&error, 4096);
	ok = log_client_leaf_hashes(r->source, &fetch, &r->head, &j->page,
	         hashes, &error) == LOG_CLIENT_OK;
	for (uint64_t i = j->from; ok && i < b->range.end; i++)
		ok = merkle_equal(
		    &hashes[i - j->page.first], &b->leaves[i - j->from]);
	for (uint64_t i = gap.from; ok && i < gap.to; i++)
		merkle_range_add(&b->range, &hashes[i - j->page.first]);
	if (ok) {
		snprintf(gap.reason, sizeof gap.reason, "%.60s", j->error);
		store_gap_add(r->shared->options->store, r->log->id, &gap);
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

/* Take what the oldest job brought. */
static bool
take(struct log_reader *r, struct slot *slot)
{
	struct pipeline_job *j = &slot->job;
	struct coverage *c = r->cover;
	struct batch *b = &j->batch;

	if (b->lost > 0 &&
	    (slot->tries + 1 < TRIES_NONSENSE || !skip_unreadable(r, j)))
		return false;
	learn_page(r, j);
	assert(b->range.begin == r->state.next);
	merkle_range_join(&r->state.range, &b->range);
	r->state.next = b->range.end;
	c->entries_read += b->range.end - b->range.begin;
	c->bytes_read += j->wire_bytes;
	c->refused += b->n_refusals;
	c->wrong_index += b->wrong_index;
	r->matched += b->n_matches;
	r->times.network += j->took;
	batch_times_add(&r->times.work, &b->times);
	r->done += b->range.end - b->range.begin;
	return save_batch(r, b);
}

/* Judge a failure; true when the page is to be asked for again. */
static bool
try_again(struct log_reader *r, struct slot *slot)
{
	const struct pipeline_job *j = &slot->job;
	bool throttled = j->result == HTTP_THROTTLED;
	int64_t wait = FIRST_WAIT;

	r->window = r->window > 1 ? r->window / 2 : 1;
	if (log_reader_ending(r) || j->result == HTTP_STOPPED ||
	    j->result == HTTP_REFUSED || j->result == HTTP_LANE_CLOSED)
		return false;
	slot->tries += !throttled;
	if (slot->tries >= (j->result == HTTP_OK ? TRIES_NONSENSE : TRIES) ||
	    time_mono() - slot->since > PATIENCE)
		return false;
	/* A server that cuts long answers short may manage shorter ones. */
	if (slot->tries >= 2 && !j->page.whole && j->page.count > 1 &&
	    (j->result == HTTP_NETWORK || j->result == HTTP_TOO_LARGE))
		r->state.page = j->page.count / 2;
	for (unsigned i = 1; i < slot->tries && wait < LAST_WAIT; i++)
		wait *= 2;
	msg_debug("%s: entry %" PRIu64 ": %s; again in %" PRId64 " ms",
	    r->log->description, j->from, j->error, wait);
	if (!throttled) /* else the lane holds requests back */
		log_reader_sleep(r, wait + random() % wait);
	return !log_reader_ending(r);
}

/* Whether pages come whole, as tiles do, and of a known size. */
static bool
is_tiled(const struct log_reader *r)
{
	return log_client_page_guess(r->source) == LIMIT_TILE_WIDTH;
}

/* Keep as many pages under way as the window allows. */
static void
fill(struct log_reader *r, struct ring *ring, uint64_t goal)
{
	/* With the size of a page unknown, a second one would be a guess. */
	unsigned window = r->state.page == 0 && !is_tiled(r) ? 1 : r->window;

	while (
	    ring->n < window && ring->planned < goal && !log_reader_ending(r)) {
		struct slot *slot =
		    &ring->slot[(ring->first + ring->n) % WINDOW];

		slot->tries = 0;
		slot->since = time_mono();
		ask(r, slot, ring->planned, is_tiled(r) ? r->head.size : goal);
		ring->planned = slot->end =
		    slot->job.page.first + slot->job.page.count;
		ring->n++;
	}
}

/* Wait for everything that is under way, and let it go. */
static void
drain(struct log_reader *r, struct ring *ring)
{
	for (; ring->n > 0; ring->n--) {
		struct slot *slot = &ring->slot[ring->first];

		pipeline_wait(r->shared->pipeline, &slot->job);
		pipeline_release(r->shared->pipeline, &slot->job);
		ring->first = (ring->first + 1) % WINDOW;
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

void
fetch_entries(struct log_reader *r)
{
	uint64_t max = r->shared->options->max_entries, goal = r->head.size;
	struct ring *ring;
	bool ok = true;

	if (r->state.next >= goal)
		return;
	if (max > 0 && goal - r->state.next > max)
		goal = r->state.next + max;
	ring = mem_alloc(1, sizeof *ring);
	ring->planned = r->state.next;
	r->goal += goal - r->state.next;
	if (r->window == 0)
		r->window = 1;
	while (ok) {
		struct slot *slot = &ring->slot[ring->first];

		fill(r, ring, goal);
		if (ring->n == 0)
			break;
		pipeline_wait(r->shared->pipeline, &slot->job);
		ok = slot->job.state == PIPELINE_DONE && take(r, slot);
		if (!ok) {
			ok = try_again(r, slot);
			if (ok)
				ask(r, slot, r->state.next, slot->end);
			else
				stop_reading(r, slot);
		} else if (r->state.next < slot->end) {
			/* Fewer than asked for is legal: get the rest. */
			slot->tries = 0;
			ask(r, slot, r->state.next, slot->end);
		} else {
			pipeline_release(r->shared->pipeline, &slot->job);
			ring->first = (ring->first + 1) % WINDOW;
			ring->n--;
			r->window += r->window < WINDOW;
		}
	}
	drain(r, ring);
	free(ring);
}
