/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What witnesses say of a log: their cosignatures on its checkpoint, and the
 * checkpoints that they themselves serve (C2SP tlog-witness), which show
 * whether the log signs another tree for others.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/log_fetch.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/sync/compare_head.h>

/* Keep the first problem, for the report. */
__attribute__((format(printf, 3, 4))) static void
set_problem(struct log_reader *r, const struct witness *w, const char *fmt, ...)
{
	struct coverage_witnesses *c = &r->coverage->witnesses;
	char why[sizeof c->problem];
	va_list ap;

	if (c->problem[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	snprintf(c->problem, sizeof c->problem, "%.64s: %.180s",
	    cosignature_key_name(w->key), why);
}

/* Count what the i-th witness says on note. */
static void
count(struct log_reader *r, size_t i, const struct witness *w,
    const struct note *note)
{
	struct coverage_witnesses *c = &r->coverage->witnesses;
	int64_t time;

	switch (cosignature_verify(w->key, note, &time)) {
	case COSIGNATURE_VALID:
		r->cosigned[i] = true;
		if (time > c->newest)
			c->newest = time;
		break;
	case COSIGNATURE_INVALID:
		c->invalid++;
		set_problem(r, w, "its cosignature does not verify");
		log_reader_finding(r, "CTW058",
		    "a checkpoint carries a cosignature of witness %s that "
		    "does not verify",
		    cosignature_key_name(w->key));
		break;
	case COSIGNATURE_UNSUPPORTED:
		c->unchecked++;
		set_problem(r, w,
		    "its cosignature is not checked, since this OpenSSL has "
		    "no ML-DSA-44");
		break;
	case COSIGNATURE_ABSENT:
		break;
	}
}

/* The cosigners of an issuance log are its signers: see log_mtc. */
static void
count_cosigners(struct log_reader *r, struct bytes raw)
{
	struct coverage_witnesses *c = &r->coverage->witnesses;
	struct mtc_cosigners_result m;
	struct note note;

	if (note_parse(raw, &note) != NOTE_OK)
		return;
	mtc_cosigners_verify(r->client->cosigners, &note, &m);
	*c = (struct coverage_witnesses){ .of = m.of,
		.valid = m.valid,
		.invalid = m.invalid,
		.unchecked = m.unchecked,
		.newest = m.newest,
		.met = m.met };
	snprintf(c->problem, sizeof c->problem, "%s", m.problem);
}

void
witness_count(struct log_reader *r, struct bytes raw)
{
	const struct witness_policy *policy = r->shared->options->witnesses;
	const struct witness *v;
	struct note note;
	size_t n;

	r->coverage->witnesses = (struct coverage_witnesses){ .of = 0 };
	memset(r->cosigned, 0, sizeof r->cosigned);
	if (r->client->cosigners != NULL) {
		count_cosigners(r, raw);
		return;
	}
	if (policy == NULL || r->client->origin == NULL ||
	    note_parse(raw, &note) != NOTE_OK)
		return;
	v = witness_policy_witnesses(policy, &n);
	for (size_t i = 0; i < n; i++)
		count(r, i, &v[i], &note);
}

/* ---- the checkpoints of witnesses ---- */

/* Get the newest checkpoint of this log that w has cosigned. */
static bool
get(struct log_reader *r, const struct witness *w, struct buf *body)
{
	struct http *http = r->shared->options->http;
	struct log_fetch requests = { .http = http,
		.queue = http_queue(http, cosignature_key_name(w->key)) };
	const struct log_client_fetch fetch = log_fetch_of(&requests);
	char hash[2 * SHA256_SIZE + 1], *url;
	struct buf error;
	bool ok;

	sha256_hex(bytes_of(r->client->origin), hash);
	url = mem_printf("%s%s/checkpoint", w->url, hash);
	buf_init(&error, 512);
	ok = fetch.get(fetch.arg, url, LIMIT_SMALL_BODY, body, &error);
	/* 404: it has not seen this log. */
	if (!ok && requests.status != 404)
		set_problem(r, w, "%s", buf_text(&error));
	buf_fini(&error);
	free(url);
	return ok;
}

/* Two heads that the log signed, ours and the one that w showed, contradict
 * each other. */
static void
accuse(struct log_reader *r, const struct witness *w, const struct tree_head *h,
    const struct tree_head *other, struct bytes raw)
{
	log_heads_conflict(r, h, other, raw);
	log_reader_finding(r, "CTW070",
	    "witness %s has the head of %" PRIu64 " entries",
	    cosignature_key_name(w->key), h->size);
}

static enum log_client_result
consistent(void *arg, uint64_t size, const struct merkle_hash *root,
    const struct tree_head *head, struct buf *error)
{
	return log_heads_consistent(arg, size, root, head, error);
}

/* Compare a head that the log signed, as w shows it in raw, with r->head.
 * Report whether they are heads of one tree. */
static bool
compare(struct log_reader *r, const struct witness *w,
    const struct tree_head *h, struct bytes raw)
{
	const struct compare_head_proof proof = { consistent, r };
	enum compare_head_result result;
	struct tree_head other;
	struct buf error;

	buf_init(&error, 512);
	result = compare_head(r->shared->options->store, r->log->id, h,
	    &r->head, &proof, &other, &error);
	if (result == COMPARE_HEAD_CONTRADICTS)
		accuse(r, w, h, &other, raw);
	else if (result == COMPARE_HEAD_UNPROVED ||
	    result == COMPARE_HEAD_UNREACHABLE)
		set_problem(r, w,
		    "its head of %" PRIu64 " entries could not be compared "
		    "with the log's: %s",
		    h->size, buf_text(&error));
	if (result == COMPARE_HEAD_UNPROVED)
		log_reader_mark(r, COVERAGE_PARTIAL, "witness %s",
		    r->coverage->witnesses.problem);
	buf_fini(&error);
	return result <= COMPARE_HEAD_NEWER;
}

static void
ask(struct log_reader *r, size_t i, const struct witness *w)
{
	struct tree_head h;
	struct note note;
	struct buf body;
	enum note_error e;

	buf_init(&body, LIMIT_SMALL_BODY);
	if (!get(r, w, &body)) {
		buf_fini(&body);
		return;
	}
	e = note_checkpoint(
	    buf_view(&body), r->client->origin, r->client->id, &h);
	if (e != NOTE_OK)
		set_problem(
		    r, w, "its checkpoint is refused: %s", note_error_word(e));
	else if (tree_head_verify(&h, r->client->key) != TREE_HEAD_OK)
		set_problem(r, w,
		    "the log's signature on its checkpoint does "
		    "not verify");
	else if (compare(r, w, &h, buf_view(&body)) &&
	    note_parse(buf_view(&body), &note) == NOTE_OK)
		count(r, i, w, &note);
	buf_fini(&body);
}

void
witness_review(struct log_reader *r)
{
	const struct witness_policy *policy = r->shared->options->witnesses;
	struct coverage_witnesses *c = &r->coverage->witnesses;
	const struct witness *v;

	if (policy == NULL || r->client->origin == NULL ||
	    r->client->cosigners != NULL)
		return;
	v = witness_policy_witnesses(policy, &c->of);
	for (size_t i = 0; i < c->of && !log_reader_ending(r); i++)
		if (v[i].url != NULL)
			ask(r, i, &v[i]);
	for (size_t i = 0; i < c->of; i++)
		c->valid += r->cosigned[i];
	c->met = witness_policy_is_met(policy, r->cosigned);
	if (c->invalid == 0)
		log_reader_clear(
		    r, "CTW058", "all cosignatures of known witnesses verify");
}
