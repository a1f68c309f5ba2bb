/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/wire/merkle.h>

void
merkle_leaf_hash(struct bytes leaf_input, struct merkle_hash *out)
{
	static const uint8_t zero = 0;
	const struct bytes parts[] = { { &zero, 1 }, leaf_input };

	sha256_parts(parts, 2, out->b);
}

void
merkle_node_hash(const struct merkle_hash *left,
    const struct merkle_hash *right, struct merkle_hash *out)
{
	uint8_t in[1 + 2 * SHA256_SIZE];

	in[0] = 1;
	memcpy(&in[1], left->b, SHA256_SIZE);
	memcpy(in + 1 + SHA256_SIZE, right->b, SHA256_SIZE);
	sha256_digest((struct bytes){ in, sizeof in }, out->b);
}

bool
merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->b, b->b, SHA256_SIZE) == 0;
}

void
merkle_range_init(struct merkle_range *r, uint64_t begin)
{
	r->begin = r->end = begin;
	r->n = 0;
}

/* Append a perfect subtree of 2^level leaves, then merge what has become a
 * pair: two of one level of which the left begins an aligned parent. */
static inline void
push_to(struct merkle_range *r, const struct merkle_hash *hash, unsigned level,
    const struct merkle_pairs *pairs)
{
	uint64_t start = r->end;

	assert(r->n < MERKLE_RANGE_NODES);
	r->node[r->n] = *hash;
	r->level[r->n++] = (uint8_t)level;
	r->end += UINT64_C(1) << level;
	while (r->n >= 2 && r->level[r->n - 2] == level) {
		uint64_t left = start - (UINT64_C(1) << level);

		if (left & (UINT64_C(1) << level))
			break;
		r->n--;
		if (pairs != NULL)
			pairs->each(pairs->arg, left, level, &r->node[r->n - 1],
			    &r->node[r->n]);
		merkle_node_hash(
		    &r->node[r->n - 1], &r->node[r->n], &r->node[r->n - 1]);
		r->level[r->n - 1] = (uint8_t)++level;
		start = left;
	}
}

static void
push(struct merkle_range *r, const struct merkle_hash *hash, unsigned level)
{
	push_to(r, hash, level, NULL);
}

void
merkle_range_add(struct merkle_range *r, const struct merkle_hash *leaf)
{
	push(r, leaf, 0);
}

bool
merkle_range_join(struct merkle_range *r, const struct merkle_range *right)
{
	return merkle_range_join_pairs(r, right, NULL);
}

bool
merkle_range_join_pairs(struct merkle_range *r,
    const struct merkle_range *right, const struct merkle_pairs *pairs)
{
	if (right->begin != r->end)
		return false;
	for (size_t i = 0; i < right->n; i++)
		push_to(r, &right->node[i], right->level[i], pairs);
	return true;
}

bool
merkle_range_equal(const struct merkle_range *a, const struct merkle_range *b)
{
	bool same = a->begin == b->begin && a->end == b->end && a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = a->level[i] == b->level[i] &&
		    merkle_equal(&a->node[i], &b->node[i]);
	return same;
}

void
merkle_range_root(const struct merkle_range *r, struct merkle_hash *out)
{
	assert(r->begin == 0);
	if (r->n == 0) {
		sha256_digest((struct bytes){ NULL, 0 }, out->b);
		return;
	}
	*out = r->node[r->n - 1];
	for (size_t i = r->n - 1; i > 0; i--)
		merkle_node_hash(&r->node[i - 1], out, out);
}

unsigned
merkle_subtree_level(uint64_t at, uint64_t end)
{
	unsigned level = at == 0 ? 62 : (unsigned)__builtin_ctzll(at);

	while (level > 62 || UINT64_C(1) << level > end - at)
		level--;
	return level;
}

bool
merkle_range_load(struct merkle_range *r, uint64_t size,
    const struct merkle_hash *nodes, size_t n)
{
	return merkle_range_load_from(r, 0, size, nodes, n);
}

bool
merkle_range_load_from(struct merkle_range *r, uint64_t begin, uint64_t end,
    const struct merkle_hash *nodes, size_t n)
{
	merkle_range_init(r, begin);
	if (begin > end || end >> 63 != 0)
		return false;
	for (; n > 0 && r->end < end; n--)
		push(r, nodes++, merkle_subtree_level(r->end, end));
	return n == 0 && r->end == end;
}

bool
merkle_range_includes(const struct merkle_range *r, uint64_t index,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n)
{
	struct merkle_hash node = *leaf;
	uint64_t at = r->begin;
	size_t i = 0;

	if (index < r->begin || index >= r->end)
		return false;
	while (index - at >= UINT64_C(1) << r->level[i])
		at += UINT64_C(1) << r->level[i++];
	if (n != r->level[i])
		return false;
	for (size_t l = 0; l < n; l++)
		if (index >> l & 1)
			merkle_node_hash(&path[l], &node, &node);
		else
			merkle_node_hash(&node, &path[l], &node);
	return merkle_equal(&node, &r->node[i]);
}

bool
merkle_range_from_path(struct merkle_range *r, uint64_t size,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n)
{
	struct merkle_hash nodes[64];
	uint64_t before = size - 1; /* leaves left of the last one */
	size_t want = (size_t)__builtin_popcountll(before);

	/* The path of the last leaf has the subtrees to its left, the smallest
	 * first: in reverse order they are the range [0, size - 1). */
	if (size == 0 || n != want)
		return false;
	for (size_t i = 0; i < n; i++)
		nodes[i] = path[n - 1 - i];
	if (!merkle_range_load(r, before, nodes, n))
		return false;
	merkle_range_add(r, leaf);
	return true;
}

/* Compute both roots from a consistency proof; false if its length is wrong. */
static bool
roots_of_path(uint64_t first, const struct merkle_hash *first_root,
    uint64_t second, const struct merkle_hash *path, size_t n,
    struct merkle_hash *fr, struct merkle_hash *sr)
{
	uint64_t fn = first - 1, sn = second - 1;
	size_t i = 0;

	if (first == 0 || first >= second || n == 0 || n > LIMIT_PROOF)
		return false;
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	/* If the first tree is a perfect subtree, its root is the first
	 * node. */
	if ((first & (first - 1)) == 0)
		*fr = *first_root;
	else
		*fr = path[i++];
	*sr = *fr;
	for (; i < n; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			merkle_node_hash(&path[i], fr, fr);
			merkle_node_hash(&path[i], sr, sr);
			for (; !(fn & 1) && fn != 0; fn >>= 1)
				sn >>= 1;
		} else
			merkle_node_hash(sr, &path[i], sr);
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0;
}

bool
merkle_consistent(uint64_t first, const struct merkle_hash *first_root,
    uint64_t second, const struct merkle_hash *second_root,
    const struct merkle_hash *path, size_t n)
{
	struct merkle_hash fr, sr;

	if (first > 0 && first == second)
		return n == 0 && merkle_equal(first_root, second_root);
	return roots_of_path(first, first_root, second, path, n, &fr, &sr) &&
	    merkle_equal(&fr, first_root) && merkle_equal(&sr, second_root);
}

bool
merkle_inconsistent(uint64_t first, const struct merkle_hash *first_root,
    uint64_t second, const struct merkle_hash *second_root,
    const struct merkle_hash *path, size_t n)
{
	struct merkle_hash fr, sr;

	return roots_of_path(first, first_root, second, path, n, &fr, &sr) &&
	    !merkle_equal(&fr, first_root) && merkle_equal(&sr, second_root);
}

/* Follow an audit path (RFC 9162, 2.1.3.2) to the root in *out, which begins as
 * the leaf; false if it has the wrong length. */
static bool
follow_path(uint64_t index, uint64_t size, const struct merkle_hash *path,
    size_t n, struct merkle_hash *out)
{
	struct merkle_hash r = *out;
	uint64_t fn = index, sn = size - 1;

	if (index >= size || n > LIMIT_PROOF)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			merkle_node_hash(&path[i], &r, &r);
			for (; !(fn & 1) && fn != 0; fn >>= 1)
				sn >>= 1;
		} else
			merkle_node_hash(&r, &path[i], &r);
		fn >>= 1;
		sn >>= 1;
	}
	*out = r;
	return sn == 0;
}

bool
merkle_included(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
    const struct merkle_hash *path, size_t n, const struct merkle_hash *root)
{
	struct merkle_hash r = *leaf;

	return follow_path(index, size, path, n, &r) && merkle_equal(&r, root);
}

bool
merkle_subtree_is_valid(uint64_t start, uint64_t end)
{
	uint64_t width = 1;

	if (start > end)
		return false;
	while (width < end - start && width >> 63 == 0)
		width <<= 1;
	/* No start but 0 is a multiple of 2^64. */
	if (width < end - start)
		return start == 0;
	return (start & (width - 1)) == 0;
}

bool
merkle_subtree_root(uint64_t index, uint64_t start, uint64_t end,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n,
    struct merkle_hash *out)
{
	*out = *leaf;
	return merkle_subtree_is_valid(start, end) && index >= start &&
	    follow_path(index - start, end - start, path, n, out);
}

/* The number of bits of n without leading zeros, as a mask of them all. */
static uint64_t
mask_of(uint64_t n)
{
	uint64_t mask = 0;

	for (; n > mask; mask = mask << 1 | 1)
		;
	return mask;
}

void
merkle_subtree_cover(
    uint64_t start, uint64_t end, uint64_t *left, uint64_t *mid)
{
	uint64_t mask;

	*left = start;
	*mid = end;
	if (end - start <= 1)
		return;
	/* The paths of the first and the last leaf part at this level. */
	mask = mask_of(start ^ (end - 1)) >> 1;
	*mid = (end - 1) & ~mask;
	*left = start & ~mask_of(~start & mask);
}
