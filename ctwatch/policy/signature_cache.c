/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/signature_cache.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/public_key.h>

/* Slots of the hash table: a power of two, at most half full. */
#define SLOTS (2 * LIMIT_SIGNATURES)

enum result {
	EMPTY,
	BAD,
	GOOD
};

struct slot {
	uint8_t pair[SHA256_SIZE]; /* see digest_pair */
	uint8_t result;            /* enum result */
};

struct signature_cache {
	pthread_mutex_t lock;
	struct slot *slots; /* owned */
	size_t n;           /* slots in use */
};

struct signature_cache *
signature_cache_new(void)
{
	struct signature_cache *c = mem_alloc(1, sizeof *c);

	pthread_mutex_init(&c->lock, NULL);
	c->slots = mem_alloc(SLOTS, sizeof *c->slots);
	return c;
}

void
signature_cache_free(struct signature_cache *c)
{
	if (c == NULL)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c->slots);
	free(c);
}

/* ---- one signature ---- */

/*
 * Verify the bytes of the TBSCertificate.  X509_verify does the same, but
 * d2i_X509 takes longer than most signatures, since it decodes the key of the
 * certificate as well.
 */
static bool
verify(EVP_PKEY *key, struct bytes tbs, struct bytes algorithm,
    struct bytes signature)
{
	X509_ALGOR *a = d2i_X509_ALGOR(NULL, &algorithm.p, (long)algorithm.n);
	ASN1_BIT_STRING *s =
	    d2i_ASN1_BIT_STRING(NULL, &signature.p, (long)signature.n);
	ASN1_STRING *text = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	bool good = a != NULL && s != NULL && text != NULL &&
	    ASN1_STRING_set(text, tbs.p, (int)tbs.n) == 1 &&
	    ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), a, s, text, key) ==
	        1;

	X509_ALGOR_free(a);
	ASN1_BIT_STRING_free(s);
	ASN1_STRING_free(text);
	return good;
}

/* RFC 5280, 4.1: the certificate names its algorithm twice, alike. */
static bool
signs(struct bytes above, struct bytes below)
{
	struct cert a, b;
	struct der outer, tbs, algorithm, signature;
	EVP_PKEY *key;
	bool good;

	if (cert_read(above, &a) != CERT_OK ||
	    cert_read(below, &b) != CERT_OK ||
	    !der_take(&below, DER_SEQUENCE, &outer) ||
	    !der_take(&outer.body, DER_SEQUENCE, &tbs) ||
	    !der_take(&outer.body, DER_SEQUENCE, &algorithm) ||
	    !der_take(&outer.body, DER_BIT_STRING, &signature) ||
	    !bytes_equal(algorithm.whole, b.algorithm) || tbs.whole.n > INT_MAX)
		return false;
	key = public_key_decode(a.spki);
	good = key != NULL &&
	    verify(key, tbs.whole, algorithm.whole, signature.whole);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

/* ---- the cache ---- */

static void
digest_pair(
    struct bytes above, struct bytes below, uint8_t out[static SHA256_SIZE])
{
	uint8_t each[2][SHA256_SIZE];

	sha256_digest(above, each[0]);
	sha256_digest(below, each[1]);
	sha256_digest((struct bytes){ each[0], sizeof each }, out);
}

/* Return the slot of a pair, or the empty slot where it belongs. */
static struct slot *
find(struct signature_cache *c, const uint8_t pair[static SHA256_SIZE])
{
	size_t i = (size_t)pair[0] << 16 | (size_t)pair[1] << 8 | pair[2];

	for (i %= SLOTS; c->slots[i].result != EMPTY; i = (i + 1) % SLOTS)
		if (memcmp(c->slots[i].pair, pair, SHA256_SIZE) == 0)
			break;
	return &c->slots[i];
}

static void
add(struct signature_cache *c, const uint8_t pair[static SHA256_SIZE],
    bool good)
{
	struct slot *slot;

	if (c->n >= LIMIT_SIGNATURES) {
		memset(c->slots, 0, SLOTS * sizeof *c->slots);
		c->n = 0;
	}
	slot = find(c, pair);
	c->n += slot->result == EMPTY;
	memcpy(slot->pair, pair, SHA256_SIZE);
	slot->result = good ? GOOD : BAD;
}

bool
signature_cache_verify(
    struct signature_cache *c, struct bytes above, struct bytes below)
{
	uint8_t pair[SHA256_SIZE];
	struct slot known;
	bool good;

	if (c == NULL)
		return signs(above, below);
	digest_pair(above, below, pair);
	pthread_mutex_lock(&c->lock);
	known = *find(c, pair);
	pthread_mutex_unlock(&c->lock);
	if (known.result != EMPTY)
		return known.result == GOOD;
	/* Other threads verify in the meantime. */
	good = signs(above, below);
	pthread_mutex_lock(&c->lock);
	add(c, pair, good);
	pthread_mutex_unlock(&c->lock);
	return good;
}
