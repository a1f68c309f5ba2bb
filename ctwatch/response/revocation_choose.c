/* SPDX-License-Identifier: Apache-2.0 */
/* revocation_choose: the certificates whose status is looked up in a run. */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/response/revocation.h>

struct candidate {
	uint8_t tbs[SHA256_SIZE];
	int64_t checked; /* ms; 0: never */
};

struct candidates {
	struct candidate *v;
	size_t n;
};

static void
load_candidates(struct store *s, struct candidates *c)
{
	uint8_t(*tbs)[SHA256_SIZE] =
	    store_findings_certs(s, RULES_MEDIUM, &c->n);

	c->v = mem_alloc(c->n, sizeof *c->v);
	for (size_t i = 0; i < c->n; i++)
		memcpy(c->v[i].tbs, tbs[i], SHA256_SIZE);
	free(tbs);
}

static int
by_tbs(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return memcmp(x->tbs, y->tbs, SHA256_SIZE);
}

static int
by_checked(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->checked != y->checked)
		return x->checked < y->checked ? -1 : 1;
	return by_tbs(a, b);
}

/* Drop duplicates and certificates known to be revoked. */
static void
keep_unrevoked(struct store *s, struct candidates *c)
{
	size_t kept = 0;

	if (c->n > 0)
		qsort(c->v, c->n, sizeof *c->v, by_tbs);
	for (size_t i = 0; i < c->n; i++) {
		struct store_revocation r;

		if (i > 0 && by_tbs(&c->v[i - 1], &c->v[i]) == 0)
			continue;
		store_revocation_load(s, c->v[i].tbs, &r);
		if (r.status != STORE_REVOCATION_REVOKED) {
			c->v[kept] = c->v[i];
			c->v[kept++].checked = r.checked;
		}
		store_revocation_fini(&r);
	}
	c->n = kept;
}

size_t
revocation_choose(struct store *s, uint8_t (**out)[SHA256_SIZE])
{
	struct candidates c = { NULL, 0 };
	size_t n;

	load_candidates(s, &c);
	keep_unrevoked(s, &c);
	if (c.n > 0)
		qsort(c.v, c.n, sizeof *c.v, by_checked);
	n = c.n < LIMIT_REVOCATIONS_RUN ? c.n : LIMIT_REVOCATIONS_RUN;
	*out = mem_alloc(n + 1, sizeof **out);
	for (size_t i = 0; i < n; i++)
		memcpy((*out)[i], c.v[i].tbs, SHA256_SIZE);
	free(c.v);
	return n;
}
