/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_set: a set of numbers, Golomb-coded (Golomb 1966, with the parameter a
 * power of two as Rice's): the differences of the sorted numbers, each the
 * quotient in unary and the remainder in binary.
 *
 * The numbers are the keys of a block with the tile that has each: key * 256 +
 * tile, so that one set gives the block and the tile.
 */
#ifndef CTWATCH_POLICY_NAME_SET_H
#define CTWATCH_POLICY_NAME_SET_H

#include <ctwatch/base/buf.h>
#include <ctwatch/policy/name_keys.h>

/* Bits of a number. */
#define NAME_SET_BITS (NAME_KEYS_BITS + 8)

/* Sort v and remove duplicates; return how many are left.  spare has room for n
 * numbers. */
size_t name_set_sort(uint32_t *v, size_t n, uint32_t *spare);

/* Append the set of n sorted different numbers; false beyond the limit of
 * out. */
bool name_set_pack(const uint32_t *v, size_t n, struct buf *out);

/* Take a set and return its bytes, and how many numbers it claims to have, at
 * most LIMIT_BLOCK_KEYS; false if it is malformed. */
bool name_set_take(struct bytes *in, struct bytes *set, size_t *n);

/* Write the numbers of a set from name_set_take to v; false if it is
 * malformed. */
bool name_set_unpack(struct bytes set, size_t n, uint32_t *v);

/* Set the bit of each tile that has one of n_keys sorted keys; false if the set
 * is malformed. */
bool name_set_find(struct bytes set, size_t n, const uint32_t *keys,
    size_t n_keys, uint8_t tiles[static 32]);

#endif
