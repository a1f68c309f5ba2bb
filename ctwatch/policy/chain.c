/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/signature_cache.h>
#include <ctwatch/wire/leaf.h>

/* The SPKI digest of an element; false if it cannot be parsed. */
static bool
pin(struct bytes der, uint8_t out[static SHA256_SIZE])
{
	struct cert c;

	if (cert_parse(der, &c) != CERT_OK || c.spki.n == 0)
		return false;
	cert_pin(&c, out);
	return true;
}

/*
 * Return the element with the key that the leaf names.  A precertificate may be
 * signed by a certificate of its own (RFC 6962, 3.1), below the issuer.
 */
static bool
find_issuer(const uint8_t *key_hash, struct bytes *elements, struct bytes *out)
{
	struct bytes rest = *elements, der;
	uint8_t spki[SHA256_SIZE];

	while (leaf_next_cert(&rest, &der))
		if (pin(der, spki) &&
		    memcmp(spki, key_hash, SHA256_SIZE) == 0) {
			*elements = rest;
			*out = der;
			return true;
		}
	return false;
}

/* Add elements while each verifies the signature below it. */
static void
climb(struct signature_cache *cache, struct bytes below, struct bytes elements,
    struct chain *out)
{
	struct bytes der;

	while (out->n < LIMIT_CHAIN && leaf_next_cert(&elements, &der)) {
		if (!signature_cache_verify(cache, der, below) ||
		    !pin(der, out->spki_sha256[out->n])) {
			out->broken = true;
			return;
		}
		out->der[out->n++] = der;
		below = der;
	}
}

void
chain_follow(struct signature_cache *cache, struct bytes leaf,
    const uint8_t *issuer_key_hash, struct bytes elements, struct chain *out)
{
	struct bytes rest = elements, issuer = { NULL, 0 };

	*out = (struct chain){ 0 };
	if (leaf.n > 0)
		climb(cache, leaf, elements, out);
	if (out->n > 0 || issuer_key_hash == NULL)
		return;
	memcpy(out->spki_sha256[0], issuer_key_hash, SHA256_SIZE);
	out->n = 1;
	if (find_issuer(issuer_key_hash, &rest, &issuer)) {
		out->broken = false;
		out->der[0] = issuer;
		climb(cache, issuer, rest, out);
	}
}

bool
chain_fits(const struct chain *chain, struct bytes elements)
{
	return elements.n == 0 ||
	    (chain->n > 0 && chain->der[0].n > 0 && !chain->broken);
}
