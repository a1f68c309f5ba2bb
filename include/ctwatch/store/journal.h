/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal: records of changes with user, time and reason; append-only.
 *
 * Each record is a leaf of a Merkle tree (RFC 6962, 2.1): its bytes, one
 * canonical JSON object, are kept as they were hashed.  A checkpoint names
 * the root of the records so far.  An old checkpoint
 * proves that no earlier record was changed, removed or inserted.
 */
#ifndef CTWATCH_STORE_JOURNAL_H
#define CTWATCH_STORE_JOURNAL_H

#include <ctwatch/store/store.h>

/*
 * Who is at work: $SUDO_USER, else the name of the user, else the number.
 * The caller frees.
 */
char *journal_actor(void);

/*
 * Return text that a user typed as JSON, which has no place for bytes that are not
 * UTF-8: with any of those, as text_escape has it.  "" for NULL.
 */
struct json_t *journal_text(const char *s);

/*
 * Append a record, in the transaction that the caller commits together with
 * the change it tells of.  action is a word such as "finding-closed", object
 * what it was done to (a finding's id, a pinset's name).  detail is the text
 * of a JSON object, or NULL.
 */
bool journal_add(struct store *s, const char *actor, const char *action,
    const char *object, const char *reason, const char *detail);

/* A record; all borrowed for the call. */
struct journal_record {
	uint64_t number;  /* from 1 */
	const char *time; /* RFC 3339 */
	const char *actor, *action, *object, *reason;
	const char *detail; /* a JSON object */
	struct bytes leaf;  /* the whole, as hashed */
};

/* Step through the records, the oldest first; false at a damaged one. */
bool journal_each(struct store *s,
    void (*each)(void *arg, const struct journal_record *r), void *arg);

struct journal_checkpoint {
	uint64_t size; /* records */
	struct merkle_hash root;
};

/* Compute the checkpoint of all records that there are now. */
bool journal_checkpoint(struct store *s, struct journal_checkpoint *out);

/* Keep it in the store, if records were added since the last that is kept. */
bool journal_checkpoint_save(
    struct store *s, const struct journal_checkpoint *c, int64_t now);

/*
 * As text: the body of a C2SP checkpoint, three lines: an origin, the number
 * of records, the root in base64.  Parse takes such a text; what follows the
 * three lines is ignored, so that a signed note will do.
 */
bool journal_checkpoint_write(
    const struct journal_checkpoint *c, struct buf *out);
bool journal_checkpoint_parse(
    struct bytes text, struct journal_checkpoint *out);

/*
 * Recompute the tree from every record and compare it with every checkpoint
 * kept, and with since, one from elsewhere, unless that is NULL.  *now is
 * the checkpoint of all records.  False with what was found in *error.
 */
bool journal_verify(struct store *s, const struct journal_checkpoint *since,
    struct journal_checkpoint *now, struct buf *error);

#endif
