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
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

/* How often the position of a log is saved when nothing else is new. */
#define SAVE_EVERY (2 * TIME_SECOND)

static bool
stored_issuer(
    void *arg, const uint8_t sha256[static SHA256_SIZE], struct buf *out)
{
	return store_issuer_load(arg, sha256, out);
}

/* No tree covers issuers: that one is missing, or another's, is said once
 * for each log; the findings that it concerns say that they lack it. */
static void
say_no_issuer(struct log_reader *r, const uint8_t sha256[static SHA256_SIZE],
    const char *why)
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ sha256, SHA256_SIZE }, hex);
	msg_debug("%s: issuer/%s: %s", r->log->description, hex, why);
	memcpy(r->missing_issuers[r->n_missing_issuers++], sha256, SHA256_SIZE);
	if (r->n_missing_issuers > 1)
		return;
	log_reader_finding(r, "CTW071",
	    "the log names the issuer %s and does not give it, so that who "
	    "issued a certificate there cannot be proved: %s",
	    hex, why);
}

/* Whoever was asked for in vain, which takes its time, is not asked for again
 * with each certificate. */
static bool
is_missing_issuer(
    const struct log_reader *r, const uint8_t sha256[static SHA256_SIZE])
{
	for (unsigned i = 0; i < r->n_missing_issuers; i++)
		if (memcmp(r->missing_issuers[i], sha256, SHA256_SIZE) == 0)
			return true;
	return r->n_missing_issuers == LIMIT_MISSING_ISSUERS;
}

/* Commit an issuer alone: the next one is fetched before the batch is. */
static void
save_issuer(struct log_reader *r, struct bytes der)
{
	struct log_reader_shared *s = r->shared;

	pthread_mutex_lock(&s->lock);
	store_issuer_save(s->options->store, der);
	store_commit(s->options->store);
	pthread_mutex_unlock(&s->lock);
}

/* Issuers come from the store, else from the log, and are then kept. */
static bool
get_issuer(struct log_reader *r, const uint8_t sha256[static SHA256_SIZE],
    struct buf *out)
{
	const struct sync_options *o = r->shared->options;
	uint8_t digest[SHA256_SIZE];
	struct buf error;
	char *url;
	bool ok;

	if (store_issuer_load(o->store, sha256, out))
		return true;
	if (is_missing_issuer(r, sha256))
		return false;
	url = log_client_issuer_url(r->client, sha256);
	if (url == NULL || o->offline_issuers) {
		free(url);
		return false;
	}
	buf_init(&error, 4096);
	ok = log_reader_get(r, url, LIMIT_ISSUER, out, &error);
	if (ok) {
		sha256_digest(buf_view(out), digest);
		ok = memcmp(digest, sha256, sizeof digest) == 0;
		if (!ok)
			buf_printf(
			    &error, "%s: another certificate, or none", url);
	}
	if (ok)
		save_issuer(r, buf_view(out));
	else if (!log_reader_ending(r))
		say_no_issuer(r, sha256, buf_text(&error));
	buf_fini(&error);
	free(url);
	return ok;
}

static void
save_rejected(struct log_reader *r, const struct batch *b)
{
	const struct sync_options *o = r->shared->options;

	for (size_t i = 0; i < b->n_rejected; i++) {
		const struct batch_rejected *from = &b->rejected[i];
		struct store_refused to = { .index = from->index,
			.reason = from->reason,
			.match = from->possible
			    ? watch_item(o->watch, from->item)
			    : NULL,
			.leaf_input = from->leaf_input,
			.extra_data = from->extra_data,
			.seen = time_now() };

		memcpy(to.log_id, r->log->id, sizeof to.log_id);
		store_rejected_add(o->store, &to);
	}
}

/* Fetch missing issuers before the lock is taken. */
static void
fetch_issuers(struct log_reader *r, const struct batch *b)
{
	struct buf der;

	buf_init(&der, LIMIT_ISSUER);
	for (size_t i = 0; i < b->n_matches; i++) {
		struct bytes list = b->matches[i].fingerprints, one;

		while (bytes_take(&list, SHA256_SIZE, &one)) {
			buf_clear(&der);
			get_issuer(r, one.p, &der);
		}
	}
	buf_fini(&der);
}

static void
save_matches(struct log_reader *r, const struct batch *b)
{
	struct store *store = r->shared->options->store;
	const struct record_match_issuers issuers = { stored_issuer, store };

	for (size_t i = 0; i < b->n_matches; i++) {
		record_match(store, r->log, &b->matches[i], &issuers);
		if (record_match_outside(r->log, &b->matches[i]))
			r->outside = b->matches[i].index + 1;
	}
}

void
save_batch_begin(struct log_reader *r)
{
	pthread_mutex_lock(&r->shared->lock);
}

/* Store errors are sticky: this is the one place that looks. */
bool
save_batch_end(struct log_reader *r)
{
	struct log_reader_shared *s = r->shared;
	struct store *store = s->options->store;
	const struct store_log *state = &r->state;
	bool ok;

	assert(state->first <= state->verified &&
	    state->verified <= state->next && state->next <= r->largest);
	ok = store_log_save(store, state) && store_commit(store);
	if (!ok) {
		s->store_failed = true;
		s->ending = true;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static void
save_batch_contents(struct log_reader *r, const struct batch *b)
{
	save_matches(r, b);
	save_rejected(r, b);
}

bool
save_batch(struct log_reader *r, const struct batch *b)
{
	int64_t now = time_mono(), start;
	bool ok;

	/* A batch without news may wait: after a crash it is read again. */
	if (b != NULL && b->n_matches == 0 && b->n_rejected == 0 &&
	    now - r->saved < SAVE_EVERY)
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
	/* What was there before was not proved. */
	store_sightings_forget(store, r->log->id, from, to);
	save_batch_contents(r, b);
	store_gap_remove(store, r->log->id, from, to);
	return save_batch_end(r);
}
