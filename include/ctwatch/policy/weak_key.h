/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weak_key: find public keys whose private key others can know, or that a
 * public CA may not certify (Baseline Requirements, 6.1.5, 6.1.6 and 6.1.1.3),
 * by the SubjectPublicKeyInfo alone.
 */
#ifndef CTWATCH_POLICY_WEAK_KEY_H
#define CTWATCH_POLICY_WEAK_KEY_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/sha256.h>

/* Faults of a key; bits, joined with |. */
enum weak_key_fault {
	WEAK_KEY_SOUND = 0,
	WEAK_KEY_SIZE = 1,       /* modulus of wrong length */
	WEAK_KEY_EXPONENT = 2,   /* exponent even or below 3 */
	WEAK_KEY_RANGE = 4,      /* exponent outside the recommended range */
	WEAK_KEY_FACTOR = 8,     /* modulus has a factor below 752 */
	WEAK_KEY_FERMAT = 16,    /* the primes are close together */
	WEAK_KEY_ROCA = 32,      /* CVE-2017-15361 */
	WEAK_KEY_ALGORITHM = 64, /* algorithm, curve or its encoding */
	WEAK_KEY_PUBLISHED = 128 /* the private key is in RFC 9500 */
};

/* Return the faults of a SubjectPublicKeyInfo. */
unsigned weak_key_spki(struct bytes spki);

/* Report whether the private key is in RFC 9500, of a SubjectPublicKeyInfo with
 * this SHA-256. */
bool weak_key_is_published(const uint8_t spki_sha256[static SHA256_SIZE]);

/* Return the text of one fault: "the modulus has a factor below 752". */
const char *weak_key_words(enum weak_key_fault fault);

/* Report whether two different RSA keys share a prime. */
bool weak_key_shared(struct bytes spki, struct bytes other);

/*
 * Mark each of n keys that may share a prime with an earlier one.  All that do
 * are marked; others may be.
 */
void weak_key_suspect(const struct bytes *spki, size_t n, bool *suspect);

#endif
