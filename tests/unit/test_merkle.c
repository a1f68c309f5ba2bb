/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree code against the definition of RFC 6962, 2.1, written here once
 * more as the recursion that the RFC gives, and against real logs' proofs.
 */
#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/merkle.h>

#include "../support/test.h"

#define LEAVES 300

static struct merkle_hash leaf[LEAVES];

/* RFC 6962, 2.1: MTH(D[a:b]). */
static struct merkle_hash
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
static size_t
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
static size_t
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

static void
make_leaves(void)
{
	for (uint64_t i = 0; i < LEAVES; i++)
		merkle_leaf_hash(
		    (struct bytes){ (uint8_t *)&i, sizeof i }, &leaf[i]);
}

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

/* ---- subtrees: the vectors of draft-ietf-plants-merkle-tree-certs ---- */

#define MAX_SUBTREE 130

/* The draft folds the output for every valid input, as lines of text, into one
 * digest; here the lines are kept. */
static struct buf lines;

static void
add_hashes(const struct merkle_hash *v, size_t n)
{
	char hex[65];

	for (size_t i = 0; i < n; i++) {
		text_hex((struct bytes){ v[i].b, 32 }, hex);
		buf_printf(&lines, " %s", hex);
	}
	buf_add_byte(&lines, '\n');
}

static void
check_lines(const char *want)
{
	uint8_t digest[SHA256_SIZE];
	char hex[65];

	sha256_digest(buf_view(&lines), digest);
	text_hex(bytes_at(digest, sizeof digest), hex);
	CHECK(strcmp(hex, want) == 0);
	buf_fini(&lines);
	buf_init(&lines, 256u << 20);
}

/* SUBTREE_SUBPROOF(start, end, D[a:a+n], whole), start and end from a on. */
static size_t
subtree_subproof(uint64_t start, uint64_t end, uint64_t a, uint64_t n,
    bool whole, struct merkle_hash *out)
{
	uint64_t k = 1;
	size_t m;

	if (start == 0 && end == n) {
		if (whole)
			return 0;
		out[0] = mth(a, a + n);
		return 1;
	}
	while (2 * k < n)
		k *= 2;
	if (end <= k) {
		m = subtree_subproof(start, end, a, k, whole, out);
		out[m] = mth(a + k, a + n);
		return m + 1;
	}
	if (k <= start)
		m = subtree_subproof(
		    start - k, end - k, a + k, n - k, whole, out);
	else
		m = subtree_subproof(0, end - k, a + k, n - k, false, out);
	out[m] = mth(a, a + k);
	return m + 1;
}

static void
subtree_hashes_equal_the_vector(void)
{
	struct merkle_hash h;

	for (uint64_t end = 0; end <= MAX_SUBTREE; end++)
		for (uint64_t start = 0; start <= end; start++) {
			if (!merkle_subtree_is_valid(start, end))
				continue;
			h = mth(start, end);
			buf_printf(&lines, "[%d, %d)", (int)start, (int)end);
			add_hashes(&h, 1);
		}
	check_lines("b82806ad4265bb151c1119c0f4db437b"
	            "b4d1a1f887b3a7fba1cd4ebf552e3e81");
}

static void
check_subtree_path(uint64_t i, uint64_t start, uint64_t end)
{
	struct merkle_hash p[64] = { 0 }, root, want = mth(start, end);
	size_t n = path(i - start, start, end, p);

	buf_printf(&lines, "%d [%d, %d)", (int)i, (int)start, (int)end);
	add_hashes(p, n);
	CHECK(merkle_subtree_root(i, start, end, &leaf[i], p, n, &root));
	CHECK(merkle_equal(&root, &want));
	CHECK(!merkle_subtree_root(i, start, end, &leaf[i], p, n + 1, &root));
	CHECK(n == 0 ||
	    !merkle_subtree_root(i, start, end, &leaf[i], p, n - 1, &root));
	CHECK(!merkle_subtree_root(end, start, end, &leaf[i], p, n, &root));
	CHECK(start == 0 ||
	    !merkle_subtree_root(start - 1, start, end, &leaf[i], p, n, &root));
}

static void
subtree_inclusion_proofs_equal_the_vector(void)
{
	for (uint64_t end = 0; end <= MAX_SUBTREE; end++)
		for (uint64_t start = 0; start <= end; start++)
			for (uint64_t i = start; i < end; i++)
				if (merkle_subtree_is_valid(start, end))
					check_subtree_path(i, start, end);
	check_lines("ac2a8f989e44d99e399db448050ff5f1"
	            "9757df53cfb716aa81015d3955d8163f");
}

/* One that begins at 0 is a consistency proof of RFC 9162, and one of a single
 * leaf an audit path. */
static void
check_subtree_proof(uint64_t start, uint64_t end, uint64_t n)
{
	struct merkle_hash p[64], root = mth(0, n), first = mth(start, end);
	size_t m =
	    start == end ? 0 : subtree_subproof(start, end, 0, n, true, p);

	buf_printf(&lines, "[%d, %d) %d", (int)start, (int)end, (int)n);
	add_hashes(p, m);
	CHECK(start != 0 || end == 0 ||
	    merkle_consistent(end, &first, n, &root, p, m));
	CHECK(end != start + 1 ||
	    merkle_included(start, n, &leaf[start], p, m, &root));
}

static void
subtree_consistency_proofs_equal_the_vector(void)
{
	for (uint64_t n = 0; n <= MAX_SUBTREE; n++)
		for (uint64_t end = 0; end <= n; end++)
			for (uint64_t start = 0; start <= end; start++)
				if (merkle_subtree_is_valid(start, end))
					check_subtree_proof(start, end, n);
	check_lines("10fa99b37bf9bf9ffa26b412fbd98bd7"
	            "5363256d0b75d61bc4538b9c9c5a0a74");
}

static int
bit_length(uint64_t n)
{
	int bits = 0;

	for (; n > 0; n >>= 1)
		bits++;
	return bits;
}

/* The two subtrees by which a CA covers an interval. */
static void
covering_subtrees_equal_the_vector(void)
{
	for (uint64_t end = 0; end <= MAX_SUBTREE; end++)
		for (uint64_t start = 0; start <= end; start++) {
			uint64_t left = start, mid = end, mask;

			if (end - start > 1) {
				mask = (UINT64_C(1)
				           << (bit_length(start ^ (end - 1)) -
				                  1)) -
				    1;
				mid = (end - 1) & ~mask;
				left = start &
				    ~((UINT64_C(1)
				          << bit_length(~start & mask)) -
				        1);
			}
			CHECK(merkle_subtree_is_valid(left, mid));
			CHECK(merkle_subtree_is_valid(mid, end));
			buf_printf(&lines, "[%d, %d) [%d, %d)\n", (int)left,
			    (int)mid, (int)mid, (int)end);
		}
	check_lines("7fd9c8b926e9d2b5cf831560e8ce295a"
	            "5ef97ad5c5ede4ea0dea28a8c8fc8bb0");
}

static void
subtrees_near_2_to_the_64(void)
{
	const uint64_t half = UINT64_C(1) << 63;

	CHECK(merkle_subtree_is_valid(0, UINT64_MAX));
	CHECK(merkle_subtree_is_valid(0, half + 1));
	CHECK(!merkle_subtree_is_valid(1, half + 2));
	CHECK(merkle_subtree_is_valid(half, UINT64_MAX));
	CHECK(!merkle_subtree_is_valid(half - 1, UINT64_MAX));
	CHECK(!merkle_subtree_is_valid(2, 1));
	CHECK(merkle_subtree_is_valid(UINT64_MAX, UINT64_MAX));
}

static void
subtrees_equal_the_vectors_of_the_draft(void)
{
	for (int i = 0; i < LEAVES; i++)
		merkle_leaf_hash(
		    bytes_at(&(uint8_t){ (uint8_t)i }, 1), &leaf[i]);
	buf_init(&lines, 256u << 20);
	subtree_hashes_equal_the_vector();
	subtree_inclusion_proofs_equal_the_vector();
	subtree_consistency_proofs_equal_the_vector();
	covering_subtrees_equal_the_vector();
	buf_fini(&lines);
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
	subtrees_near_2_to_the_64();
	subtrees_equal_the_vectors_of_the_draft();
	return 0;
}
