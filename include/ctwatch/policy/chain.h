/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain: the CA keys above a certificate, by verified signatures.
 *
 * A log's tree covers the leaf and, for a precertificate, the hash of its
 * issuer's key; it does not cover the chain.  So an element counts only if its
 * key verifies the signature of the element below it.
 */
#ifndef CTWATCH_POLICY_CHAIN_H
#define CTWATCH_POLICY_CHAIN_H

#include <ctwatch/base/limits.h>
#include <ctwatch/wire/cert.h>

struct signature_cache;

struct chain {
	uint8_t spki_sha256[LIMIT_CHAIN][SHA256_SIZE]; /* the issuer first */
	size_t n;                      /* 0: even the issuer's key is unknown */
	struct bytes der[LIMIT_CHAIN]; /* borrowed; empty if only the key is */
	bool broken; /* a signature is bad or its algorithm unsupported */
};

/*
 * Follow elements (u24 vectors, as in extra_data) upwards.  leaf is the whole
 * Certificate, or empty for a precertificate's TBSCertificate; the issuer of
 * that, or of a leaf that no element verifies, is issuer_key_hash, NULL when
 * it is unknown.  cache is that of the run, or NULL.
 */
void chain_follow(struct signature_cache *cache, struct bytes leaf,
    const uint8_t *issuer_key_hash, struct bytes elements, struct chain *out);

/* Report whether each of the elements that were followed verifies what is below
 * it, the first one the leaf (or has the key of issuer_key_hash); true if there
 * are none. */
bool chain_fits(const struct chain *chain, struct bytes elements);

#endif
