/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill_part: the result of one part of a plan, and its file.
 *
 * The file is a pure function of the plan and the log: two scans write the same
 * bytes.  It has one JSON object a line; see ctwatch-backfill(1).  Nothing in
 * it is trusted: the hashes must be those of the plan, and each match has its
 * path to them.
 */
#ifndef CTWATCH_SYNC_BACKFILL_PART_H
#define CTWATCH_SYNC_BACKFILL_PART_H

#include <ctwatch/sync/backfill_plan.h>
#include <ctwatch/sync/batch.h>

/* The siblings of a leaf, up to the subtree of the part that covers it. */
struct backfill_part_path {
	uint64_t index;
	struct merkle_hash *v; /* owned */
	size_t n;
};

struct backfill_part_match {
	struct batch_match match; /* owned */
	struct backfill_part_path path;
};

struct backfill_part_rejected {
	uint64_t index;
	char *reason; /* owned; a word */
	char *item;   /* owned; the watched item that it may match, or NULL */
	struct blob leaf_input, extra_data; /* owned; if it has an item */
	struct backfill_part_path path;     /* likewise */
};

struct backfill_part {
	size_t number;
	struct merkle_range range;           /* of all its entries */
	struct backfill_part_match *matches; /* owned; by index */
	size_t n_matches;
	struct backfill_part_rejected
	    *rejected;                  /* owned; by index; the latest */
	size_t n_rejected, n_unmatched; /* those without an item */
	const uint8_t *index_secret;    /* the plan's; NULL: make no index */
	struct index_part open;         /* the index of the last block */
	bool full;                      /* that has too many keys */
	struct blob
	    *index; /* owned; coded (index_part.h), one for each block */
	size_t n_index;
	struct store_gap *gaps; /* owned; entries that were not read */
	size_t n_gaps;
	struct blob *issuers; /* owned; certificates that matches name */
	size_t n_issuers;
	uint64_t refused;         /* entries that do not parse, listed or not */
	uint64_t wrong_index;     /* see struct batch */
	struct store_dates dates; /* of the entries that were read */
	size_t bytes;             /* in memory */
};

/* The state of the file of a part. */
enum backfill_part_state {
	BACKFILL_PART_OK,
	BACKFILL_PART_MISSING, /* no such file, or it cannot be read */
	BACKFILL_PART_DAMAGED, /* cut short, changed, or not of this format */
	BACKFILL_PART_OTHER,   /* of another plan, or another part of it */
	BACKFILL_PART_FALSE /* its hashes or a match are not those of the log */
};

/* Return the word for a state, such as "damaged". */
const char *backfill_part_word(enum backfill_part_state s);

/* Begin with an empty part. */
void backfill_part_init(
    struct backfill_part *part, const struct backfill_plan *p, size_t number);

/*
 * Append the entries of b, and a gap at their end unless it is NULL; takes the
 * matches, the rejected entries and the index from b.  watch is that of b.
 * False if the part is larger than LIMIT_PART_BYTES allows, or b does not
 * follow.
 */
bool backfill_part_add(struct backfill_part *part, struct batch *b,
    const struct watch *watch, const struct store_gap *gap);

/* Append an issuer certificate. */
void backfill_part_add_issuer(struct backfill_part *part, struct bytes der);

/* All entries were added. */
void backfill_part_end(struct backfill_part *part);
void backfill_part_fini(struct backfill_part *part);

/* ---- backfill_index.c ---- */

/* Append the index of the entries of b, of which the last ones are a gap unless
 * it is NULL; takes the index from b.  False without SipHash in libcrypto. */
bool backfill_index_add(
    struct backfill_part *part, struct batch *b, const struct store_gap *gap);

/* Code the index of the last block. */
void backfill_index_end(struct backfill_part *part);
void backfill_index_fini(struct backfill_part *part);

/* Append the coded index of the next block, of a file; takes it.  Return NULL,
 * or what is wrong with it. */
const char *backfill_index_take(struct backfill_part *part, struct blob coded);

/* Report whether the index has the hashes of all entries of the part. */
bool backfill_index_is_proved(const struct backfill_part *part);

/* ---- backfill_part_file.c ---- */

/* Return the path of the file of a part in a folder.  The caller frees. */
char *backfill_part_file_path(const char *dir, size_t number);

/* Append the file of a part; false if it is too large. */
bool backfill_part_file_write(const struct backfill_part *part,
    const struct backfill_plan *p, struct buf *out);

/*
 * Read the file of a part and check it against the plan; watch is the plan's.
 * *part is empty unless the result is BACKFILL_PART_OK; else the reason is in
 * *error, which begins with path.
 */
enum backfill_part_state backfill_part_file_read(const char *path,
    const struct backfill_plan *p, size_t number, const struct watch *watch,
    struct backfill_part *part, struct buf *error);

#endif
