/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/ca_pool.h>
#include <ctwatch/policy/cert_use.h>
#include <ctwatch/policy/signature_cache.h>

/* Slots of the hash table of digests: a power of two, at most half full. */
#define SLOTS (2 * LIMIT_CA_POOL)

struct pool_cert {
	struct blob der;
	struct bytes subject; /* in der */
	struct bytes issuer;  /* in der */
	int64_t start, end;   /* ms, of its validity */
	size_t order;         /* of those added */
	uint8_t spki[SHA256_SIZE];
};

struct ca_pool {
	struct signature_cache *signatures; /* borrowed, or NULL */
	struct pool_cert *v; /* owned; by subject, then by order, if sorted */
	size_t n;
	pthread_mutex_t lock; /* while it is sorted */
	bool sorted, full;
	uint8_t (*seen)[SHA256_SIZE]; /* owned: digests of certificates */
	bool taken[SLOTS];            /* which slots of seen are used */
};

struct ca_pool *
ca_pool_new(struct signature_cache *signatures)
{
	struct ca_pool *p = mem_alloc(1, sizeof *p);

	p->signatures = signatures;
	pthread_mutex_init(&p->lock, NULL);
	p->seen = mem_alloc(SLOTS, sizeof *p->seen);
	return p;
}

void
ca_pool_free(struct ca_pool *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		blob_fini(&p->v[i].der);
	free(p->v);
	pthread_mutex_destroy(&p->lock);
	free(p->seen);
	free(p);
}

/* Return the slot of a digest, or the empty slot where it belongs. */
static size_t
find_slot(const struct ca_pool *p, const uint8_t digest[static SHA256_SIZE])
{
	size_t i = (size_t)digest[0] << 16 | (size_t)digest[1] << 8 | digest[2];

	for (i %= SLOTS; p->taken[i]; i = (i + 1) % SLOTS)
		if (memcmp(p->seen[i], digest, SHA256_SIZE) == 0)
			break;
	return i;
}

/* A CA certificate has CA:TRUE; roots of X.509 version 1 have no extensions. */
static bool
is_ca(const struct cert *c)
{
	return cert_use_is_ca(c) ||
	    (c->extensions.n == 0 && bytes_equal(c->subject, c->issuer));
}

void
ca_pool_add(struct ca_pool *p, struct bytes der)
{
	struct pool_cert x = { .order = p->n };
	uint8_t digest[SHA256_SIZE];
	struct cert c;
	size_t slot;

	sha256_digest(der, digest);
	slot = find_slot(p, digest);
	if (p->taken[slot] || cert_parse(der, &c) != CERT_OK || !is_ca(&c) ||
	    c.spki.n == 0 || !asn1_time_parse(c.not_before, &x.start) ||
	    !asn1_time_parse(c.not_after, &x.end))
		return;
	if (p->n >= LIMIT_CA_POOL) {
		p->full = true;
		return;
	}
	memcpy(p->seen[slot], digest, SHA256_SIZE);
	p->taken[slot] = true;
	cert_pin(&c, x.spki);
	x.der = blob_copy(der);
	x.subject = c.subject;
	x.subject.p = x.der.p + (c.subject.p - der.p);
	x.issuer = c.issuer;
	x.issuer.p = x.der.p + (c.issuer.p - der.p);
	p->v = mem_grow(p->v, p->n, sizeof *p->v);
	p->v[p->n++] = x;
	p->sorted = false;
}

static int
compare_names(struct bytes a, struct bytes b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return memcmp(a.p, b.p, a.n);
}

static int
compare_certs(const void *a, const void *b)
{
	const struct pool_cert *x = a, *y = b;
	int order = compare_names(x->subject, y->subject);

	return order != 0 ? order : x->order < y->order ? -1 : 1;
}

/* Return the index of the first certificate whose subject is not less. */
static size_t
find_subject(const struct ca_pool *p, struct bytes name)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_names(p->v[middle].subject, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- the search ---- */

struct search {
	const struct ca_pool *p;
	const struct ca_pool_leaf *leaf;
	bool (*refuse)(const void *arg, const uint8_t *spki);
	const void *arg;
	struct ca_pool_above *out;
	/* Of each key in out: its certificate, and its depth. */
	size_t index[LIMIT_PATH_STEPS], depth[LIMIT_PATH_STEPS];
	size_t steps; /* certificates looked at */
};

static bool
is_found(const struct search *s, size_t index)
{
	for (size_t i = 0; i < s->out->n; i++)
		if (s->index[i] == index)
			return true;
	return false;
}

/* Report whether the key of x signed der, or is the issuer key of a leaf of
 * which only the hash of that key is known. */
static bool
is_issuer(const struct search *s, const struct pool_cert *x, struct bytes below)
{
	if (below.n > 0)
		return signature_cache_verify(
		    s->p->signatures, blob_view(x->der), below);
	return s->leaf->issuer_key_hash != NULL &&
	    memcmp(x->spki, s->leaf->issuer_key_hash, SHA256_SIZE) == 0;
}

/* Add every certificate with subject name that may have issued below. */
static void
step(struct search *s, struct bytes below, struct bytes name, size_t depth)
{
	const struct ca_pool *p = s->p;

	for (size_t i = find_subject(p, name);
	     i < p->n && bytes_equal(p->v[i].subject, name); i++) {
		const struct pool_cert *x = &p->v[i];

		if (x->end < s->leaf->not_before ||
		    x->start > s->leaf->not_after)
			continue;
		if (s->steps >= LIMIT_PATH_STEPS) {
			s->out->more = true;
			return;
		}
		s->steps++;
		if (is_found(s, i) || s->refuse(s->arg, x->spki) ||
		    !is_issuer(s, x, below))
			continue;
		memcpy(s->out->spki_sha256[s->out->n], x->spki, SHA256_SIZE);
		s->depth[s->out->n] = depth;
		s->index[s->out->n++] = i;
	}
}

void
ca_pool_climb(struct ca_pool *p, const struct ca_pool_leaf *leaf,
    bool (*refuse)(const void *arg, const uint8_t spki[static SHA256_SIZE]),
    const void *arg, struct ca_pool_above *out)
{
	struct search s = {
		.p = p, .leaf = leaf, .refuse = refuse, .arg = arg, .out = out
	};

	out->n = 0;
	out->more = p->full;
	pthread_mutex_lock(&p->lock);
	if (!p->sorted && p->n > 0)
		qsort(p->v, p->n, sizeof *p->v, compare_certs);
	p->sorted = true;
	pthread_mutex_unlock(&p->lock);
	step(&s, leaf->der, leaf->issuer, 1);
	for (size_t i = 0; i < out->n; i++) {
		const struct pool_cert *x = &p->v[s.index[i]];

		if (s.depth[i] < LIMIT_CHAIN)
			step(&s, blob_view(x->der), x->issuer, s.depth[i] + 1);
	}
}
