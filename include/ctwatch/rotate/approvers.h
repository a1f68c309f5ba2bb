/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approvers: the keys whose signatures approve a pinset.
 *
 * The trust file, ctwatch-trust/1 (see ctwatch-pinset(5)), names keys and the
 * number of them that must sign: two or more, each counted once.  They sign a
 * note of the pinset's name, version, expiry and digest, and its proposer; the
 * note is stored as PINSET.sig.
 */
#ifndef CTWATCH_ROTATE_APPROVERS_H
#define CTWATCH_ROTATE_APPROVERS_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/wire/note_key.h>

/* An owner of domains: one of the keys must sign for them. */
struct approvers_owner {
	char *owner;
	size_t *keys, n_keys; /* indexes into trust.keys */
};

struct approvers {
	size_t threshold; /* at least 2 */
	struct note_key **keys;
	size_t n_keys;
	struct approvers_owner *owners;
	size_t n_owners;
};

/* Parse text; errors begin with file.  Return NULL at the first error. */
struct approvers *approvers_parse(
    struct bytes text, const char *file, struct buf *error);
void approvers_free(struct approvers *t);

/* Return the key that equals key, or the one with this name, or NULL. */
const struct note_key *approvers_key(
    const struct approvers *t, const struct note_key *key);
const struct note_key *approvers_named(
    const struct approvers *t, const char *name);

/* Return the text to sign for p, proposed by proposer. */
bool approvers_note(
    const struct pinset *p, const char *proposer, struct buf *out);

/*
 * The number of keys of t that signed note, the proposer's not counted;
 * signed[i], if not NULL, is set to whether key i signed.  If a line of a
 * trusted key does not verify, return 0 with *error.
 */
size_t approvers_count(const struct approvers *t, const struct note *note,
    bool *signed_by, struct buf *error);

/* Report whether note is for p, by any proposer. */
bool approvers_is_note_for(const struct note *note, const struct pinset *p);

/* Return the number of signatures that p needs: the threshold of t, or of the
 * policy of p if that is higher. */
size_t approvers_needed(const struct approvers *t, const struct pinset *p);

#endif
