/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rfc6962_tree: the tree of RFC 6962, 2.1, as the recursion that the RFC
 * gives, over LEAVES leaves.
 */
#ifndef RFC6962_TREE_H
#define RFC6962_TREE_H

#include <string.h>

#include <ctwatch/wire/merkle.h>

#include "test.h"

#define LEAVES 300

static struct merkle_hash leaf[LEAVES];

/* RFC 6962, 2.1: MTH(D[a:b]). */
static inline struct merkle_hash
mth(uint64_t a, uint64_t b)
{
	struct merkle_hash l, r, out = { 0 };
	uint64_t k = 1;

	if (b - a == 1)
		return leaf[a];
	if (a == b) {
		sha256_digest((struct bytes){ NULL, 0 }, out.b);
		return out;
	}
	while (2 * k < b - a)
		k *= 2;
	l = mth(a, a + k);
	r = mth(a + k, b);
	merkle_node_hash(&l, &r, &out);
	return out;
}

/* RFC 6962, 2.1.1: PATH(m, D[a:b]). */
static inline size_t
path(uint64_t m, uint64_t a, uint64_t b, struct merkle_hash *out)
{
	uint64_t k = 1;
	size_t n;

	if (b - a == 1)
		return 0;
	while (2 * k < b - a)
		k *= 2;
	if (m < k) {
		n = path(m, a, a + k, out);
		out[n] = mth(a + k, b);
	} else {
		n = path(m - k, a + k, b, out);
		out[n] = mth(a, a + k);
	}
	return n + 1;
}

/* RFC 6962, 2.1.2: SUBPROOF(m, D[a:b], whole). */
static inline size_t
subproof(
    uint64_t m, uint64_t a, uint64_t b, bool whole, struct merkle_hash *out)
{
	uint64_t k = 1;
	size_t n;

	if (m == b - a) {
		if (whole)
			return 0;
		out[0] = mth(a, b);
		return 1;
	}
	while (2 * k < b - a)
		k *= 2;
	if (m <= k) {
		n = subproof(m, a, a + k, whole, out);
		out[n] = mth(a + k, b);
	} else {
		n = subproof(m - k, a + k, b, false, out);
		out[n] = mth(a, a + k);
	}
	return n + 1;
}

static inline void
make_leaves(void)
{
	for (uint64_t i = 0; i < LEAVES; i++)
		merkle_leaf_hash(
		    (struct bytes){ (uint8_t *)&i, sizeof i }, &leaf[i]);
}

#endif
