/* SPDX-License-Identifier: Apache-2.0 */
/*
 * public_key: decode a SubjectPublicKeyInfo, or name its curve.
 *
 * d2i_PUBKEY of OpenSSL 3.0 collects the decoders of all providers for each
 * key, which takes five to ten times as long as decoding it.  This function
 * collects them once.
 */
#ifndef CTWATCH_WIRE_PUBLIC_KEY_H
#define CTWATCH_WIRE_PUBLIC_KEY_H

#include <ctwatch/base/bytes.h>

/*
 * Decode spki, one whole SubjectPublicKeyInfo (RFC 5280, 4.1).  Return NULL if
 * libcrypto does not read it, or bytes follow; else the caller frees the key.
 * Any thread may call this.
 */
struct evp_pkey_st *public_key_decode(struct bytes spki);

/*
 * Return the name of the curve, as in FIPS 186-5, if spki is an EC key of
 * P-256, P-384 or P-521 as CAs certify them: a named curve and an uncompressed
 * point (RFC 5480, 2), which is on it.  Return NULL for each other key.  This
 * takes a tenth of the time of public_key_decode.  Static storage; any thread
 * may call this.
 */
const char *public_key_curve(struct bytes spki);

#endif
