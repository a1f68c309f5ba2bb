/* SPDX-License-Identifier: Apache-2.0 */
/* public_key reads the keys that d2i_PUBKEY reads, the oracle, and no others. */
#include <pthread.h>

#include <openssl/err.h>

#include <ctwatch/wire/public_key.h>

#include "../support/make_cert.h"

static void
check_same(struct bytes spki)
{
	const uint8_t *p = spki.p;
	EVP_PKEY *want = d2i_PUBKEY(NULL, &p, (long)spki.n);
	EVP_PKEY *got = public_key_decode(spki);

	ERR_clear_error();
	CHECK((want != NULL && p == spki.p + spki.n) == (got != NULL));
	CHECK(got == NULL || EVP_PKEY_eq(got, want) == 1);
	EVP_PKEY_free(want);
	EVP_PKEY_free(got);
}

/* A key, its prefixes, itself before another byte, and itself with a byte
 * changed. */
static void
check_variants(struct bytes spki)
{
	uint8_t *v = mem_alloc(spki.n + 1, 1);

	check_same(spki);
	for (size_t n = 0; n < spki.n; n++)
		check_same((struct bytes){ spki.p, n });
	memcpy(v, spki.p, spki.n);
	check_same((struct bytes){ v, spki.n + 1 });
	for (size_t i = 0; i < spki.n; i++) {
		v[i] ^= 1;
		check_same((struct bytes){ v, spki.n });
		v[i] ^= 1;
	}
	free(v);
	check_same(spki);
}

static EVP_PKEY *
explicit_curve(void)
{
	EVP_PKEY *key = mint_key();

	CHECK(EVP_PKEY_set_utf8_string_param(
	          key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") == 1);
	return key;
}

static void
reads_keys_of_each_kind(void)
{
	EVP_PKEY *keys[] = { mint_key(), EVP_EC_gen("P-384"), EVP_RSA_gen(2048),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
		EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), explicit_curve() };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct bytes spki;

		CHECK(keys[i] != NULL);
		spki = mint_spki(keys[i]);
		check_variants(spki);
		mint_free(spki);
		EVP_PKEY_free(keys[i]);
	}
}

static void *
decode_often(void *arg)
{
	EVP_PKEY *want = arg, *got;
	struct bytes spki = mint_spki(want);

	for (int i = 0; i < 500; i++) {
		got = public_key_decode(spki);
		CHECK(got != NULL && EVP_PKEY_eq(got, want) == 1);
		EVP_PKEY_free(got);
	}
	mint_free(spki);
	return NULL;
}

/* Each thread gets its own key. */
static void
decodes_in_threads(void)
{
	EVP_PKEY *keys[4];
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		keys[i] = mint_key();
		CHECK(pthread_create(
		          &threads[i], NULL, decode_often, keys[i]) == 0);
	}
	for (int i = 0; i < 4; i++) {
		CHECK(pthread_join(threads[i], NULL) == 0);
		EVP_PKEY_free(keys[i]);
	}
}

int
main(void)
{
	reads_keys_of_each_kind();
	decodes_in_threads();
	return 0;
}
