/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trusted_versions: the store's records of the versions of pinsets that were
 * trusted.  A store that is NULL has none.
 */
#ifndef CTWATCH_ROTATE_TRUSTED_VERSIONS_H
#define CTWATCH_ROTATE_TRUSTED_VERSIONS_H

#include <ctwatch/rotate/pinset_trust.h>

/* Report whether p is not older than the last trusted version; if not, append
 * the reason. */
bool trusted_versions_is_newest(
    struct store *s, const struct pinset *p, struct buf *why);

/* Report whether p is the last trusted version; *known: there is one. */
bool trusted_versions_is_last(
    struct store *s, const struct pinset *p, bool *known);

/* Report whether base is the last version with enough signatures, or none is
 * recorded. */
bool trusted_versions_is_last_base(struct store *s, const struct pinset *base);

/* Report whether the pinset of this name, or the one at path, was trusted
 * before. */
bool trusted_versions_has(struct store *s, const char *path, const char *name);

/* Report whether the pinset at path had another name; if so, append it. */
bool trusted_versions_was_renamed(
    struct store *s, const char *path, const char *name, struct buf *why);

/* Load the text of the last trusted version of the pinset at path; false if
 * there is none. */
bool trusted_versions_last(struct store *s, const char *path, struct buf *text);

/* Load the trust file that last trusted the pinset of this name with enough
 * signatures; false if there is none. */
bool trusted_versions_trust_file(
    struct store *s, const char *name, struct buf *text);

/*
 * Record that the pinset of that text was trusted with this status (OK or
 * EMERGENCY) by that trust file.  Return false if the store failed; the caller
 * commits.
 */
bool trusted_versions_save(struct store *s, const char *path, struct bytes text,
    struct bytes trust_text, enum pinset_trust_status status);

#endif
