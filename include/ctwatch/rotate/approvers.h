/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approvers: whose signatures make a pinset the organisation's.
 *
 * The trust file, ctwatch-trust/1 (see ctwatch-pinset(5)), names keys and how
 * many of them must sign: two or more, each counted once.  They sign a note
 * of the pinset's name, version, expiry and digest, and who proposed it; it
 * stands beside the pinset as PINSET.sig.
 *
 * One signature is enough for one thing: to declare keys compromised.  The
 * last version that enough people signed then stays beside the pinset, as
 * PINSET.base and PINSET.base.sig, and is what the pinset is compared with.
 */
#ifndef CTWATCH_ROTATE_APPROVERS_H
#define CTWATCH_ROTATE_APPROVERS_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/store/store.h>
#include <ctwatch/wire/note_key.h>

/* The owner of domains, and the keys of which one must sign for them. */
struct approvers_owner {
	char *owner;
	size_t *keys, n_keys; /* indexes into trust.keys */
};

struct approvers {
	size_t threshold; /* at least 2 */
	struct notekey **keys;
	size_t n_keys;
	struct approvers_owner *owners;
	size_t n_owners;
};

/* Parse text; file names it in *error.  NULL at the first error. */
struct approvers *approvers_parse(
    struct bytes text, const char *file, struct buf *error);
void approvers_free(struct approvers *t);

/* The key that is the same as key, or the one of this name; or NULL. */
const struct notekey *approvers_key(
    const struct approvers *t, const struct notekey *key);
const struct notekey *approvers_named(
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

enum approvers_status {
	APPROVERS_OK,        /* signed by enough */
	APPROVERS_NONE,      /* there is no trust file, so nothing was asked */
	APPROVERS_EMERGENCY, /* one signature, and only keys given up: valid */
	APPROVERS_FAILED     /* not what the approvers signed; see *why */
};

/*
 * Judge the pinset at path, whose bytes are text, by the trust file
 * trust_path, or path.trust if that is NULL and exists.
 */
enum approvers_status approvers_check(const char *path, struct bytes text,
    const char *trust_path, struct buf *why);

/*
 * Note in s that p was used; false, with *why, if a higher version of it was
 * used before, or the same version with another content (an old file was
 * put back).  Ask only of a pinset that approvers_check approved.
 */
bool approvers_remember(
    struct store *s, const struct pinset *p, struct buf *why);

#endif
