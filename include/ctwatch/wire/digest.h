/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest: SHA-256 by libcrypto.  Needs no state and cannot fail.
 */
#ifndef CTWATCH_WIRE_DIGEST_H
#define CTWATCH_WIRE_DIGEST_H

#include <ctwatch/base/bytes.h>

#define DIGEST_SIZE 32

/* SHA-256 of in. */
void digest_sha256(struct bytes in, uint8_t out[static DIGEST_SIZE]);

/* SHA-256 of the n parts one after the other. */
void digest_parts(
    const struct bytes *parts, size_t n, uint8_t out[static DIGEST_SIZE]);

#endif
