/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree code against the definition of RFC 6962, 2.1, written here once
 * more as the recursion that the RFC gives, and against real logs' proofs.
 */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/wire/tree.h>

#include "test.h"

#define LEAVES 300

static struct tree_hash leaf[LEAVES];

/* RFC 6962, 2.1: MTH(D[a:b]). */
static struct tree_hash
mth(uint64_t a, uint64_t b)
{
	struct tree_hash l, r, out = { 0 };
	uint64_t k = 1;

	if (b - a == 1)
		return leaf[a];
	if (a == b) {
		digest_sha256((struct bytes){ NULL, 0 }, out.b);
		return out;
	}
	while (2 * k < b - a)
		k *= 2;
	l = mth(a, a + k);
	r = mth(a + k, b);
	tree_node(&l, &r, &out);
	return out;
}

/* RFC 6962, 2.1.1: PATH(m, D[a:b]). */
static size_t
path(uint64_t m, uint64_t a, uint64_t b, struct tree_hash *out)
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
static size_t
subproof(uint64_t m, uint64_t a, uint64_t b, bool whole, struct tree_hash *out)
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

static void
make_leaves(void)
{
	for (uint64_t i = 0; i < LEAVES; i++)
		tree_leaf((struct bytes){ (uint8_t *)&i, sizeof i }, &leaf[i]);
}

static void
hashes_as_the_rfc_says(void)
{
	/* Published by transparency-dev/merkle and RFC 6962's reference
	 * tests: the hash of the empty leaf, and of the empty tree. */
	char hex[65];
	struct tree_hash h;
	struct tree_range r;

	tree_leaf((struct bytes){ NULL, 0 }, &h);
	text_hex((struct bytes){ h.b, 32 }, hex);
	CHECK(strcmp(hex,
	          "6e340b9cffb37a989ca544e6bb780a2c"
	          "78901d3fb33738768511a30617afa01d") == 0);
	tree_range_init(&r, 0);
	tree_range_root(&r, &h);
	text_hex((struct bytes){ h.b, 32 }, hex);
	CHECK(strcmp(hex,
	          "e3b0c44298fc1c149afbf4c8996fb924"
	          "27ae41e4649b934ca495991b7852b855") == 0);
}

static void
roots_of_all_sizes_equal_the_recursion(void)
{
	struct tree_hash root, want;
	struct tree_range r, loaded;

	tree_range_init(&r, 0);
	for (uint64_t n = 0; n < LEAVES; n++) {
		tree_range_root(&r, &root);
		want = mth(0, n);
		CHECK(tree_equal(&root, &want));
		CHECK(r.n == (size_t)__builtin_popcountll(n));
		CHECK(tree_range_load(&loaded, n, r.node, r.n));
		tree_range_root(&loaded, &root);
		CHECK(tree_equal(&root, &want));
		CHECK(!tree_range_load(&loaded, n, r.node, r.n + 1));
		tree_range_add(&r, &leaf[n]);
	}
}

static void
ranges_join_wherever_they_are_cut(void)
{
	struct tree_range left, right;
	struct tree_hash root, want;

	for (uint64_t n = 1; n <= 70; n++)
		for (uint64_t a = 0; a <= n; a++)
			for (uint64_t b = a; b <= n; b += 1 + b % 3) {
				tree_range_init(&left, 0);
				for (uint64_t i = 0; i < a; i++)
					tree_range_add(&left, &leaf[i]);
				tree_range_init(&right, a);
				for (uint64_t i = a; i < b; i++)
					tree_range_add(&right, &leaf[i]);
				CHECK(tree_range_join(&left, &right));
				tree_range_init(&right, b);
				for (uint64_t i = b; i < n; i++)
					tree_range_add(&right, &leaf[i]);
				CHECK(tree_range_join(&left, &right));
				tree_range_root(&left, &root);
				want = mth(0, n);
				CHECK(tree_equal(&root, &want));
			}
	tree_range_init(&right, 9);
	CHECK(!tree_range_join(&left, &right));
}

static void
proofs_hold_and_no_changed_one_does(void)
{
	struct tree_hash p[64], root, first;
	size_t n;

	for (uint64_t size = 1; size < 66; size++) {
		root = mth(0, size);
		for (uint64_t m = 1; m <= size; m++) {
			n = subproof(m, 0, size, true, p);
			first = mth(0, m);
			CHECK(tree_consistent(m, &first, size, &root, p, n));
			CHECK(
			    !tree_consistent(m, &first, size, &root, p, n + 1));
			CHECK(n == 0 ||
			    !tree_consistent(m, &first, size, &root, p, n - 1));
			for (size_t i = 0; i < n; i++) {
				p[i].b[7] ^= 1;
				CHECK(!tree_consistent(
				    m, &first, size, &root, p, n));
				p[i].b[7] ^= 1;
			}
			first.b[0] ^= 1;
			CHECK(!tree_consistent(m, &first, size, &root, p, n));
		}
		for (uint64_t i = 0; i < size; i++) {
			struct tree_range r;
			struct tree_hash have;

			n = path(i, 0, size, p);
			CHECK(tree_included(i, size, &leaf[i], p, n, &root));
			CHECK(
			    !tree_included(i, size, &leaf[i + 1], p, n, &root));
			CHECK(
			    !tree_included(size, size, &leaf[i], p, n, &root));
			if (i + 1 < size)
				continue;
			CHECK(tree_range_from_path(&r, size, &leaf[i], p, n));
			tree_range_root(&r, &have);
			CHECK(tree_equal(&have, &root));
			CHECK(!tree_range_from_path(
			    &r, size, &leaf[i], p, n + 1));
		}
	}
	CHECK(!tree_consistent(0, &root, 5, &root, p, 0));
	CHECK(!tree_consistent(6, &root, 5, &root, p, 0));
}

int
main(void)
{
	make_leaves();
	hashes_as_the_rfc_says();
	roots_of_all_sizes_equal_the_recursion();
	ranges_join_wherever_they_are_cut();
	proofs_hold_and_no_changed_one_does();
	return 0;
}
