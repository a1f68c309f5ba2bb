/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <ctwatch/base/mem.h>

#include "merkle.h"

void
merkle_add(struct merkle *m, const struct merkle_hash *leaf)
{
	struct merkle_hash h = *leaf;

	for (int l = 0;; l++) {
		struct merkle_hash *v =
		    mem_grow(m->level[l], m->n[l], sizeof *v);
		uint64_t n = ++m->n[l];

		m->level[l] = v;
		v[n - 1] = h;
		if (n % 2 == 1)
			return;
		merkle_node_hash(&v[n - 2], &v[n - 1], &h);
	}
}

void
merkle_fini(struct merkle *m)
{
	for (int l = 0; l < MERKLE_LEVELS; l++)
		free(m->level[l]);
	*m = (struct merkle){ 0 };
}

/* The largest power of two below n; n is at least 2. */
static uint64_t
split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

void
merkle_hash(const struct merkle_view *v, uint64_t begin, uint64_t end,
    struct merkle_hash *out)
{
	uint64_t n = end - begin;
	bool changed = v->instead != NULL && v->at >= begin && v->at < end;
	struct merkle_hash left, right;

	if (n == 0)
		sha256_digest((struct bytes){ 0 }, out->b);
	else if (n == 1 && changed)
		*out = *v->instead;
	else if ((n & (n - 1)) == 0 && begin % n == 0 && !changed)
		*out = v->tree->level[__builtin_ctzll(n)][begin / n];
	else {
		uint64_t k = split(n);

		merkle_hash(v, begin, begin + k, &left);
		merkle_hash(v, begin + k, end, &right);
		merkle_node_hash(&left, &right, out);
	}
}

static void
add_step(const struct merkle_view *v, uint64_t begin, uint64_t end,
    struct merkle_proof *out)
{
	merkle_hash(v, begin, end, &out->step[out->n++]);
}

static void
path(const struct merkle_view *v, uint64_t index, uint64_t begin, uint64_t end,
    struct merkle_proof *out)
{
	uint64_t k;

	if (end - begin < 2)
		return;
	k = begin + split(end - begin);
	if (index < k) {
		path(v, index, begin, k, out);
		add_step(v, k, end, out);
	} else {
		path(v, index, k, end, out);
		add_step(v, begin, k, out);
	}
}

void
merkle_path(const struct merkle_view *v, uint64_t index, uint64_t size,
    struct merkle_proof *out)
{
	out->n = 0;
	path(v, index, 0, size, out);
}

/* SUBPROOF(first - begin, D[begin:end], whole) */
static void
subproof(const struct merkle_view *v, uint64_t first, uint64_t begin,
    uint64_t end, bool whole, struct merkle_proof *out)
{
	uint64_t k;

	if (first == end) {
		if (!whole)
			add_step(v, begin, end, out);
		return;
	}
	k = begin + split(end - begin);
	if (first <= k) {
		subproof(v, first, begin, k, whole, out);
		add_step(v, k, end, out);
	} else {
		subproof(v, first, k, end, false, out);
		add_step(v, begin, k, out);
	}
}

void
merkle_consistency(const struct merkle_view *v, uint64_t first, uint64_t second,
    struct merkle_proof *out)
{
	out->n = 0;
	if (first > 0 && first < second)
		subproof(v, first, 0, second, true, out);
}
