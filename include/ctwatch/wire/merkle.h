/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merkle: the Merkle tree of RFC 6962, 2.1: hashes, compact ranges, proofs.
 *
 * A compact range is the list of roots of the perfect subtrees that cover a run
 * of leaves.  One that begins at 0 gives the root of the tree; others, from the
 * batches of workers, are joined in order.  Nothing here allocates.
 */
#ifndef CTWATCH_WIRE_MERKLE_H
#define CTWATCH_WIRE_MERKLE_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/sha256.h>

struct merkle_hash {
	uint8_t b[SHA256_SIZE];
};

/* A range of leaves [begin, end) has at most 63 + 63 subtrees. */
#define MERKLE_RANGE_NODES 128

struct merkle_range {
	uint64_t begin;
	uint64_t end; /* one past the last leaf; begin <= end */
	size_t n;
	struct merkle_hash node[MERKLE_RANGE_NODES]; /* left to right */
	uint8_t level[MERKLE_RANGE_NODES]; /* node i covers 2^level[i] */
};

/* The hash of a leaf: SHA-256(0x00 || leaf_input). */
void merkle_leaf_hash(struct bytes leaf_input, struct merkle_hash *out);

/* The hash of a node: SHA-256(0x01 || left || right). */
void merkle_node_hash(const struct merkle_hash *left,
    const struct merkle_hash *right, struct merkle_hash *out);

/* Report whether two hashes are equal. */
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/* Make r the empty range at begin. */
void merkle_range_init(struct merkle_range *r, uint64_t begin);

/* Append the leaf whose hash is leaf; r->end must be below 2^63. */
void merkle_range_add(struct merkle_range *r, const struct merkle_hash *leaf);

/* Append all of right, which must begin where r ends; false if it does not. */
bool merkle_range_join(
    struct merkle_range *r, const struct merkle_range *right);

/* Called for each two subtrees of 2^level leaves that become one; the left one
 * begins at start. */
struct merkle_pairs {
	void (*each)(void *arg, uint64_t start, unsigned level,
	    const struct merkle_hash *left, const struct merkle_hash *right);
	void *arg;
};

/* As merkle_range_join, calling pairs, which may be NULL, from the leaves
 * upward: a leaf's siblings are its path to its subtree in r. */
bool merkle_range_join_pairs(struct merkle_range *r,
    const struct merkle_range *right, const struct merkle_pairs *pairs);

/* Report whether two ranges have the same ends and hashes. */
bool merkle_range_equal(
    const struct merkle_range *a, const struct merkle_range *b);

/* Report whether the leaf at index is in r: path has the siblings from the leaf
 * up to the subtree of r that covers it. */
bool merkle_range_includes(const struct merkle_range *r, uint64_t index,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n);

/* Return the root of r, which must begin at 0; without leaves it is
 * SHA-256(""). */
void merkle_range_root(const struct merkle_range *r, struct merkle_hash *out);

/* Return the level of the largest perfect subtree that begins at at and ends by
 * end; at < end. */
unsigned merkle_subtree_level(uint64_t at, uint64_t end);

/*
 * Load the range [0, size) from its nodes, left to right.
 * False when n is not the number of subtrees of size.
 */
bool merkle_range_load(struct merkle_range *r, uint64_t size,
    const struct merkle_hash *nodes, size_t n);

/* As merkle_range_load, for the range [begin, end). */
bool merkle_range_load_from(struct merkle_range *r, uint64_t begin,
    uint64_t end, const struct merkle_hash *nodes, size_t n);

/*
 * The range [0, size) from the hash of its last leaf and that leaf's audit
 * path in the tree of that size (RFC 6962, 2.1.1).  The caller compares the
 * root.  False when the path has the wrong length; size must not be 0.
 */
bool merkle_range_from_path(struct merkle_range *r, uint64_t size,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n);

/*
 * Check a consistency proof (RFC 9162, 2.1.4.2; the tree is RFC 6962's).
 * True when the tree of first leaves with first_root is a prefix of the tree
 * of second leaves with second_root.  0 < first <= second.
 */
bool merkle_consistent(uint64_t first, const struct merkle_hash *first_root,
    uint64_t second, const struct merkle_hash *second_root,
    const struct merkle_hash *path, size_t n);

/*
 * Report whether a consistency proof shows that the first leaves of the tree
 * with second_root have another root than first_root.  Where first is a power
 * of two, the proof does not have their root: always false.
 */
bool merkle_inconsistent(uint64_t first, const struct merkle_hash *first_root,
    uint64_t second, const struct merkle_hash *second_root,
    const struct merkle_hash *path, size_t n);

/* Check an audit path (RFC 9162, 2.1.3.2) of the leaf at index. */
bool merkle_included(uint64_t index, uint64_t size,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n,
    const struct merkle_hash *root);

/* ---- subtrees (draft-ietf-plants-merkle-tree-certs, "Subtrees") ---- */

/* Report whether the leaves [start, end) are a subtree of every tree that has
 * them: start is a multiple of the least power of two >= end - start. */
bool merkle_subtree_is_valid(uint64_t start, uint64_t end);

/*
 * Compute into *out the hash of the subtree [start, end) from the audit path of
 * the leaf at index in it.  Return false if it is no subtree, has no such leaf,
 * or the path has the wrong length.
 */
bool merkle_subtree_root(uint64_t index, uint64_t start, uint64_t end,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n,
    struct merkle_hash *out);

/*
 * Cover the leaves [start, end) by the two subtrees [*left, *mid) and
 * [*mid, end), of which the first may begin before start, and the second may be
 * empty.
 */
void merkle_subtree_cover(
    uint64_t start, uint64_t end, uint64_t *left, uint64_t *mid);

#endif
