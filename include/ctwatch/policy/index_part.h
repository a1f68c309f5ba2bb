/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_part: the index of some entries of a log, one after another, of one
 * block: the keys of their names, and the hashes that prove them when they are
 * read again.
 *
 * A block has 65,536 entries, a tile 256; both are aligned.  The hashes are the
 * compact range of the entries, cut at tiles, so that one tile can be compared
 * alone.  A part depends on its entries and the secret only, so that parts of
 * adjoining entries can be joined, also those of several machines.
 */
#ifndef CTWATCH_POLICY_INDEX_PART_H
#define CTWATCH_POLICY_INDEX_PART_H

#include <ctwatch/policy/name_keys.h>
#include <ctwatch/wire/merkle.h>

#define INDEX_PART_TILE  256u
#define INDEX_PART_BLOCK 65536u

/* A part in memory. */
struct index_part {
	uint64_t begin, end; /* of one block */
	uint64_t earliest;   /* of the timestamps, in ms; UINT64_MAX: none */
	uint64_t latest;     /* likewise; 0: none */
	struct merkle_hash *nodes; /* owned; see above */
	size_t n_nodes;
	uint32_t *numbers;      /* owned: key * 256 + tile; not sorted */
	size_t n_numbers, room; /* room: for how many numbers it has memory */
};

/* Make p the empty part that begins at an entry. */
void index_part_init(struct index_part *p, uint64_t begin);
void index_part_fini(struct index_part *p);

/* Return the index of the block of an entry. */
static inline uint64_t
index_part_block(uint64_t entry)
{
	return entry / INDEX_PART_BLOCK;
}

/* Append the entries of more, which begins where p ends, in the same block;
 * false if it does not, or both have too many keys.  more is then empty. */
bool index_part_move(struct index_part *p, struct index_part *more);

/*
 * Append entries of one tile by their compact range, which begins at p->end, in
 * the block of p.
 */
void index_part_add_range(struct index_part *p, const struct merkle_range *r);

/* Add keys of entries of a tile, given by its first entry; beyond
 * LIMIT_BLOCK_KEYS keys of one part, any instead, the key of
 * name_keys_any. */
void index_part_add_keys(struct index_part *p, uint64_t tile,
    const uint32_t *keys, size_t n, uint32_t any);

/* Widen the times by that of an entry. */
void index_part_add_time(struct index_part *p, uint64_t timestamp);

/* Append the coded form of p, and sort its numbers.  False beyond the limit of
 * out. */
bool index_part_pack(struct index_part *p, struct buf *out);

/* A coded part; all is borrowed. */
struct index_part_view {
	uint64_t begin, end, earliest, latest;
	struct bytes nodes, set;
	size_t n_numbers;
};

/* Take the next part of in; false if it is malformed, or by other rules
 * (NAME_KEYS_RULES). */
bool index_part_take(struct bytes *in, struct index_part_view *out);

/* Append a coded part that begins where p ends, in the same block; false if it
 * does not, its set is malformed, or both have more than LIMIT_BLOCK_KEYS
 * keys. */
bool index_part_join(struct index_part *p, const struct index_part_view *more);

/* Append the compact range of the entries of p to *out, which must end where p
 * begins; false if it does not. */
bool index_part_range(
    const struct index_part_view *p, struct merkle_range *out);

/* Set the bit of each tile of the block that has one of n sorted keys; false if
 * the set is malformed. */
bool index_part_find(const struct index_part_view *p, const uint32_t *keys,
    size_t n, uint8_t tiles[static 32]);

/* Report whether entries that were read again, those of p in one tile, have the
 * hashes of p. */
bool index_part_proves(
    const struct index_part_view *p, const struct merkle_range *r);

#endif
