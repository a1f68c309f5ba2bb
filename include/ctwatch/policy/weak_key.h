/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weak_key: is a public key such that others may know its private half, or
 * that a public CA may not certify it (Baseline Requirements, 6.1.5, 6.1.6
 * and 6.1.1.3)?  It looks at the SubjectPublicKeyInfo alone.
 */
#ifndef CTWATCH_POLICY_WEAK_KEY_H
#define CTWATCH_POLICY_WEAK_KEY_H

#include <ctwatch/base/bytes.h>

/* What is wrong with a key; bits, joined with |. */
enum weak_key_fault {
	WEAK_KEY_SOUND = 0,
	WEAK_KEY_SIZE = 1,       /* modulus short, long or of odd bits */
	WEAK_KEY_EXPONENT = 2,   /* exponent even or below 3 */
	WEAK_KEY_RANGE = 4,      /* exponent outside the recommended range */
	WEAK_KEY_FACTOR = 8,     /* modulus has a factor below 752 */
	WEAK_KEY_FERMAT = 16,    /* the primes are close together */
	WEAK_KEY_ROCA = 32,      /* CVE-2017-15361 */
	WEAK_KEY_ALGORITHM = 64, /* algorithm, curve or its encoding */
	WEAK_KEY_PUBLISHED = 128 /* the private key is in RFC 9500 */
};

/* The faults of a SubjectPublicKeyInfo. */
unsigned weak_key_spki(struct bytes spki);

/* One fault in words: "the modulus has a factor below 752". */
const char *weak_key_words(enum weak_key_fault fault);

/* Report whether two different RSA keys share a prime. */
bool weak_key_shared(struct bytes spki, struct bytes other);

/*
 * Mark each of n keys that may share a prime with one before it: all that do
 * are marked, without a look at every pair.
 */
void weak_key_suspect(const struct bytes *spki, size_t n, bool *suspect);

#endif
