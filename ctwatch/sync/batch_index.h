/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_index: the index of names of a batch, made while its entries are read.
 * In a batch without parts (see batch_index_begin) nothing is added.
 */
#ifndef CTWATCH_SYNC_BATCH_INDEX_H
#define CTWATCH_SYNC_BATCH_INDEX_H

#include <ctwatch/sync/batch.h>

/* Begin the parts of the entries [from, end), which are not none. */
void batch_index_begin(struct batch *b, uint64_t from, uint64_t end);

/* Drop the parts without entries. */
void batch_index_end(struct batch *b);

/* Append entries of one tile by their compact range. */
void batch_index_add_range(struct batch *b, const struct merkle_range *tile);

/* Widen the times of its part by that of an entry. */
void batch_index_add_time(struct batch *b, uint64_t index, uint64_t timestamp);

/* Add an entry with the keys that are in *k, which is then empty, and those of
 * its precertificate, or NULL. */
void batch_index_add(struct batch *b, uint64_t index, struct name_keys *k,
    const struct cert *precert);

/* Add an entry that may have any name; *k is then empty. */
void batch_index_add_any(struct batch *b, uint64_t index, struct name_keys *k);

#endif
