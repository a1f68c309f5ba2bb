/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merkle: a whole tree in memory, for any size of which it gives roots,
 * proofs and nodes, by the recursive definitions of RFC 6962, 2.1.  (The
 * program under test works with compact ranges instead: two ways that must
 * agree.)
 */
#ifndef LOGD_MERKLE_H
#define LOGD_MERKLE_H

#include <ctwatch/wire/merkle.h>

#define MERKLE_LEVELS 64

struct merkle {
	struct merkle_hash
	    *level[MERKLE_LEVELS]; /* owned; level[0] the leaves */
	uint64_t n[MERKLE_LEVELS];
};

/* The tree, or what it would be if the leaf at index at were another. */
struct merkle_view {
	const struct merkle *tree; /* borrowed */
	const struct merkle_hash
	    *instead; /* borrowed; NULL: nothing is changed */
	uint64_t at;
};

/* A proof has at most a step for each level, and one. */
struct merkle_proof {
	struct merkle_hash step[MERKLE_LEVELS + 1];
	size_t n;
};

void merkle_add(struct merkle *m, const struct merkle_hash *leaf);
void merkle_fini(struct merkle *m);

/* MTH(D[begin:end]), RFC 6962, 2.1; end is within the tree. */
void merkle_hash(const struct merkle_view *v, uint64_t begin, uint64_t end,
    struct merkle_hash *out);

/* PATH(index, D[size]), RFC 6962, 2.1.1; index < size. */
void merkle_path(const struct merkle_view *v, uint64_t index, uint64_t size,
    struct merkle_proof *out);

/* PROOF(first, D[second]), RFC 6962, 2.1.2; empty where nothing is to prove. */
void merkle_consistency(const struct merkle_view *v, uint64_t first,
    uint64_t second, struct merkle_proof *out);

#endif
