/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start_index: find the index at which to start to read a new log.
 */
#include <inttypes.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

/*
 * Timestamps increase apart from some seconds of disorder: interpolate between
 * two known entries, narrow, and stop within a page.
 */
bool
start_index_of_time(
    struct log_reader *r, int64_t when, uint64_t *out, struct buf *error)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	uint64_t lo = 0, hi = r->head.size, mid;
	int64_t t_lo = 0, t_hi = (int64_t)r->head.timestamp, t;

	if (hi == 0 ||
	    log_client_timestamp(
	        r->client, &fetch, &r->head, 0, &t_lo, error) != LOG_CLIENT_OK)
		return hi == 0;
	/* An entry of that time may be merged up to the MMD later, after
	 * younger ones. */
	when -= r->log->mmd;
	for (int i = 0; hi - lo > LIMIT_TILE_WIDTH && when > t_lo; i++) {
		if (when >= t_hi) {
			lo = hi;
			break;
		}
		mid = lo + (hi - lo) / 2;
		if (i % 2 == 0 && t_hi > t_lo) /* else halve */
			mid = lo +
			    (uint64_t)((double)(hi - lo) *
			        ((double)(when - t_lo) /
			            (double)(t_hi - t_lo)));
		if (mid <= lo + LIMIT_TILE_WIDTH / 2)
			mid = lo + LIMIT_TILE_WIDTH / 2;
		if (mid >= hi)
			mid = hi - 1;
		if (log_client_timestamp(r->client, &fetch, &r->head, mid, &t,
		        error) != LOG_CLIENT_OK)
			return false;
		if (t < when) {
			lo = mid;
			t_lo = t;
		} else {
			hi = mid;
			t_hi = t;
		}
	}
	*out = lo;
	return true;
}

/* Choose the entry to start or resume at. */
static bool
choose(struct log_reader *r, uint64_t *at, struct buf *error)
{
	const struct store_log *state = &r->state;
	const struct sync_options *o = r->shared->options;

	*at = 0;
	if (state->next > r->head.size) {
		buf_printf(error,
		    "its head has %" PRIu64 " entries, but %" PRIu64
		    " were read",
		    r->head.size, state->next);
		return false;
	}
	if (!verify_root_has_quorum(r)) {
		/* Entries from 0 on can be verified later. */
		buf_add_text(error, "its tree head is unverified");
		return state->next == 0;
	}
	if (state->next > 0)
		*at = state->next;
	else if (state->start >= (int64_t)r->head.timestamp ||
	    (r->shared->first_run && o->since == SYNC_SINCE_NOW))
		*at = r->head.size;
	else if (state->start > 0 && r->log->kind != LOG_KIND_MTC)
		return start_index_of_time(r, state->start, at, error);
	return true;
}

enum log_client_result
start_index_range(struct log_reader *r, uint64_t at, struct merkle_range *out,
    struct buf *error)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	enum log_client_result result = LOG_CLIENT_PROOF_INVALID;

	merkle_range_init(out, 0);
	if (at == 0)
		return LOG_CLIENT_OK;
	for (int i = 0;
	     result == LOG_CLIENT_PROOF_INVALID && log_reader_retry(r, i);
	     i++) {
		buf_clear(error);
		result = r->client->heads->range(
		    r->client, &fetch, &r->head, at, out, error);
	}
	r->no_cache = false;
	return result;
}

enum start_result
start_index_find(struct log_reader *r)
{
	struct store_log *state = &r->state;
	enum log_client_result result = LOG_CLIENT_FAILED;
	struct merkle_range range;
	struct buf error;
	uint64_t at;

	buf_init(&error, 4096);
	if (choose(r, &at, &error))
		result = start_index_range(r, at, &range, &error);
	if (result == LOG_CLIENT_OK) {
		save_batch_begin(r);
		state->range = state->proved = range;
		state->has_range = true;
		if (state->next == 0)
			state->first = at;
		state->next = state->verified = at;
		save_batch_end(r);
	} else
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "cannot determine the start index: %s", buf_text(&error));
	buf_fini(&error);
	return result == LOG_CLIENT_OK           ? START_FOUND
	    : result == LOG_CLIENT_PROOF_INVALID ? START_UNPROVED
	                                         : START_UNREACHABLE;
}
