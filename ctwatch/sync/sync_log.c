/* SPDX-License-Identifier: Apache-2.0 */
/* sync_log: read one log in one run, from tree head to verified root. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/time.h>
#include <ctwatch/sync/cover_cost.h>

void
sync_log_load(struct log_reader *r)
{
	const struct sync_options *o = r->shared->options;
	struct store_log *state = &r->state;
	struct tree_head head;

	if (!store_log_load(o->store, r->log->id, state)) {
		memcpy(state->id, r->log->id, sizeof state->id);
		merkle_range_init(&state->range, 0);
		state->proved = state->range;
		store_dates_init(&state->dates);
		state->added = time_now();
		/* Read a shard that appears later from its first entry, and a
		 * log that the first run could not reach from the time of that
		 * run. */
		if (o->since == SYNC_SINCE_TIME)
			state->start = o->since_time;
		else if (o->since == SYNC_SINCE_NOW && r->shared->first_run)
			state->start = state->added;
	}
	store_log_describe(state, r->log->description, r->log->operator,
	    r->log->url, r->log->submission_url, blob_view(r->log->key));
	state->kind = r->log->kind;
	state->mmd = r->log->mmd;
	state->listed = r->log->listed;
	/* An imported position has no head in the store. */
	r->largest = state->next;
	if (store_head_last(o->store, r->log->id, STORE_HEAD_SIGNED, &head) &&
	    head.size > r->largest)
		r->largest = head.size;
}

static void
fill_coverage(struct log_reader *r)
{
	struct coverage *c = r->coverage;
	const struct store_log *state = &r->state;
	int64_t hours = (time_now() - state->progress) / TIME_HOUR;

	c->first = state->first;
	c->next = state->next;
	c->verified = state->verified;
	if (hours > 0 && c->entries_read > 0 && state->progress > 0)
		c->rate = (int64_t)c->entries_read / hours;
	c->gaps = store_gaps(r->shared->options->store, r->log->id, &c->n_gaps);
	c->issuers_missing =
	    store_chain_missing(r->shared->options->store, r->log->id);
	if (c->status == COVERAGE_COMPLETE && coverage_lag(c) > 0)
		log_reader_mark(r, COVERAGE_PARTIAL, "%" PRIu64 " entries left",
		    coverage_lag(c));
	for (size_t i = 0; i < c->n_gaps; i++)
		if (!c->gaps[i].unproved)
			log_reader_mark(r, COVERAGE_PARTIAL,
			    "entries %" PRIu64 " to %" PRIu64 ": %s",
			    c->gaps[i].from, c->gaps[i].to - 1,
			    c->gaps[i].reason);
	if (c->issuers_missing > 0 && !r->shared->options->offline_issuers)
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "issuers that its entries name are missing (%" PRIu64
		    "); the next run requests them again",
		    c->issuers_missing);
}

/*
 * A log that is not in the lists, or retired, rejected, expired or test there,
 * may stop answering.  If all entries under its signed heads were read, report
 * it as skipped, with the head up to which it was read.
 */
static void
skip_departed(struct log_reader *r)
{
	const struct sync_options *o = r->shared->options;
	struct coverage *c = r->coverage;
	struct tree_head last;
	char date[TIME_TEXT];
	const char *why;

	if (c->status != COVERAGE_UNREACHABLE || o->n_only > 0)
		return;
	if (loglist_skip(r->log, time_now(), &why) == LOGLIST_READ) {
		if (r->log->listed)
			return;
		why = "left the log list";
	}
	if (!store_head_last(o->store, r->log->id, STORE_HEAD_SIGNED, &last) ||
	    r->state.verified < last.size)
		return;
	time_format((int64_t)last.timestamp, date);
	c->status = COVERAGE_SKIPPED;
	snprintf(c->reason, sizeof c->reason,
	    "%s, and does not answer; read up to its head of %s, %" PRIu64
	    " entries; later entries are not covered",
	    why, date, last.size);
}

static void
take_steps(struct log_reader *r)
{
	uint64_t begin;
	bool early;

	switch (fetch_head(r)) {
	case HEAD_CONTRADICTS:
	case HEAD_UNREACHABLE:
		return;
	case HEAD_NEW:
	case HEAD_SAME:
	case HEAD_OLDER_CONSISTENT:
	case HEAD_UNPROVED:
	case HEAD_UNCHECKED:
		break;
	}
	fetch_issuers_again(r, 1);
	if (!r->state.has_range && start_index_find(r) != START_FOUND)
		return;
	begin = r->state.next;
	early = begin == r->state.verified;
	if (early)
		search_new_items(r, begin);
	if (verify_root_has_quorum(r))
		retry_gaps(r);
	r->proved_counts = log_reader_counts(r);
	do
		fetch_entries(r);
	while (verify_root(r) == VERIFY_READ_AGAIN);
	/* A killed run left entries that were not verified before. */
	if (!early)
		search_new_items(r, begin);
	if (verify_root_has_quorum(r))
		verify_root_review(r);
	witness_review(r);
	read_landmarks(r);
	fetch_issuers_again(r, LIMIT_ISSUER_FAILURES);
}

void
sync_log(struct log_reader *r)
{
	int64_t contact =
	    r->state.progress > 0 ? r->state.progress : r->state.added;

	r->saved = time_mono();
	if (log_reader_connect(r))
		take_steps(r);
	if (r->coverage->wrong_index > 0) {
		r->state.accused |= STORE_ACCUSED_INDEX;
		log_reader_finding(r, "CTW070",
		    "%" PRIu64 " entries have no leaf_index, or not that of "
		    "their position (static-ct-api)",
		    r->coverage->wrong_index);
	}
	if (r->outside > 0 && r->coverage->proved)
		log_reader_finding(r, "CTW056",
		    "entry %" PRIu64
		    " is of a certificate that expires outside the log's "
		    "temporal interval in the log list",
		    r->outside - 1);
	skip_departed(r);
	fill_coverage(r);
	if (r->coverage->entries_read > 0 || r->coverage->proved)
		r->state.progress = time_now();
	if (r->coverage->status == COVERAGE_UNREACHABLE &&
	    time_now() - contact > TIME_DAY)
		log_reader_finding(r, "CTW071",
		    "no contact for %" PRId64 " h: %s",
		    (time_now() - contact) / TIME_HOUR, r->coverage->reason);
	if (r->coverage->entries_read > 0)
		cover_cost_record(r->shared->options->store, r->log->id,
		    &(struct cover_cost_traffic){ r->coverage->entries_read,
		        r->coverage->bytes_read, r->coverage->answers });
	save_batch(r, NULL);
	index_block_close_all(r);
	log_client_free(r->client);
	store_log_fini(&r->state);
}
