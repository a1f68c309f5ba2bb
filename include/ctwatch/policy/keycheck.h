/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keycheck: is a public key such that others may know its private half, or
 * that a public CA may not certify it (Baseline Requirements, 6.1.5, 6.1.6
 * and 6.1.1.3)?  It looks at the SubjectPublicKeyInfo alone.
 */
#ifndef CTWATCH_POLICY_KEYCHECK_H
#define CTWATCH_POLICY_KEYCHECK_H

#include <ctwatch/base/bytes.h>

/* What is wrong with a key; bits, joined with |. */
enum keycheck_fault {
	KEYCHECK_SOUND = 0,
	KEYCHECK_SIZE = 1,       /* modulus short, long or of odd bits */
	KEYCHECK_EXPONENT = 2,   /* exponent even or below 3 */
	KEYCHECK_RANGE = 4,      /* exponent outside the recommended range */
	KEYCHECK_FACTOR = 8,     /* modulus has a factor below 752 */
	KEYCHECK_FERMAT = 16,    /* the primes are close together */
	KEYCHECK_ROCA = 32,      /* CVE-2017-15361 */
	KEYCHECK_ALGORITHM = 64, /* algorithm, curve or its encoding */
	KEYCHECK_PUBLISHED = 128 /* the private key is in RFC 9500 */
};

/* The faults of a SubjectPublicKeyInfo. */
unsigned keycheck_spki(struct bytes spki);

/* One fault in words: "the modulus has a factor below 752". */
const char *keycheck_words(enum keycheck_fault fault);

/* Report whether two different RSA keys share a prime. */
bool keycheck_shared(struct bytes spki, struct bytes other);

/*
 * Mark each of n keys that may share a prime with one before it: all that do
 * are marked, without a look at every pair.
 */
void keycheck_suspect(const struct bytes *spki, size_t n, bool *suspect);

#endif
