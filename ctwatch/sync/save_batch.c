/* SPDX-License-Identifier: Apache-2.0 */
/*
 * save_batch: save the matches of a batch and the cursor of its log in one
 * transaction.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include "sync/record_match.h"
#include <ctwatch/base/time.h>

/* Interval of saving the position of a log without other changes. */
#define SAVE_EVERY (2 * TIME_SECOND)

static void
save_rejected(struct log_reader *r, const struct batch *b, bool possible_only)
{
	const struct sync_options *o = r->shared->options;

	for (size_t i = 0; i < b->n_rejected; i++) {
		const struct batch_rejected *from = &b->rejected[i];
		struct store_rejected to = { .index = from->index,
			.reason = from->reason,
			.match = from->possible
			    ? watch_item(o->watch, from->item)
			    : NULL,
			.leaf_input = blob_view(from->leaf_input),
			.extra_data = blob_view(from->extra_data),
			.seen = time_now() };

		if (possible_only && !from->possible)
			continue;
		memcpy(to.log_id, r->log->id, sizeof to.log_id);
		store_rejected_add(o->store, &to);
	}
}

static void
save_matches(struct log_reader *r, const struct batch *b)
{
	const struct sync_options *o = r->shared->options;
	const struct record_match_issuers issuers = { fetch_issuers_stored,
		o->store, o->signatures };

	for (size_t i = 0; i < b->n_matches; i++) {
		bool outside;

		record_match(
		    o->store, r->log, &b->matches[i], &issuers, &outside);
		if (outside)
			r->outside = b->matches[i].index + 1;
	}
}

void
save_batch_begin(struct log_reader *r)
{
	struct log_reader_shared *s = r->shared;

	s->n_waiting++;
	pthread_mutex_lock(&s->lock);
	s->n_waiting--;
}

/* Commit what was saved.  A commit waits for the disk, so leave it to the
 * readers that wait to save, and wait for the last of them. */
static void
commit(struct log_reader_shared *s)
{
	uint64_t saved = ++s->n_saved;

	if (s->n_waiting > 0) {
		while (s->n_committed < saved)
			pthread_cond_wait(&s->committed, &s->lock);
		return;
	}
	/* Store errors are sticky: this is the only check. */
	if (!store_commit(s->options->store)) {
		s->store_failed = true;
		s->ending = true;
	}
	s->n_committed = saved;
	pthread_cond_broadcast(&s->committed);
}

bool
save_batch_end(struct log_reader *r)
{
	struct log_reader_shared *s = r->shared;
	const struct store_log *state = &r->state;
	bool ok;

	save_index_rows(r);
	assert(state->first <= state->verified &&
	    state->verified <= state->next && state->next <= r->largest);
	store_log_save(s->options->store, state);
	commit(s);
	ok = !s->store_failed;
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static void
save_batch_contents(struct log_reader *r, const struct batch *b)
{
	save_matches(r, b);
	save_rejected(r, b, false);
}

bool
save_batch(struct log_reader *r, const struct batch *b)
{
	int64_t now = time_mono(), start;
	bool ok;

	/* A batch without matches need not be saved at once: after a crash it
	 * is read again. */
	if (b != NULL && b->n_matches == 0 && b->n_rejected == 0 &&
	    now - r->saved < SAVE_EVERY && !save_index_is_due(r))
		return true;
	if (b != NULL)
		fetch_issuers(r, b);
	start = time_cpu();
	save_batch_begin(r);
	if (b != NULL)
		save_batch_contents(r, b);
	ok = save_batch_end(r);
	r->times.saving += time_cpu() - start;
	r->saved = now;
	return ok;
}

bool
save_batch_searched(struct log_reader *r, const struct batch *b)
{
	fetch_issuers(r, b);
	save_batch_begin(r);
	save_matches(r, b);
	save_rejected(r, b, true);
	return save_batch_end(r);
}

bool
save_batch_gap(
    struct log_reader *r, const struct batch *b, const struct store_gap *gap)
{
	fetch_issuers(r, b);
	save_batch_begin(r);
	save_batch_contents(r, b);
	store_gap_add(r->shared->options->store, r->log->id, gap);
	return save_batch_end(r);
}

bool
save_batch_filled(
    struct log_reader *r, const struct batch *b, uint64_t from, uint64_t to)
{
	struct store *store = r->shared->options->store;

	fetch_issuers(r, b);
	save_batch_begin(r);
	/* Earlier data of these entries was not verified. */
	store_sightings_forget(store, r->log->id, from, to);
	save_batch_contents(r, b);
	save_index_filled(r, b);
	store_gap_remove(store, r->log->id, from, to);
	return save_batch_end(r);
}
