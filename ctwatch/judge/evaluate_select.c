/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "judge/evaluate_select.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/policy/verdict_inputs.h>

#include "config.h"

/* ---- what verdicts are based on ---- */

void
evaluate_select_begin(struct evaluate_pass *x)
{
	uint8_t rules[SHA256_SIZE];
	struct buf b;

	rules_stamp(rules);
	buf_init(&b, SIZE_MAX / 2);
	buf_add_text(&b, PACKAGE_VERSION);
	buf_add_text(&b, x->trusted ? " trusted " : " untrusted ");
	buf_add(&b, (struct bytes){ rules, SHA256_SIZE });
	verdict_inputs_common(x->p, &b);
	sha256_digest(buf_view(&b), x->base);
	buf_fini(&b);
}

/* The precertificates that logs show beside a leaf are judged with it. */
static void
add_other_precerts(const struct evaluate_pass *x,
    const uint8_t tbs[static SHA256_SIZE], struct buf *out)
{
	struct watch_hits hits;
	struct bytes rest, der;
	struct buf all;
	struct cert c;

	buf_init(&all, SIZE_MAX / 2);
	store_cert_other_precerts(x->s, tbs, &all);
	for (rest = buf_view(&all); bytes_vec24(&rest, &der);) {
		if (cert_parse(der, &c) != CERT_OK)
			continue;
		watch_explain(x->w, &c, &hits);
		verdict_inputs_cert(x->p, x->w, &hits, &c, out);
		watch_hits_free(&hits);
	}
	buf_fini(&all);
}

void
evaluate_select_digest(const struct evaluate_pass *x,
    const uint8_t tbs[static SHA256_SIZE], const struct cert *c,
    const struct watch_hits *hits, uint8_t out[static SHA256_SIZE])
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	buf_add(&b, (struct bytes){ x->base, SHA256_SIZE });
	verdict_inputs_cert(x->p, x->w, hits, c, &b);
	add_other_precerts(x, tbs, &b);
	sha256_digest(buf_view(&b), out);
	buf_fini(&b);
}

/* ---- the certificates to judge ---- */

struct candidate {
	uint8_t tbs[SHA256_SIZE], spki[SHA256_SIZE];
	bool chosen;
};

struct candidates {
	const struct evaluate_pass *x;
	struct candidate *v; /* owned */
	size_t n;
};

static void
add_candidate(void *arg, const struct store_cert *c)
{
	struct candidates *all = arg;
	struct candidate *to;
	uint8_t digest[SHA256_SIZE];
	struct watch_hits hits = { 0 };
	struct cert cert;

	all->v = mem_grow(all->v, all->n, sizeof *all->v);
	to = &all->v[all->n++];
	memcpy(to->tbs, c->tbs_sha256, SHA256_SIZE);
	if (leaf_parse_cert(c->kind, c->der, &cert) == CERT_OK)
		watch_explain(all->x->w, &cert, &hits);
	cert_pin(&cert, to->spki);
	evaluate_select_digest(all->x, c->tbs_sha256, &cert, &hits, digest);
	to->chosen = memcmp(digest, c->judged, SHA256_SIZE) != 0;
	watch_hits_free(&hits);
}

static int
compare_spki(const void *a, const void *b)
{
	return memcmp(((const struct candidate *)a)->spki,
	    ((const struct candidate *)b)->spki, SHA256_SIZE);
}

static int
compare_tbs(const void *a, const void *b)
{
	return memcmp(((const struct candidate *)a)->tbs,
	    ((const struct candidate *)b)->tbs, SHA256_SIZE);
}

/* Choose every certificate with the key of one that is chosen. */
static void
choose_by_key(struct candidate *v, size_t n)
{
	qsort(v, n, sizeof *v, compare_spki);
	for (size_t i = 0, next; i < n; i = next) {
		bool chosen = false;

		for (next = i; next < n && compare_spki(&v[i], &v[next]) == 0;
		     next++)
			chosen = chosen || v[next].chosen;
		for (size_t k = i; k < next; k++)
			v[k].chosen = chosen;
	}
	qsort(v, n, sizeof *v, compare_tbs);
}

uint8_t (
    *evaluate_select_certs(struct evaluate_pass *x, size_t *n))[SHA256_SIZE]
{
	struct candidates all = { .x = x };
	uint8_t(*tbs)[SHA256_SIZE];

	if (!x->changed)
		return store_certs_unjudged(x->s, n);
	x->ok = store_certs_each(x->s, add_candidate, &all) && x->ok;
	if (all.n > 0)
		choose_by_key(all.v, all.n);
	tbs = mem_alloc(all.n, sizeof *tbs);
	*n = 0;
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].chosen)
			memcpy(tbs[(*n)++], all.v[i].tbs, SHA256_SIZE);
	free(all.v);
	return tbs;
}
