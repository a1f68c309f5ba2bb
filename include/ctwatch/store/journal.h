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
 * Return the acting user: $SUDO_USER, else the user's name, else the user ID.
 * The caller frees.
 */
char *journal_actor(void);

/*
 * Return text from a user as a JSON string; if it is not UTF-8, escaped by
 * text_escape.  "" for NULL.  Owned by the caller.
 */
struct json_t *journal_text(const char *s);

/*
 * Append a record in the open transaction, which the caller commits together
 * with the recorded change.  action is a word such as "finding-closed", object
 * what it changes (a finding's id, a pinset's name).  detail is the text of a
 * JSON object, or NULL.
 */
bool journal_add(struct store *s, const char *actor, const char *action,
    const char *object, const char *reason, const char *detail);

/* A record; all is borrowed for the call. */
struct journal_record {
	uint64_t number;  /* from 1 */
	const char *time; /* RFC 3339 */
	const char *actor, *action, *object, *reason;
	const char *detail; /* a JSON object */
	struct bytes leaf;  /* the record, as hashed */
};

/* Step through the records, the oldest first; false at a damaged one. */
bool journal_each(struct store *s,
    void (*each)(void *arg, const struct journal_record *r), void *arg);

struct journal_checkpoint {
	uint64_t size; /* records */
	struct merkle_hash root;
};

/* Compute the checkpoint of all current records. */
bool journal_checkpoint(struct store *s, struct journal_checkpoint *out);

/* Save it in the store as of now (ms), if records were added since the last one
 * saved. */
bool journal_checkpoint_save(
    struct store *s, const struct journal_checkpoint *c, int64_t now);

/*
 * As text: the body of a C2SP checkpoint, three lines: an origin, the number of
 * records, the root in base64.  Parse accepts such a text and ignores the rest,
 * so a signed note is valid input.
 */
bool journal_checkpoint_write(
    const struct journal_checkpoint *c, struct buf *out);
bool journal_checkpoint_parse(
    struct bytes text, struct journal_checkpoint *out);

/*
 * Recompute the tree from all records and compare it with every saved
 * checkpoint, and with since, an external one, unless that is NULL.  *now is
 * the checkpoint of all records.  Return false with the fault in *error.
 */
bool journal_verify(struct store *s, const struct journal_checkpoint *since,
    struct journal_checkpoint *now, struct buf *error);

#endif
