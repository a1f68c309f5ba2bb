/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_text: the strings of certificates as UTF-8, by their ASN.1 type.
 */
#ifndef CTWATCH_POLICY_NAME_TEXT_H
#define CTWATCH_POLICY_NAME_TEXT_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/cert.h>

/*
 * Append the name as UTF-8 where its type says what it is, for display; else
 * its bytes.  False when out is full.
 */
bool name_text_add(const struct cert_name *name, struct buf *out);

/* Append in as UTF-8, decoded as a string of this universal tag, or as Latin-1.
 * False when out is full. */
bool name_text_decode(struct buf *out, uint8_t charset, struct bytes in);
bool name_text_latin1(struct buf *out, struct bytes in);

#endif
