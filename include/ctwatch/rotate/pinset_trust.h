/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_trust: check that the approvers signed the pinset.
 *
 * The check uses the trust file, PINSET.sig, and the trusted versions recorded
 * in the store.  For a pinset that was once signed, a missing trust file, a
 * missing signature, an older version or other content of the same version are
 * refused.  A changed trust file is accepted when the pinset is signed by
 * enough keys of the old one and of the new one (like roots in TUF 5.3.4).
 *
 * One signature is enough to mark keys compromised.  The last version with
 * enough signatures is then kept as PINSET.base and PINSET.base.sig.  The
 * pinset must be that version with some keys compromised and nothing else
 * changed, and its version number must be the base's plus one for each of them.
 */
#ifndef CTWATCH_ROTATE_PINSET_TRUST_H
#define CTWATCH_ROTATE_PINSET_TRUST_H

#include <ctwatch/rotate/approvers.h>
#include <ctwatch/store/store.h>

enum pinset_trust_status {
	PINSET_TRUST_OK,        /* enough signatures */
	PINSET_TRUST_NONE,      /* no trust file, and never signed */
	PINSET_TRUST_EMERGENCY, /* one signature, see above: valid */
	PINSET_TRUST_UNSIGNED,  /* a trust file, but never signed; see *why */
	PINSET_TRUST_FAILED     /* does not match the signatures; see *why */
};

/* Report whether a pinset of that status may be used for pins. */
bool pinset_trust_is_good(enum pinset_trust_status status);

/*
 * Judge the pinset at path, whose bytes are text, by the trust file trust_path,
 * or path.trust if that is NULL.  s is the store with the records, or NULL.
 */
enum pinset_trust_status pinset_trust_check(struct store *s, const char *path,
    struct bytes text, const char *trust_path, struct buf *why);

/*
 * As pinset_trust_check, for a pinset without files: it must be the version
 * recorded in the store, or never signed.
 */
enum pinset_trust_status pinset_trust_check_known(
    struct store *s, const struct pinset *p, struct buf *why);

/* Return the approvers of the trust file that last trusted the pinset of this
 * name, if that file is not trust_text; else NULL.  The caller frees. */
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
