/* SPDX-License-Identifier: Apache-2.0 */
/*
 * same_key: one public key under two encodings.
 *
 * A pin is the digest of the SubjectPublicKeyInfo as encoded in the
 * certificate.  An RSA key without its NULL or with that in BER (RFC 3279,
 * 2.3.1), or marked for RSASSA-PSS (RFC 4055, 1.2), a compressed point or
 * explicit curve parameters (RFC 5480, 2.1 and 2.2) give the same key another
 * pin, which clients of the first pin refuse.
 */
#ifndef CTWATCH_POLICY_SAME_KEY_H
#define CTWATCH_POLICY_SAME_KEY_H

#include <ctwatch/policy/pinset.h>

/*
 * Return the key of the pinset that equals this key in another encoding: RSA
 * with or without NULL, RSASSA-PSS without parameters, a point on a named curve
 * in either form.  NULL if there is none, or if the key cannot be decoded.
 */
const struct pinset_key *same_key_find(
    const struct pinset *p, struct bytes spki);

#endif
