/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_edit_cert: pinset entries from a certificate that the user gave.
 */
#ifndef CTWATCH_ROTATE_PINSET_EDIT_CERT_H
#define CTWATCH_ROTATE_PINSET_EDIT_CERT_H

#include <ctwatch/policy/certinfo.h>
#include <ctwatch/rotate/pinset_edit.h>

/* Make an id that f does not have, of the first name and the year in which the
 * certificate begins: example.com-2026, example.com-2026-2.  The caller frees. */
char *pinset_edit_cert_id(struct pinset_edit *f, const struct certinfo *c);

/*
 * Add the key id to a domain for each name of the certificate; create missing
 * domains. Return the number of domains. A name that cannot be a pattern is
 * skipped.
 */
size_t pinset_edit_cert_add_names(struct pinset_edit *f,
    const struct certinfo *c, const char *id, struct buf *error);

#endif
