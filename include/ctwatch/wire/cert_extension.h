/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_extension: the extensions of a certificate, a CRL or a CRL entry.
 *
 * As lenient as cert.h: an extension of any shape that a client might read is
 * returned.  Every view is borrowed from the list.
 */
#ifndef CTWATCH_WIRE_CERT_EXTENSION_H
#define CTWATCH_WIRE_CERT_EXTENSION_H

#include <ctwatch/base/bytes.h>

struct cert_extension {
	struct bytes oid;   /* contents */
	struct bytes value; /* contents of the OCTET STRING */
	struct bytes whole; /* the Extension, header included */
	bool critical;
	bool split; /* value is in constructed BER, for der_join */
};

/* Take the next extension of a list, such as a copy of cert.extensions. */
bool cert_extension_next(struct bytes *list, struct cert_extension *out);

/* Read what follows the OID in an extension into *out, from zero. */
void cert_extension_value(struct bytes after_oid, struct cert_extension *out);

/* Find the first extension of a list with this OID (contents octets). */
bool cert_extension_find(
    struct bytes list, struct bytes oid, struct cert_extension *out);

/* Find the first extension of a list with this OID; *out is the contents of the
 * SEQUENCE that is its value.  False if there is no such extension or value. */
bool cert_extension_sequence(
    struct bytes list, struct bytes oid, struct bytes *out);

/* Report whether x is a subjectAltName (2.5.29.17, or 2.5.29.7 of X.509 before
 * 1997, which some programs still read), an SCT list, the poison of RFC 6962. */
bool cert_extension_is_alt_name(const struct cert_extension *x);
bool cert_extension_is_sct_list(const struct cert_extension *x);
bool cert_extension_is_poison(const struct cert_extension *x);

#endif
