/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "sync/skip_entries.h"
#include <ctwatch/base/mem.h>

/* A tile of LIMIT_TILE_WIDTH entries is one subtree of this level. */
#define TILE_LEVEL 8

/* Maximum number of entries skipped together: 2^MAX_LEVEL, of an RFC 6962
 * log. */
#define MAX_LEVEL 3

/* Report whether the log serves the page with the entry at index. */
static bool
serves(struct log_reader *r, uint64_t index)
{
	struct pipeline_job *j;
	bool ok;

	if (index >= r->head.size || log_reader_ending(r))
		return false;
	j = mem_alloc(1, sizeof *j);
	j->client = r->client;
	j->queue = r->queue;
	j->expect = r->page_bytes;
	log_client_page(r->client, index,
	    log_client_is_tiled(r->client) ? r->head.size : index + 1, 1,
	    &j->page);
	j->from = index;
	pipeline_submit(r->shared->pipeline, j);
	pipeline_wait(r->shared->pipeline, j);
	ok = j->state == PIPELINE_DONE && j->batch.range.end > index;
	pipeline_release(r->shared->pipeline, j);
	free(j);
	return ok;
}

/* Report whether the log serves entries near [from, to): two adjacent pages may
 * be unreadable, but a log that serves none of these is down. */
static bool
serves_others(struct log_reader *r, uint64_t from, uint64_t to)
{
	uint64_t n = to - from;

	return serves(r, to) || (from > 0 && serves(r, from - 1)) ||
	    serves(r, to + n) || serves(r, to + 8 * n);
}

/* Append the perfect subtree of 2^level leaves whose hash is node. */
static bool
append(
    struct merkle_range *range, unsigned level, const struct merkle_hash *node)
{
	struct merkle_range one;

	merkle_range_init(&one, range->end);
	one.n = 1;
	one.level[0] = (uint8_t)level;
	one.node[0] = *node;
	one.end = range->end + (UINT64_C(1) << level);
	return merkle_range_join(range, &one);
}

/* Append the subtrees of the entries of a tile from a position on, each as
 * large as its alignment allows. */
static bool
append_tile(struct log_reader *r, uint64_t from, uint64_t to,
    struct merkle_range *range, struct buf *error)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	struct merkle_hash node;

	for (uint64_t at = from; at < to;) {
		unsigned level = TILE_LEVEL;

		while (at % (UINT64_C(1) << level) != 0 ||
		    at + (UINT64_C(1) << level) > to)
			level--;
		if (r->client->pages->subtree(r->client, &fetch, &r->head,
		        level, at, &node, error) != LOG_CLIENT_OK ||
		    !append(range, level, &node))
			return false;
		at += UINT64_C(1) << level;
	}
	return true;
}

/* Append the entry at from; if its sibling, needed for the proof of its hash,
 * is not served either, append both, and so on. */
static bool
append_entries(struct log_reader *r, uint64_t from, uint64_t end,
    struct merkle_range *range, uint64_t *to, struct buf *error)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	struct merkle_hash node;

	for (unsigned level = 0; level <= MAX_LEVEL; level++) {
		uint64_t n = UINT64_C(1) << level;

		*to = from + n;
		if (from % n != 0 || *to > end)
			return false;
		buf_clear(error);
		if (r->client->pages->subtree(r->client, &fetch, &r->head,
		        level, from, &node, error) == LOG_CLIENT_OK)
			return append(range, level, &node);
		for (uint64_t i = *to; i < *to + n; i++)
			if (level == MAX_LEVEL || serves(r, i))
				return false;
	}
	return false;
}

bool
skip_entries(struct log_reader *r, const struct pipeline_job *j, uint64_t end,
    struct merkle_range *range, uint64_t *to, struct buf *error)
{
	bool tiled = log_client_is_tiled(r->client), ok;
	uint32_t whole = tiled ? LIMIT_TILE_WIDTH : 1;
	struct merkle_range longer = *range;

	/* A partial tile is replaced by a full one soon. */
	*to = j->page.first + j->page.count;
	if (j->page.count != whole || r->skipped == LIMIT_SKIPS ||
	    !serves_others(r, j->page.first, *to))
		return false;
	ok = tiled ? append_tile(r, j->from, *to, &longer, error)
	           : append_entries(r, j->from, end, &longer, to, error);
	if (ok) {
		*range = longer;
		r->skipped++;
	}
	return ok;
}
