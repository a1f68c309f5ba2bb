/* SPDX-License-Identifier: Apache-2.0 */
/* merkle: subtrees, by the vectors of draft-ietf-plants-merkle-tree-certs. */
#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/merkle.h>

#include "../support/rfc6962_tree.h"
#include "../support/test.h"

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

/* The two subtrees by which a CA covers an interval. */
static void
covering_subtrees_equal_the_vector(void)
{
	for (uint64_t end = 0; end <= MAX_SUBTREE; end++)
		for (uint64_t start = 0; start <= end; start++) {
			uint64_t left, mid;

			merkle_subtree_cover(start, end, &left, &mid);
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
	subtrees_near_2_to_the_64();
	subtrees_equal_the_vectors_of_the_draft();
	return 0;
}
