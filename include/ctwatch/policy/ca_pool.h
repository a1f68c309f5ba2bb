/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_pool: CA certificates from many chains, to find the CA keys above a
 * certificate by any path.
 *
 * A CA key may have several certificates (cross-signing), and a log shows one
 * path.  A step of a path needs the issuer's name, byte for byte (Baseline
 * Requirements, 7.1.4.1), a signature that verifies, a CA's certificate, and
 * validity that overlaps the leaf's.  Path length and name constraints are not
 * checked.
 */
#ifndef CTWATCH_POLICY_CA_POOL_H
#define CTWATCH_POLICY_CA_POOL_H

#include <ctwatch/base/limits.h>
#include <ctwatch/wire/cert.h>

struct ca_pool;
struct signature_cache;

/* A new, empty pool; the caller frees it.  Signatures are verified by means of
 * the cache, which is borrowed, or NULL. */
struct ca_pool *ca_pool_new(struct signature_cache *signatures);
void ca_pool_free(struct ca_pool *p);

/* Add a copy of der.  Skip duplicates, certificates that are no CA's or do not
 * parse, and all beyond LIMIT_CA_POOL. */
void ca_pool_add(struct ca_pool *p, struct bytes der);

/* The leaf, where paths begin; all is borrowed. */
struct ca_pool_leaf {
	struct bytes der;    /* the Certificate; empty if it is not known */
	struct bytes issuer; /* Name, header included */
	const uint8_t *issuer_key_hash; /* used if der is empty */
	int64_t not_before, not_after;  /* ms */
};

/* The CA keys above a leaf, the nearest first. */
struct ca_pool_above {
	uint8_t spki_sha256[LIMIT_PATH_STEPS][SHA256_SIZE];
	size_t n;
	bool more; /* a limit ended the search, or keeps certificates out of
	            * the pool */
};

/*
 * Find the keys above the leaf by paths of at most LIMIT_CHAIN certificates.
 * Skip certificates with a key for which refuse returns true.  Stop after
 * LIMIT_PATH_STEPS certificates with a matching subject.  Any thread may call
 * this while none adds certificates.
 */
void ca_pool_climb(struct ca_pool *p, const struct ca_pool_leaf *leaf,
    bool (*refuse)(const void *arg, const uint8_t spki[static SHA256_SIZE]),
    const void *arg, struct ca_pool_above *out);

#endif
