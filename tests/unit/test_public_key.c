/* SPDX-License-Identifier: Apache-2.0 */
/* public_key reads the keys that d2i_PUBKEY reads, the oracle, and no others. */
#include <pthread.h>

#include <openssl/err.h>

#include <ctwatch/wire/public_key.h>

#include "../support/make_cert.h"

/* A name is that of the curve of want, the key that libcrypto reads of spki. */
static void
check_curve(struct bytes spki, EVP_PKEY *want)
{
	static const char *const names[][2] = { { "prime256v1", "P-256" },
		{ "secp384r1", "P-384" }, { "secp521r1", "P-521" } };
	const char *got = public_key_curve(spki), *name = NULL;
	char group[64] = "";
	size_t n;

	if (want != NULL && EVP_PKEY_get_base_id(want) == EVP_PKEY_EC)
		EVP_PKEY_get_group_name(want, group, sizeof group, &n);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(group, names[i][0]) == 0)
			name = names[i][1];
	CHECK(got == NULL || (name != NULL && strcmp(got, name) == 0));
}

static void
check_same(struct bytes spki)
{
	const uint8_t *p = spki.p;
	EVP_PKEY *want = d2i_PUBKEY(NULL, &p, (long)spki.n);
	EVP_PKEY *got = public_key_decode(spki);

	ERR_clear_error();
	CHECK((want != NULL && p == spki.p + spki.n) == (got != NULL));
	CHECK(got == NULL || EVP_PKEY_eq(got, want) == 1);
	check_curve(spki, want);
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

/* FIPS 186-5, 6.1.1. */
static void
names_the_curves_of_cas(void)
{
	static const char *const named[] = { "P-256", "P-384", "P-521" };
	EVP_PKEY *other = EVP_EC_gen("secp256k1");
	struct bytes spki = make_cert_spki(other);

	CHECK(public_key_curve(spki) == NULL);
	make_cert_free(spki);
	EVP_PKEY_free(other);
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		EVP_PKEY *key = EVP_EC_gen(named[i]);

		spki = make_cert_spki(key);
		CHECK(strcmp(public_key_curve(spki), named[i]) == 0);
		make_cert_free(spki);
		/* A compressed point is decoded, but has no short way. */
		CHECK(EVP_PKEY_set_utf8_string_param(key,
		          OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		          "compressed") == 1);
		spki = make_cert_spki(key);
		check_same(spki);
		CHECK(public_key_curve(spki) == NULL);
		make_cert_free(spki);
		EVP_PKEY_free(key);
	}
}

static EVP_PKEY *
explicit_curve(void)
{
	EVP_PKEY *key = make_cert_key();

	CHECK(EVP_PKEY_set_utf8_string_param(
	          key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") == 1);
	return key;
}

static void
reads_keys_of_each_kind(void)
{
	EVP_PKEY *keys[] = { make_cert_key(), EVP_EC_gen("P-384"),
		EVP_EC_gen("P-521"), EVP_RSA_gen(2048),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
		EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), explicit_curve() };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct bytes spki;

		CHECK(keys[i] != NULL);
		spki = make_cert_spki(keys[i]);
		check_variants(spki);
		make_cert_free(spki);
		EVP_PKEY_free(keys[i]);
	}
}

static void *
decode_often(void *arg)
{
	EVP_PKEY *want = arg, *got;
	struct bytes spki = make_cert_spki(want);

	for (int i = 0; i < 500; i++) {
		got = public_key_decode(spki);
		CHECK(got != NULL && EVP_PKEY_eq(got, want) == 1);
		EVP_PKEY_free(got);
	}
	make_cert_free(spki);
	return NULL;
}

/* Each thread gets its own key. */
static void
decodes_in_threads(void)
{
	EVP_PKEY *keys[4];
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		keys[i] = make_cert_key();
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
	names_the_curves_of_cas();
	decodes_in_threads();
	return 0;
}
