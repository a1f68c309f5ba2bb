/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "policy/same_key.h"

static bool
make_usual(EVP_PKEY *key)
{
	return !EVP_PKEY_is_a(key, "EC") ||
	    (EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
	         OSSL_PKEY_EC_ENCODING_GROUP) == 1 &&
	        EVP_PKEY_set_utf8_string_param(key,
	            OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
	            OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) == 1);
}

const struct pinset_key *
same_key_find(const struct pinset *p, struct bytes spki)
{
	const uint8_t *in = spki.p;
	EVP_PKEY *key = spki.n > 0 ? d2i_PUBKEY(NULL, &in, (long)spki.n) : NULL;
	uint8_t digest[SHA256_SIZE], *usual = NULL;
	const struct pinset_key *found = NULL;
	int n;

	if (key != NULL && make_usual(key)) {
		n = i2d_PUBKEY(key, &usual);
		if (n > 0) {
			sha256_digest(
			    (struct bytes){ usual, (size_t)n }, digest);
			found = pinset_key(p, digest);
		}
	}
	OPENSSL_free(usual);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return found;
}
