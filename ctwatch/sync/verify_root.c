/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_root: compare the root of the entries read with the signed tree head.
 */
#include <inttypes.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>

static void
set_proved(struct log_reader *r)
{
	r->state.verified = r->state.next;
	r->state.proved = r->state.range;
	r->state.mismatches = 0;
}

/*
 * The entries do not hash to the signed root, twice: what lies between the
 * last proved entry and the head stays unproved for ever, and the log is
 * taken up again behind it, so that it is never read in a circle.
 */
static void
give_up_proof(struct log_reader *r)
{
	const struct log_client_fetch fetch = { log_reader_get, r };
	struct store_log *state = &r->state;
	struct store_gap gap = { state->verified, state->next, true,
		"entries do not hash to the signed root" };
	struct merkle_range range;
	struct buf error;
	bool leads;

	log_reader_finding(r, "CTW070",
	    "entries %" PRIu64 " to %" PRIu64 " do not hash to the root of "
	    "the tree head of %" PRIu64 " entries that the log signed; what "
	    "matched among them is marked unverified",
	    gap.from, gap.to - 1, r->head.size);
	log_reader_mark(
	    r, COVERAGE_MISBEHAVING, "entries do not hash to the signed root");
	fetch_head_save(r, &r->head, (struct bytes){ 0 }, STORE_HEAD_CONFLICT);
	buf_init(&error, 4096);
	leads = r->client->heads->range(r->client, &fetch, &r->head,
	            r->head.size, &range, &error) == LOG_CLIENT_OK;
	save_batch_begin(r);
	store_gap_add(r->shared->options->store, r->log->id, &gap);
	if (leads) {
		state->range = range;
		set_proved(r);
	} else /* go on from here at the next head whose proofs lead there */
		state->has_range = false;
	save_batch_end(r);
	if (!leads)
		msg_warn("%s: %s", r->log->description, buf_text(&error));
	buf_fini(&error);
}

/* Everything up to the head was read; false when it is to be read again. */
static bool
compare_root(struct log_reader *r, const struct merkle_hash *root)
{
	struct store_log *state = &r->state;

	if (merkle_equal(root, &r->head.root)) {
		set_proved(r);
		fetch_head_save(
		    r, &r->head, (struct bytes){ 0 }, STORE_HEAD_PROVED);
		r->cover->proved = true;
		return true;
	}
	if (state->next == state->verified) {
		fetch_head_conflict(r, &r->head, NULL, (struct bytes){ 0 });
		return true;
	}
	/* Whoever stood between may be gone the next time. */
	if (++state->mismatches < 2) {
		msg_warn("%s: entries %" PRIu64 " to %" PRIu64
		         " do not hash to the signed root; reading them again",
		    r->log->description, state->verified, state->next - 1);
		save_batch_begin(r);
		store_sightings_forget(r->shared->options->store, r->log->id,
		    state->verified, state->next);
		state->range = state->proved;
		state->next = state->verified;
		save_batch_end(r);
		return false;
	}
	give_up_proof(r);
	return true;
}

/* The run ended early: prove the part that was read. */
static void
prove_part(struct log_reader *r, const struct merkle_hash *root)
{
	struct buf error;

	buf_init(&error, 4096);
	if (fetch_head_consistent(r, r->state.next, root, &r->head, &error) ==
	    LOG_CLIENT_OK) {
		set_proved(r);
		r->cover->proved = true;
	} else
		log_reader_mark(r, COVERAGE_PARTIAL,
		    "what was read could not be proved yet: %s",
		    buf_text(&error));
	buf_fini(&error);
}

bool
verify_root(struct log_reader *r)
{
	const struct store_log *state = &r->state;
	struct merkle_hash root;

	merkle_range_root(&state->range, &root);
	if (state->next == r->head.size)
		return compare_root(r, &root);
	if (state->next < r->head.size && state->next > state->verified)
		prove_part(r, &root);
	return true;
}
