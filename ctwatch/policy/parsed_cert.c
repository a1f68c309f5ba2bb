/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/policy/parsed_cert.h>

void
parsed_cert_read(struct signature_cache *cache, enum leaf_kind kind,
    struct bytes der, const uint8_t *issuer_key_hash, struct bytes elements,
    struct parsed_cert *out)
{
	out->error = leaf_parse_cert(kind, der, &out->cert);
	chain_follow(cache, leaf_whole_cert(kind, der), issuer_key_hash,
	    elements, &out->chain);
}
