/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256: SHA-256 by libcrypto.  Needs no state and cannot fail.
 */
#ifndef CTWATCH_WIRE_SHA256_H
#define CTWATCH_WIRE_SHA256_H

#include <ctwatch/base/bytes.h>

#define SHA256_SIZE 32

/* SHA-256 of in. */
void sha256_digest(struct bytes in, uint8_t out[static SHA256_SIZE]);

/* Write the SHA-256 of in as lower-case hexadecimal and a NUL. */
void sha256_hex(struct bytes in, char out[static 2 * SHA256_SIZE + 1]);

/* SHA-256 of the n parts one after the other. */
void sha256_parts(
    const struct bytes *parts, size_t n, uint8_t out[static SHA256_SIZE]);

#endif
