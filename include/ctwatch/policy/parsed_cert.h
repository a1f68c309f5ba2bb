/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parsed_cert: the certificate of a log entry, parsed once, and its chain,
 * followed once, for the functions that need both.
 */
#ifndef CTWATCH_POLICY_PARSED_CERT_H
#define CTWATCH_POLICY_PARSED_CERT_H

#include <ctwatch/policy/chain.h>
#include <ctwatch/wire/leaf.h>

/* Every view is borrowed from the bytes given to parsed_cert_read. */
struct parsed_cert {
	struct cert cert;      /* the readable fields if error is not CERT_OK */
	enum cert_error error; /* of leaf_parse_cert */
	struct chain chain;    /* of chain_follow */
};

/*
 * Parse der, of an entry of this kind, and follow elements, the logged chain.
 * issuer_key_hash has 32 bytes, or is NULL if it is unknown.  cache is as for
 * chain_follow.
 */
void parsed_cert_read(struct signature_cache *cache, enum leaf_kind kind,
    struct bytes der, const uint8_t *issuer_key_hash, struct bytes elements,
    struct parsed_cert *out);

#endif
