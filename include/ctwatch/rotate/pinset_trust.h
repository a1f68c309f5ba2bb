/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_trust: is the pinset what its approvers signed?
 *
 * Judged by the trust file and PINSET.sig, and by what the store remembers of
 * the versions that were trusted before.  A pinset that was signed once stays
 * signed: a missing trust file, a missing signature, an older version or
 * another content of the same version are refused.  A changed trust file is
 * accepted when the pinset is signed by enough keys of the old one and of the
 * new one (as TUF 5.3.4 has it for roots).
 *
 * One signature is enough for one thing: to declare keys compromised.  The
 * last version that enough keys signed then stays beside the pinset, as
 * PINSET.base and PINSET.base.sig.  The pinset must be that version with some
 * keys compromised and nothing else changed, and its version number must be
 * the base's plus one for each of them.
 */
#ifndef CTWATCH_ROTATE_PINSET_TRUST_H
#define CTWATCH_ROTATE_PINSET_TRUST_H

#include <ctwatch/rotate/approvers.h>
#include <ctwatch/store/store.h>

enum pinset_trust_status {
	PINSET_TRUST_OK,        /* signed by enough */
	PINSET_TRUST_NONE,      /* no trust file, and never signed */
	PINSET_TRUST_EMERGENCY, /* one signature, and only keys given up: valid */
	PINSET_TRUST_UNSIGNED, /* a trust file, and never signed; see *why */
	PINSET_TRUST_FAILED    /* not what the approvers signed; see *why */
};

/* Report whether a pinset of that status may be used for pins. */
bool pinset_trust_is_good(enum pinset_trust_status status);

/*
 * Judge the pinset at path, whose bytes are text, by the trust file
 * trust_path, or path.trust if that is NULL.  s is the store that remembers;
 * NULL: there is none.
 */
enum pinset_trust_status pinset_trust_check(struct store *s, const char *path,
    struct bytes text, const char *trust_path, struct buf *why);

/*
 * As pinset_trust_check, of a pinset that has no files beside it: it must be
 * the version that the store remembers, or never signed.
 */
enum pinset_trust_status pinset_trust_check_known(
    struct store *s, const struct pinset *p, struct buf *why);

/*
 * Remember that the pinset of that text was trusted with this status (OK or
 * EMERGENCY) by that trust file.  False when the store failed; the caller
 * commits.
 */
bool pinset_trust_remember(struct store *s, const char *path, struct bytes text,
    struct bytes trust_text, enum pinset_trust_status status);

/* Append the text of the version of the pinset at path that was trusted last;
 * false if the store remembers none. */
bool pinset_trust_last(struct store *s, const char *path, struct buf *text);

/* The approvers of the trust file by which the pinset of this name was trusted
 * last, if that file is not trust_text; else NULL.  The caller frees. */
struct approvers *pinset_trust_changed(
    struct store *s, const char *name, struct bytes trust_text);

/*
 * Read the trust file of the pinset at path, trust_path if not NULL, into
 * *text and parse it.  True and NULL in *out: path.trust does not exist and
 * trust_path is NULL.
 */
bool pinset_trust_read(const char *path, const char *trust_path,
    struct buf *text, struct approvers **out, struct buf *error);

#endif
