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
 * Find the first entry of a time by its timestamps, which grow but for some
 * seconds' disorder: guess where it lies between two known entries, narrow,
 * and stop within a page.
 */
static bool
find_time(struct log_reader *r, int64_t when, uint64_t *out, struct buf *error)
{
	const struct log_client_fetch fetch = { log_reader_get, r };
	uint64_t lo = 0, hi = r->head.size, mid;
	int64_t t_lo = 0, t_hi = (int64_t)r->head.timestamp, t;

	if (hi == 0 ||
	    log_client_timestamp(
	        r->client, &fetch, &r->head, 0, &t_lo, error) != LOG_CLIENT_OK)
		return hi == 0;
	/* Entries wait for up to the MMD before they are sequenced. */
	when -= 10 * TIME_MINUTE;
	for (int i = 0; hi - lo > LIMIT_TILE_WIDTH && when > t_lo; i++) {
		if (when >= t_hi) {
			lo = hi;
			break;
		}
		mid = lo + (hi - lo) / 2;
		if (i % 2 == 0 && t_hi > t_lo) /* else halve, to be sure */
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

bool
start_index_find(struct log_reader *r)
{
	const struct log_client_fetch fetch = { log_reader_get, r };
	struct store_log *state = &r->state;
	enum log_client_result result = LOG_CLIENT_OK;
	struct buf error;
	uint64_t at = 0;

	buf_init(&error, 4096);
	merkle_range_init(&state->range, 0);
	if (state->next > 0)
		at = state->next < r->head.size ? state->next : r->head.size;
	else if (state->start >= (int64_t)r->head.timestamp ||
	    (r->shared->first_run &&
	        r->shared->options->since == SYNC_SINCE_NOW))
		at = r->head.size;
	else if (state->start > 0 && !find_time(r, state->start, &at, &error))
		result = LOG_CLIENT_FAILED;
	if (result == LOG_CLIENT_OK && at > 0)
		result = r->client->heads->range(
		    r->client, &fetch, &r->head, at, &state->range, &error);
	if (result == LOG_CLIENT_OK) {
		state->has_range = true;
		state->proved = state->range;
		if (state->next == 0)
			state->first = at;
		state->next = state->verified = at;
	} else
		log_reader_mark(r, COVERAGE_PARTIAL, "no place to begin: %s",
		    buf_text(&error));
	buf_fini(&error);
	return result == LOG_CLIENT_OK;
}
