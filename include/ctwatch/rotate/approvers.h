/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approvers: the keys whose signatures make a pinset the organisation's.
 *
 * The trust file, ctwatch-trust/1 (see ctwatch-pinset(5)), names keys and the
 * number of them that must sign: two or more, each counted once.  They sign a
 * note of the pinset's name, version, expiry and digest, and its proposer; it
 * stands beside the pinset as PINSET.sig.
 */
#ifndef CTWATCH_ROTATE_APPROVERS_H
#define CTWATCH_ROTATE_APPROVERS_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/wire/note_key.h>

/* The owner of domains, and the keys of which one must sign for them. */
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

/* Parse text; file names it in *error.  NULL at the first error. */
struct approvers *approvers_parse(
    struct bytes text, const char *file, struct buf *error);
void approvers_free(struct approvers *t);

/* The key that is the same as key, or the one of this name; or NULL. */
const struct note_key *approvers_key(
    const struct approvers *t, const struct note_key *key);
const struct note_key *approvers_named(
    const struct approvers *t, const char *name);

/* The text that is signed for p, proposed by proposer. */
bool approvers_note(
    const struct pinset *p, const char *proposer, struct buf *out);

/*
 * The number of keys of t that signed note, the proposer's not counted;
 * signed[i], if not NULL, says of each key whether it did.  A line that
 * names a trusted key and does not verify makes it 0, with *error.
 */
size_t approvers_count(const struct approvers *t, const struct note *note,
    bool *signed_by, struct buf *error);

/* Report whether note is one for p, whoever proposed it. */
bool approvers_is_note_for(const struct note *note, const struct pinset *p);

/* The number of signatures that p needs: the threshold of t, or more if the
 * policy of p says so. */
size_t approvers_needed(const struct approvers *t, const struct pinset *p);

#endif
