/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_gap: unread and unproved ranges of a log.
 */
#ifndef CTWATCH_STORE_STORE_GAP_H
#define CTWATCH_STORE_STORE_GAP_H

#include <ctwatch/wire/sha256.h>

struct store;

/* Unread or unproved ranges of a log, with the reason. */
struct store_gap {
	uint64_t from, to; /* entries [from, to) */
	bool unproved;     /* read, but no signed root covers it; else unread */
	char reason[64];
};

/* Add a gap: it replaces overlapping gaps, and merges with adjacent ones of its
 * kind. */
bool store_gap_add(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct store_gap *gap);

/* Remove [from, to) from the gaps. */
bool store_gap_remove(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to);

/* Load the gaps of a log, in order; the caller frees. */
struct store_gap *store_gaps(
    struct store *s, const uint8_t log_id[static SHA256_SIZE], size_t *n);

#endif
