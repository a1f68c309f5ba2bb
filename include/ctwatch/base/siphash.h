/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siphash: SipHash-2-4 (Aumasson, Bernstein: SipHash, a fast short-input PRF,
 * 2012), for texts so short that a call of libcrypto costs more than the hash.
 */
#ifndef CTWATCH_BASE_SIPHASH_H
#define CTWATCH_BASE_SIPHASH_H

#include <ctwatch/base/bytes.h>

#define SIPHASH_KEY 16 /* bytes */

/* The state after the key. */
struct siphash {
	uint64_t v[4];
};

void siphash_init(struct siphash *s, const uint8_t key[static SIPHASH_KEY]);

/* Return the hash of a text; its first byte is the least significant one. */
uint64_t siphash_of(const struct siphash *s, struct bytes text);

#endif
