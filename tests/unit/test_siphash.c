/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash of texts of each length, against that of libcrypto. */
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "../support/test.h"
#include <ctwatch/base/siphash.h>

#define LENGTHS 300

/* Return the hash by libcrypto. */
static uint64_t
expected(EVP_MAC *mac, const uint8_t *key, struct bytes text)
{
	size_t size = 8;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	uint8_t tag[8];
	uint64_t x = 0;

	CHECK(EVP_MAC_init(ctx, key, SIPHASH_KEY, params) == 1);
	CHECK(EVP_MAC_update(ctx, text.p, text.n) == 1);
	CHECK(EVP_MAC_final(ctx, tag, &size, sizeof tag) == 1 && size == 8);
	EVP_MAC_CTX_free(ctx);
	for (int i = 7; i >= 0; i--)
		x = x << 8 | tag[i];
	return x;
}

int
main(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_SIPHASH, NULL);
	uint8_t key[SIPHASH_KEY], data[LENGTHS];
	struct siphash s;

	CHECK(mac != NULL);
	for (size_t i = 0; i < LENGTHS; i++)
		data[i] = (uint8_t)(i * 151 + 7);
	for (size_t n = 0; n < LENGTHS; n++) {
		/* Each at the end of the data, for valgrind and ASan. */
		struct bytes text = bytes_at(data + LENGTHS - n, n);

		for (size_t i = 0; i < sizeof key; i++)
			key[i] = (uint8_t)(n * 31 + i * 97);
		siphash_init(&s, key);
		CHECK(siphash_of(&s, text) == expected(mac, key, text));
	}
	EVP_MAC_free(mac);
	return 0;
}
