/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_root: compare the root of the entries read with the signed tree head.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/mtc_cosigners.h>

/* All entries read are under a signed head: raise verified, only here.  Call
 * between save_batch_begin and save_batch_end. */
static void
set_verified(struct log_reader *r)
{
	struct store_log *state = &r->state;

	store_sightings_proved(r->shared->options->store, r->log->id,
	    state->verified, state->next);
	state->verified = state->next;
	state->proved = state->range;
	state->mismatches = 0;
	store_dates_init(&state->dates);
	r->proved_counts = log_reader_counts(r);
}

/* Read the entries above verified again: discard their data. */
static void
return_to_verified(struct log_reader *r)
{
	struct store_log *state = &r->state;

	msg_warn("%s: entries %" PRIu64 " to %" PRIu64
	         " do not hash to the signed root; reading them again",
	    r->log->description, state->verified, state->next - 1);
	save_batch_begin(r);
	store_sightings_forget(r->shared->options->store, r->log->id,
	    state->verified, state->next);
	save_index_forget(r, state->verified);
	state->range = state->proved;
	state->next = state->verified;
	store_dates_init(&state->dates);
	log_reader_set_counts(r, &r->proved_counts);
	save_batch_end(r);
}

/*
 * The entries did not hash to the signed root in two reads.  Record them as an
 * unproved gap, which later runs read again, and continue after it.
 */
static void
accuse_of_root(struct log_reader *r)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	struct store_log *state = &r->state;
	struct store_gap gap = { state->verified, state->next, true,
		"entries do not hash to the signed root" };
	struct merkle_range range;
	struct buf error;
	bool proved;

	log_reader_finding(r, "CTW070",
	    "entries %" PRIu64 " to %" PRIu64 " do not hash to the root of "
	    "the tree head of %" PRIu64 " entries that the log signed; matches "
	    "in that range are marked unverified",
	    gap.from, gap.to - 1, r->head.size);
	log_reader_mark(
	    r, COVERAGE_MISBEHAVING, "entries do not hash to the signed root");
	buf_init(&error, 4096);
	proved = r->client->heads->range(r->client, &fetch, &r->head,
	             state->next, &range, &error) == LOG_CLIENT_OK;
	save_batch_begin(r);
	state->accused |= STORE_ACCUSED_ROOT;
	log_heads_save(r, &r->head, (struct bytes){ 0 }, STORE_HEAD_CONFLICT);
	store_gap_add(r->shared->options->store, r->log->id, &gap);
	save_index_forget(r, gap.from);
	if (proved) {
		state->range = range;
		set_verified(r);
	} else /* resume at the next head that has a valid proof */
		state->has_range = false;
	save_batch_end(r);
	if (!proved)
		msg_warn("%s: %s", r->log->description, buf_text(&error));
	buf_fini(&error);
}

static enum verify_result
root_differs(struct log_reader *r)
{
	/* A cache or proxy may be gone at the second read. */
	if (++r->state.mismatches < 2) {
		return_to_verified(r);
		return VERIFY_READ_AGAIN;
	}
	accuse_of_root(r);
	return VERIFY_CONTRADICTS;
}

/*
 * Compare the timestamps of the entries to be verified with the heads: an entry
 * must be merged within the MMD of its SCT, and not be dated after its head
 * (RFC 6962, 3 and 3.5).
 */
static void
check_dates(struct log_reader *r)
{
	const struct store_dates *d = &r->state.dates;
	struct tree_head before;
	char date[TIME_TEXT], limit[TIME_TEXT];

	if (d->earliest > d->latest)
		return;
	time_format((int64_t)d->earliest, date);
	if (store_head_last(r->shared->options->store, r->log->id,
	        STORE_HEAD_PROVED, &before) &&
	    before.size <= r->state.verified &&
	    d->earliest + (uint64_t)r->log->mmd < before.timestamp) {
		time_format((int64_t)before.timestamp, limit);
		log_reader_finding(r, "CTW056",
		    "entry %" PRIu64 " is dated %s and was not among the "
		    "%" PRIu64 " entries of the tree head of %s: it was merged "
		    "after the maximum merge delay of %" PRId64 " min, or its "
		    "SCT is back-dated",
		    d->earliest_at, date, before.size, limit,
		    r->log->mmd / TIME_MINUTE);
	}
	if (d->latest <= r->head.timestamp)
		return;
	time_format((int64_t)d->latest, date);
	time_format((int64_t)r->head.timestamp, limit);
	log_reader_finding(r, "CTW056",
	    "entry %" PRIu64 " is dated %s, after the tree head of %" PRIu64
	    " entries that covers it, of %s",
	    d->latest_at, date, r->head.size, limit);
}

/* Everything up to the head was read. */
static enum verify_result
verify_whole(struct log_reader *r, const struct merkle_hash *root)
{
	if (!merkle_equal(root, &r->head.root)) {
		if (r->state.next > r->state.verified)
			return root_differs(r);
		log_heads_conflict(r, &r->head, NULL, (struct bytes){ 0 });
		return VERIFY_CONTRADICTS;
	}
	check_dates(r);
	save_batch_begin(r);
	set_verified(r);
	log_heads_save(r, &r->head, (struct bytes){ 0 }, STORE_HEAD_PROVED);
	save_batch_end(r);
	r->coverage->proved = true;
	return VERIFY_PROVED;
}

/* The run ended before the head was reached: verify the entries read. */
static enum verify_result
verify_part(struct log_reader *r, const struct merkle_hash *root)
{
	enum verify_result result = VERIFY_UNPROVED;
	struct buf error;

	buf_init(&error, 4096);
	switch (
	    log_heads_consistent(r, r->state.next, root, &r->head, &error)) {
	case LOG_CLIENT_OK:
		check_dates(r);
		save_batch_begin(r);
		set_verified(r);
		save_batch_end(r);
		r->coverage->proved = true;
		result = VERIFY_PROVED;
		break;
	case LOG_CLIENT_ROOT_DIFFERS:
		result = root_differs(r);
		break;
	default:
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "the entries read could not be verified yet: %s",
		    buf_text(&error));
		break;
	}
	buf_fini(&error);
	return result;
}

bool
verify_root_has_quorum(const struct log_reader *r)
{
	return r->log->kind != LOG_KIND_MTC || r->coverage->witnesses.met;
}

static void
mark_unverified(struct log_reader *r)
{
	const struct coverage_witnesses *c = &r->coverage->witnesses;

	log_reader_mark(r, COVERAGE_PARTIAL,
	    "its %s unverified: the signatures of %zu of %zu cosigners on the "
	    "checkpoint verify, and the quorum is %zu%s%s",
	    r->state.next > r->state.verified ? "entries are" : "tree head is",
	    c->valid, c->of, mtc_cosigners_quorum(r->client->cosigners),
	    c->problem[0] != '\0' ? "; " : "", c->problem);
}

enum verify_result
verify_root(struct log_reader *r)
{
	const struct store_log *state = &r->state;
	struct merkle_hash root;

	if ((r->unchecked || state->next > state->verified) &&
	    !verify_root_has_quorum(r)) {
		mark_unverified(r);
		return VERIFY_UNPROVED;
	}
	merkle_range_root(&state->range, &root);
	if (state->next == r->head.size)
		return verify_whole(r, &root);
	if (state->next < r->head.size && state->next > state->verified)
		return verify_part(r, &root);
	return VERIFY_UNPROVED;
}

/* ---- clearing a log of CTW070 ---- */

/* The argument of store_heads_each. */
struct review {
	struct log_reader *r;
	bool clear; /* all accused heads so far are prefixes of r->head */
};

static void
review_head(void *arg, const struct store_head *h)
{
	struct review *v = arg;
	struct log_reader *r = v->r;
	struct buf error;

	if (h->state != STORE_HEAD_CONFLICT || !v->clear)
		return;
	v->clear = false;
	if (h->head.size > r->head.size)
		return;
	buf_init(&error, 4096);
	switch (log_heads_consistent(
	    r, h->head.size, &h->head.root, &r->head, &error)) {
	case LOG_CLIENT_OK:
		v->clear = true;
		break;
	case LOG_CLIENT_ROOT_DIFFERS:
		log_heads_conflict(r, &h->head, &r->head, h->raw);
		break;
	default:
		break;
	}
	buf_fini(&error);
}

static bool
has_unproved_gap(struct log_reader *r)
{
	size_t n;
	struct store_gap *v =
	    store_gaps(r->shared->options->store, r->log->id, &n);
	bool found = false;

	for (size_t i = 0; i < n; i++)
		found |= v[i].unproved;
	free(v);
	return found;
}

void
verify_root_review(struct log_reader *r)
{
	struct store *store = r->shared->options->store;
	struct review v = { r, true };

	if (r->state.accused != STORE_ACCUSED_ROOT || !r->coverage->proved ||
	    has_unproved_gap(r))
		return;
	store_heads_each(store, r->log->id, review_head, &v);
	if (!v.clear)
		return;
	save_batch_begin(r);
	store_heads_clear(store, r->log->id);
	r->state.accused = 0;
	save_batch_end(r);
	log_reader_clear(r, "CTW070",
	    "the entries were read again and hash to the signed root");
}
