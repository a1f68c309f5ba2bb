/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "judge/counterpart.h"
#include "judge/evaluate_cert.h"
#include "judge/evaluate_save.h"
#include "judge/evaluate_select.h"
#include "judge/serial_number.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/rules.h>

/* Exit bits of a run that was incomplete or failed locally. */
#define NOT_COMPLETE (2 | 32)

int64_t
evaluate_cert_last_run(struct store *s, int64_t time)
{
	struct store_run run;

	return store_run_before(s, time, NOT_COMPLETE, &run) ? run.started : 0;
}

static void
add_ca(void *arg, struct bytes der)
{
	ca_pool_add(arg, der);
}

/* All CA certificates of the store, for paths that are in no chain. */
static struct ca_pool *
load_pool(void *arg)
{
	struct evaluate_pass *x = arg;

	pthread_mutex_lock(&x->pool_lock);
	if (x->pool == NULL) {
		x->pool = ca_pool_new(x->signatures);
		/* Store errors are sticky: evaluate_save meets them. */
		store_issuers_each(x->s, add_ca, x->pool);
	}
	pthread_mutex_unlock(&x->pool_lock);
	return x->pool;
}

/* ---- one certificate ---- */

/*
 * The earliest timestamp of its entries, and their oddities.  Unverified
 * sightings count only if there is no verified one.
 */
static uint64_t
first_logged(struct store *s, const struct store_cert *c, unsigned *notes)
{
	size_t n;
	struct store_sighting *v = store_sightings(s, c->tbs_sha256, &n);
	uint64_t first = UINT64_MAX;

	*notes = 0;
	for (size_t i = 0; i < n; i++) {
		if (v[i].verified != c->verified)
			continue;
		*notes |= v[i].notes;
		if (v[i].timestamp < first)
			first = v[i].timestamp;
	}
	free(v);
	return first != UINT64_MAX ? first : 0;
}

/*
 * The key of the record of certificates for a name: of all, or of those with
 * this key of the leaf or its issuer.
 */
static void
name_key(const char *name, const uint8_t *spki, uint8_t out[static SHA256_SIZE])
{
	struct bytes parts[] = { bytes_of("ctwatch-name/1\n"), bytes_of(name),
		bytes_of("\n"), { spki, spki != NULL ? SHA256_SIZE : 0 } };
	char *lower = mem_strdup(name);

	text_lower(bytes_of(name), lower);
	if (parts[1].n > 0 && lower[parts[1].n - 1] == '.')
		parts[1].n--;
	parts[1].p = (const uint8_t *)lower;
	sha256_parts(parts, 4, out);
	free(lower);
}

static void
subject_read(const struct evaluate_pass *x, const struct store_cert *c,
    struct evaluate_subject *out)
{
	static const uint8_t unknown[SHA256_SIZE];

	*out = (struct evaluate_subject){ .c = c };
	out->logged = first_logged(x->s, c, &out->notes);
	if (memcmp(c->issuer_key_hash, unknown, SHA256_SIZE) != 0)
		out->issuer_key_hash = c->issuer_key_hash;
	parsed_cert_read(x->signatures, c->kind, c->der, out->issuer_key_hash,
	    c->chain, &out->leaf);
	out->parsed = out->leaf.error == CERT_OK;
	if (!out->parsed)
		return;
	cert_pin(&out->leaf.cert, out->spki);
	watch_explain(x->w, &out->leaf.cert, &out->hits);
	out->has_issuer = out->leaf.chain.n > 0;
	if (out->has_issuer)
		memcpy(
		    out->issuer, out->leaf.chain.spki_sha256[0], SHA256_SIZE);
}

static void
note_names(struct evaluate_pass *x, const struct evaluate_subject *j)
{
	const uint8_t *tbs = j->c->tbs_sha256;
	uint8_t key[SHA256_SIZE];

	for (size_t i = 0; x->ok && i < j->hits.n; i++) {
		const char *name = j->hits.v[i].name;

		if (i > 0 && strcmp(name, j->hits.v[i - 1].name) == 0)
			continue;
		name_key(name, NULL, key);
		x->ok = store_spki_note(x->s, key, tbs);
		name_key(name, j->spki, key);
		x->ok = x->ok && store_spki_note(x->s, key, tbs);
		if (!j->has_issuer)
			continue;
		name_key(name, j->issuer, key);
		x->ok = x->ok && store_spki_note(x->s, key, tbs);
	}
}

/* A certificate that was judged before its counterpart of the other kind of log
 * arrived does not name it. */
static bool
judge_other_again(struct evaluate_pass *x, const struct evaluate_subject *j)
{
	uint8_t other[SHA256_SIZE];

	if (!counterpart_find(
	        x->s, j->c->kind, &j->leaf.cert, j->c->tbs_sha256, other))
		return true;
	x->again = true;
	return store_cert_judge_again(x->s, other);
}

void
evaluate_cert_note(
    struct evaluate_pass *x, const uint8_t tbs[static SHA256_SIZE])
{
	struct evaluate_subject j;
	struct store_cert c;

	if (!store_cert_load(x->s, tbs, &c))
		return;
	subject_read(x, &c, &j);
	if (j.parsed)
		x->ok = serial_number_note(x->s, &j.leaf.cert, tbs) &&
		    counterpart_note(x->s, c.kind, &j.leaf.cert, tbs) &&
		    judge_other_again(x, &j) && x->ok;
	note_names(x, &j);
	watch_hits_free(&j.hits);
	store_cert_fini(&c);
}

/* Report whether an earlier certificate for one of the names is recorded: any,
 * or one with this key of the leaf or its issuer. */
static bool
has_earlier(const struct evaluate_pass *x, const struct evaluate_subject *j,
    const uint8_t *spki)
{
	uint8_t key[SHA256_SIZE];

	for (size_t i = 0; i < j->hits.n; i++) {
		name_key(j->hits.v[i].name, spki, key);
		if (!store_spki_first(x->s, key, j->c->tbs_sha256))
			return true;
	}
	return false;
}

/* Report whether the certificate's key, or the key of a CA above it, is one of
 * the pinset. */
static bool
is_pinned(const struct verdict *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i].rule->id, "CTW007") == 0)
			return true;
	return v->key != NULL;
}

/* Report whether every hit of a, by item and name, is one of b. */
static bool
are_hits_of(const struct watch_hits *a, const struct watch_hits *b)
{
	for (size_t i = 0; i < a->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < b->n; k++)
			found = a->v[i].item == b->v[k].item &&
			    strcmp(a->v[i].name, b->v[k].name) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Append a finding about j; what it owns is consumed. */
static void
add_finding(const struct evaluate_pass *x, const struct evaluate_subject *j,
    const struct verdict_finding *f, struct evaluate_result *out)
{
	out->v = mem_grow(out->v, out->n, sizeof *out->v);
	out->v[out->n++] =
	    (struct evaluate_finding){ *f, evaluate_save_detail(x, j, f) };
}

/* Append the findings of a verdict on j, and free the verdict. */
static void
add_verdict(const struct evaluate_pass *x, const struct evaluate_subject *j,
    struct verdict *verdict, struct evaluate_result *out)
{
	for (size_t i = 0; i < verdict->n; i++)
		add_finding(x, j, &verdict->v[i], out);
	verdict->n = 0;
	verdict_fini(verdict);
}

/* Judge a precertificate that a log serves with the leaf if it has watched
 * names that the leaf does not have; j is of the leaf. */
static void
judge_precert(const struct evaluate_pass *x, const struct evaluate_subject *j,
    const struct verdict_input *leaf, struct bytes der,
    struct evaluate_result *out)
{
	struct verdict_input in = *leaf;
	struct evaluate_subject pre = *j;
	struct verdict verdict;
	struct cert c;

	if (cert_parse(der, &c) != CERT_OK)
		return;
	watch_explain(x->w, &c, &pre.hits);
	if (!are_hits_of(&pre.hits, &j->hits)) {
		in.der = der;
		in.kind = LEAF_X509;
		in.parsed = NULL;
		in.hits = &pre.hits;
		in.beside_leaf = true;
		verdict_judge(x->p, &in, &verdict);
		add_verdict(x, &pre, &verdict, out);
	}
	watch_hits_free(&pre.hits);
}

/* Judge the precertificates that logs show beside the leaf and that are not
 * the leaf's. */
static void
judge_precerts(const struct evaluate_pass *x, const struct evaluate_subject *j,
    const struct verdict_input *leaf, struct evaluate_result *out)
{
	struct bytes rest, der;
	struct buf all;

	buf_init(&all, SIZE_MAX / 2);
	store_cert_other_precerts(x->s, j->c->tbs_sha256, &all);
	for (rest = buf_view(&all); bytes_vec24(&rest, &der);)
		judge_precert(x, j, leaf, der, out);
	buf_fini(&all);
}

/* Give f the watched items that the certificate matches, each once. */
static void
add_patterns(const struct evaluate_pass *x, const struct evaluate_subject *j,
    struct verdict_finding *f)
{
	f->patterns = mem_alloc(j->hits.n, sizeof *f->patterns);
	for (size_t i = 0; i < j->hits.n; i++) {
		const char *item = watch_item(x->w, j->hits.v[i].item);

		if (!verdict_finding_has_pattern(f, item))
			f->patterns[f->n_patterns++] = mem_strdup(item);
	}
}

/* Another certificate may have its issuer and serial number. */
static void
judge_serial(const struct evaluate_pass *x, const struct evaluate_subject *j,
    struct evaluate_result *out)
{
	struct verdict_finding f;

	if (!j->parsed || !serial_number_reused(x->s, j->c, &j->leaf.cert, &f))
		return;
	add_patterns(x, j, &f);
	add_finding(x, j, &f, out);
}

/* List the watched items that match, each once. */
static void
add_items(const struct watch_hits *hits, struct evaluate_result *out)
{
	out->items = mem_alloc(hits->n, sizeof *out->items);
	for (size_t i = 0; i < hits->n; i++)
		if (i == 0 || hits->v[i].item != hits->v[i - 1].item)
			out->items[out->n_items++] = hits->v[i].item;
}

/* Judge c, which is j. */
static void
judge(struct evaluate_pass *x, const struct store_cert *c,
    const struct evaluate_subject *j, struct evaluate_result *out)
{
	const struct verdict_input in = { .der = c->der,
		.kind = c->kind,
		.chain = c->chain,
		.chain_complete = c->chain_complete,
		.issuer_key_hash = j->issuer_key_hash,
		.parsed = &j->leaf,
		.sct_timestamp = j->logged,
		.now = x->now,
		/* The date may come from a clock that was ahead. */
		.last_run = evaluate_cert_last_run(
		    x->s, c->first_seen < x->now ? c->first_seen : x->now),
		.watch = x->w,
		.hits = &j->hits,
		.first_of_key = !has_earlier(x, j, j->spki),
		.new_issuer = j->has_issuer && has_earlier(x, j, NULL) &&
		    !has_earlier(x, j, j->issuer),
		.pool = load_pool,
		.pool_arg = x,
		.logs = x->logs,
		.n_logs = x->n_logs };
	struct verdict verdict;
	bool pinned;

	verdict_judge(x->p, &in, &verdict);
	pinned = verdict.expected && is_pinned(&verdict);
	if (pinned && x->trusted)
		out->judged.expected =
		    verdict.by_path ? RULES_BY_PATH : RULES_APPROVED;
	out->judged.held = pinned && !x->trusted;
	add_verdict(x, j, &verdict, out);
	judge_precerts(x, j, &in, out);
	judge_serial(x, j, out);
}

void
evaluate_cert_judge(struct evaluate_pass *x,
    const uint8_t tbs[static SHA256_SIZE], struct evaluate_result *out)
{
	struct evaluate_subject j;
	struct store_cert c;

	*out = (struct evaluate_result){ .end = INT64_MAX };
	memcpy(out->judged.tbs, tbs, SHA256_SIZE);
	if (!store_cert_load(x->s, tbs, &c))
		return;
	subject_read(x, &c, &j);
	if (j.parsed)
		out->end = close_findings_end(&j.leaf.cert);
	judge(x, &c, &j, out);
	evaluate_select_digest(x, tbs, &j.leaf.cert, &j.hits, out->digest);
	add_items(&j.hits, out);
	watch_hits_free(&j.hits);
	store_cert_fini(&c);
}

void
evaluate_cert_fini(struct evaluate_result *r)
{
	for (size_t i = 0; i < r->n; i++) {
		verdict_finding_fini(&r->v[i].from);
		free(r->v[i].detail);
	}
	free(r->v);
	free(r->items);
}
