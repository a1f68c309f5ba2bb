/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree code against the definition of RFC 6962, 2.1, written here once
 * more as the recursion that the RFC gives, and against real logs' proofs.
 */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/wire/merkle.h>

#include "../support/rfc6962_tree.h"
#include "../support/test.h"

static void
hashes_as_the_rfc_says(void)
{
	/* Published by transparency-dev/merkle and RFC 6962's reference
	 * tests: the hash of the empty leaf, and of the empty tree. */
	char hex[65];
	struct merkle_hash h;
	struct merkle_range r;

	merkle_leaf_hash((struct bytes){ NULL, 0 }, &h);
	text_hex((struct bytes){ h.b, 32 }, hex);
	CHECK(strcmp(hex,
	          "6e340b9cffb37a989ca544e6bb780a2c"
	          "78901d3fb33738768511a30617afa01d") == 0);
	merkle_range_init(&r, 0);
	merkle_range_root(&r, &h);
	text_hex((struct bytes){ h.b, 32 }, hex);
	CHECK(strcmp(hex,
	          "e3b0c44298fc1c149afbf4c8996fb924"
	          "27ae41e4649b934ca495991b7852b855") == 0);
}

static void
roots_of_all_sizes_equal_the_recursion(void)
{
	struct merkle_hash root, want;
	struct merkle_range r, loaded;

	merkle_range_init(&r, 0);
	for (uint64_t n = 0; n < LEAVES; n++) {
		merkle_range_root(&r, &root);
		want = mth(0, n);
		CHECK(merkle_equal(&root, &want));
		CHECK(r.n == (size_t)__builtin_popcountll(n));
		CHECK(merkle_range_load(&loaded, n, r.node, r.n));
		merkle_range_root(&loaded, &root);
		CHECK(merkle_equal(&root, &want));
		CHECK(!merkle_range_load(&loaded, n, r.node, r.n + 1));
		merkle_range_add(&r, &leaf[n]);
	}
}

static void
ranges_join_wherever_they_are_cut(void)
{
	struct merkle_range left, right;
	struct merkle_hash root, want;

	for (uint64_t n = 1; n <= 70; n++)
		for (uint64_t a = 0; a <= n; a++)
			for (uint64_t b = a; b <= n; b += 1 + b % 3) {
				merkle_range_init(&left, 0);
				for (uint64_t i = 0; i < a; i++)
					merkle_range_add(&left, &leaf[i]);
				merkle_range_init(&right, a);
				for (uint64_t i = a; i < b; i++)
					merkle_range_add(&right, &leaf[i]);
				CHECK(merkle_range_join(&left, &right));
				merkle_range_init(&right, b);
				for (uint64_t i = b; i < n; i++)
					merkle_range_add(&right, &leaf[i]);
				CHECK(merkle_range_join(&left, &right));
				merkle_range_root(&left, &root);
				want = mth(0, n);
				CHECK(merkle_equal(&root, &want));
			}
	merkle_range_init(&right, 9);
	CHECK(!merkle_range_join(&left, &right));
}

static void
proofs_hold_and_no_changed_one_does(void)
{
	struct merkle_hash p[64], root, first;
	size_t n;

	for (uint64_t size = 1; size < 66; size++) {
		root = mth(0, size);
		for (uint64_t m = 1; m <= size; m++) {
			n = subproof(m, 0, size, true, p);
			first = mth(0, m);
			CHECK(merkle_consistent(m, &first, size, &root, p, n));
			CHECK(
			    !merkle_inconsistent(m, &first, size, &root, p, n));
			CHECK(!merkle_consistent(
			    m, &first, size, &root, p, n + 1));
			CHECK(n == 0 ||
			    !merkle_consistent(
			        m, &first, size, &root, p, n - 1));
			for (size_t i = 0; i < n; i++) {
				p[i].b[7] ^= 1;
				CHECK(!merkle_consistent(
				    m, &first, size, &root, p, n));
				CHECK(!merkle_inconsistent(
				    m, &first, size, &root, p, n));
				p[i].b[7] ^= 1;
			}
			first.b[0] ^= 1;
			CHECK(!merkle_consistent(m, &first, size, &root, p, n));
			/* The proof of another root, unless first is itself a
			 * part of the proof. */
			CHECK(merkle_inconsistent(m, &first, size, &root, p,
			          n) == (m < size && (m & (m - 1)) != 0));
		}
		for (uint64_t i = 0; i < size; i++) {
			struct merkle_range r;
			struct merkle_hash have;

			n = path(i, 0, size, p);
			CHECK(merkle_included(i, size, &leaf[i], p, n, &root));
			CHECK(!merkle_included(
			    i, size, &leaf[i + 1], p, n, &root));
			CHECK(!merkle_included(
			    size, size, &leaf[i], p, n, &root));
			if (i + 1 < size)
				continue;
			CHECK(merkle_range_from_path(&r, size, &leaf[i], p, n));
			merkle_range_root(&r, &have);
			CHECK(merkle_equal(&have, &root));
			CHECK(!merkle_range_from_path(
			    &r, size, &leaf[i], p, n + 1));
		}
	}
	CHECK(!merkle_consistent(0, &root, 5, &root, p, 0));
	CHECK(!merkle_consistent(6, &root, 5, &root, p, 0));
}

/* A proof as long as another tree's: it leads to the root all the same. */
static void
proofs_of_another_length_are_refused(void)
{
	struct merkle_hash left, right, root;

	merkle_node_hash(&leaf[0], &leaf[1], &left);
	merkle_node_hash(&leaf[2], &leaf[3], &right);
	merkle_node_hash(&left, &right, &root);
	/* too short: a node in the place of a leaf */
	CHECK(merkle_included(0, 2, &left, &right, 1, &root));
	CHECK(!merkle_included(0, 4, &left, &right, 1, &root));
	CHECK(!merkle_included(3, 4, &right, &left, 1, &root));
	/* too long: the root's own children below a tree of one leaf */
	CHECK(!merkle_included(0, 1, &right, &left, 1, &root));
}

/* The path of one leaf, from merkle_range_join_pairs. */
struct path {
	uint64_t index;
	struct merkle_hash v[64];
	size_t n;
};

static void
add_sibling(void *arg, uint64_t start, unsigned level,
    const struct merkle_hash *left, const struct merkle_hash *right)
{
	struct path *p = arg;

	if (p->index < start || (p->index - start) >> (level + 1) != 0)
		return;
	CHECK(p->n == level && p->n < 64);
	p->v[p->n++] = (p->index - start) >> level == 0 ? *right : *left;
}

/* Paths of joined ranges lead to the subtree that the recursion gives, and no
 * changed one does. */
static void
pairs_give_the_paths_of_leaves(void)
{
	for (uint64_t begin = 0; begin < 40; begin += 1 + begin % 3)
		for (uint64_t end = begin + 1; end < 70; end += 3)
			for (uint64_t at = begin; at < end; at++) {
				struct path p = { .index = at };
				const struct merkle_pairs pairs = { add_sibling,
					&p };
				struct merkle_range r, one;

				merkle_range_init(&r, begin);
				for (uint64_t i = begin; i < end; i++) {
					merkle_range_init(&one, i);
					merkle_range_add(&one, &leaf[i]);
					CHECK(merkle_range_join_pairs(
					    &r, &one, &pairs));
				}
				CHECK(merkle_range_includes(
				    &r, at, &leaf[at], p.v, p.n));
				CHECK(!merkle_range_includes(
				    &r, at, &leaf[at + 1], p.v, p.n));
				CHECK(!merkle_range_includes(
				    &r, at, &leaf[at], p.v, p.n + 1));
				CHECK(!merkle_range_includes(
				    &r, end, &leaf[at], p.v, p.n));
				CHECK(begin == 0 ||
				    !merkle_range_includes(
				        &r, begin - 1, &leaf[at], p.v, p.n));
				if (p.n == 0)
					continue;
				CHECK(!merkle_range_includes(
				    &r, at ^ 1, &leaf[at], p.v, p.n));
				CHECK(!merkle_range_includes(
				    &r, at, &leaf[at], p.v, p.n - 1));
				p.v[p.n - 1].b[0] ^= 1;
				CHECK(!merkle_range_includes(
				    &r, at, &leaf[at], p.v, p.n));
			}
}

/* The nodes of a range are the roots of its subtrees, and no other number of
 * them is taken. */
static void
ranges_load_from_their_nodes(void)
{
	for (uint64_t begin = 0; begin < 50; begin++)
		for (uint64_t end = begin; end < 70; end++) {
			struct merkle_range r, loaded;
			struct merkle_hash want;
			uint64_t at = begin;

			merkle_range_init(&r, begin);
			for (uint64_t i = begin; i < end; i++)
				merkle_range_add(&r, &leaf[i]);
			for (size_t i = 0; i < r.n; i++) {
				unsigned level = merkle_subtree_level(at, end);
				uint64_t next = at + (UINT64_C(1) << level);

				CHECK(level == r.level[i]);
				want = mth(at, next);
				CHECK(merkle_equal(&want, &r.node[i]));
				at = next;
			}
			CHECK(merkle_range_load_from(
			    &loaded, begin, end, r.node, r.n));
			CHECK(merkle_range_equal(&loaded, &r));
			CHECK(!merkle_range_load_from(
			    &loaded, begin, end, r.node, r.n + 1));
			CHECK(r.n == 0 ||
			    !merkle_range_load_from(
			        &loaded, begin, end, r.node, r.n - 1));
			if (r.n == 0)
				continue;
			r.node[r.n - 1].b[31] ^= 1;
			CHECK(!merkle_range_equal(&loaded, &r));
		}
}

int
main(void)
{
	make_leaves();
	pairs_give_the_paths_of_leaves();
	ranges_load_from_their_nodes();
	hashes_as_the_rfc_says();
	roots_of_all_sizes_equal_the_recursion();
	ranges_join_wherever_they_are_cut();
	proofs_hold_and_no_changed_one_does();
	proofs_of_another_length_are_refused();
	return 0;
}
