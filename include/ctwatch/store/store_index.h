/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_index: the index of names (policy/index_part.h) of the entries read.
 *
 * A part is saved with the cursor of its log, in one transaction.  The parts of
 * a block that was read are later joined in a file, DIR/index/SHA256.idx, whose
 * name is the digest of its content: only files that the store names count, so
 * a file that was cut, changed or left by a killed run is never used.
 */
#ifndef CTWATCH_STORE_STORE_INDEX_H
#define CTWATCH_STORE_STORE_INDEX_H

#include <ctwatch/base/blob.h>
#include <ctwatch/base/buf.h>
#include <ctwatch/policy/name_keys.h>
#include <ctwatch/wire/sha256.h>

struct store;

/* Load the secret of this store's keys; make one if make is set and there is
 * none.  Return false if there is none or the store failed. */
bool store_index_secret(
    struct store *s, bool make, uint8_t out[static NAME_KEYS_SECRET]);

/* Report whether the store's keys have this secret; a store without an index
 * takes it. */
bool store_index_use_secret(
    struct store *s, const uint8_t secret[static NAME_KEYS_SECRET]);

/* Save a coded part of entries [from, to) of a log, in the open transaction. */
bool store_index_add(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to, struct bytes part);

/* Delete the parts with entries at or above from, which were not proved. */
bool store_index_forget(
    struct store *s, const uint8_t log_id[static SHA256_SIZE], uint64_t from);

/* Some parts of a log, of entries in [from, to). */
struct store_index_part {
	uint64_t from, to;
	bool in_file;
	uint8_t sha256[SHA256_SIZE]; /* of the file */
	struct blob content;         /* owned; if not in a file */
};

/* Load the parts of a log with entries in [from, to), in order; the caller
 * frees with store_index_parts_free. */
struct store_index_part *store_index_parts(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to,
    size_t *n);
void store_index_parts_free(struct store_index_part *v, size_t n);

/* Append the coded parts that p has; false with the reason, beginning with the
 * path, in *error if its file is missing, damaged or too large. */
bool store_index_read(struct store *s, const struct store_index_part *p,
    struct buf *out, struct buf *error);

/* Return the first block with a part outside its file, of those that end at or
 * below entry end and do not have entry `within` inside; false if there is
 * none. */
bool store_index_open_block(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t end, uint64_t within,
    uint64_t from, uint64_t *block);

/* Write a file with that content, and return its digest; false with the reason
 * in *error.  Nothing uses it yet. */
bool store_index_write(struct store *s, struct bytes content,
    uint8_t sha256[static SHA256_SIZE], struct buf *error);

/* Replace the parts of the block of entries [from, to) of a log by the file of
 * that digest and size, in the open transaction. */
bool store_index_replace(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to,
    const uint8_t sha256[static SHA256_SIZE], uint64_t size);

/* Delete the parts that were saved before a time, in ms, and commit; then
 * delete the files that no part names.  For runs, which lock out others. */
bool store_index_prune(struct store *s, int64_t before);

/* Check the files and the coded parts.  Append a line per fault to *faults;
 * return false if there is one. */
bool store_index_check(struct store *s, struct buf *faults);

struct store_index_size {
	uint64_t logs, entries, files, bytes;
};

/* Sum up the index; false if the store failed. */
bool store_index_size(struct store *s, struct store_index_size *out);

#endif
