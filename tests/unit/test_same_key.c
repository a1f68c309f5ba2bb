/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/core_names.h>

#include "policy/same_key.h"

#include "../support/make_cert.h"

/* "SubjectPublicKeyInfo of P-256, 33 octets" in RFC 5480's compressed form. */
static const uint8_t compressed[] = { 0x30, 0x39, 0x30, 0x13, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x22, 0x00 };

/* Where the point of a P-256 key in its usual encoding begins: 04, X, Y. */
#define POINT 26

/* A key in compressed form, put together by hand. */
static struct bytes
compress(struct bytes spki, uint8_t out[static 59])
{
	CHECK(spki.n == POINT + 65 && spki.p[POINT] == 4);
	memcpy(out, compressed, sizeof compressed);
	out[POINT] = 2 | (spki.p[spki.n - 1] & 1);
	memcpy(out + POINT + 1, spki.p + POINT + 1, 32);
	return (struct bytes){ out, 59 };
}

/* An RSA key of 2048 bits without the NULL, put together by hand. */
static struct bytes
leave_null_out(struct bytes spki, uint8_t out[static 292])
{
	static const uint8_t head[] = { 0x30, 0x82, 0x01, 0x20, 0x30, 0x0b };

	CHECK(spki.n == 294 && spki.p[17] == 0x05 && spki.p[18] == 0x00);
	memcpy(out, head, sizeof head);
	memcpy(out + 6, spki.p + 6, 11);
	memcpy(out + 17, spki.p + 19, spki.n - 19);
	return (struct bytes){ out, 292 };
}

static struct bytes
spell_out(EVP_PKEY *key)
{
	EVP_PKEY *other = EVP_PKEY_dup(key);
	struct bytes spki;

	CHECK(EVP_PKEY_set_utf8_string_param(other, OSSL_PKEY_PARAM_EC_ENCODING,
	          OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1);
	spki = make_cert_spki(other);
	EVP_PKEY_free(other);
	return spki;
}

/* Report whether a key is known to a pinset that has its usual encoding. */
static bool
is_known(struct bytes spki, struct bytes usual)
{
	struct pinset_key keys[2] = { { .state = PINSET_ACTIVE } };
	struct pinset p = { .keys = keys, .n_keys = 2 };

	sha256_digest(usual, keys[1].spki_sha256);
	return same_key_find(&p, spki) == &keys[1];
}

static void
a_key_is_known_in_each_encoding(void)
{
	EVP_PKEY *ec = make_cert_key(), *rsa = EVP_RSA_gen(2048);
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct bytes of_ec = make_cert_spki(ec), of_rsa = make_cert_spki(rsa);
	struct bytes of_ed = make_cert_spki(ed), spelt = spell_out(ec);
	uint8_t room[292];

	CHECK(is_known(of_ec, of_ec) && is_known(of_rsa, of_rsa));
	CHECK(is_known(of_ed, of_ed));
	CHECK(is_known(compress(of_ec, room), of_ec));
	CHECK(is_known(leave_null_out(of_rsa, room), of_rsa));
	CHECK(spelt.n > 200 && is_known(spelt, of_ec));
	CHECK(!is_known(of_ed, of_ec) && !is_known(spelt, of_rsa));
	make_cert_free(of_ec);
	make_cert_free(of_rsa);
	make_cert_free(of_ed);
	make_cert_free(spelt);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed);
}

static void
a_malformed_key_matches_no_pin(void)
{
	EVP_PKEY *key = make_cert_key();
	struct bytes spki = make_cert_spki(key);
	uint8_t room[59];

	for (size_t n = 0; n < spki.n; n++)
		CHECK(!is_known((struct bytes){ spki.p, n }, spki));
	compress(spki, room);
	room[POINT] = 5;
	CHECK(!is_known((struct bytes){ room, sizeof room }, spki));
	make_cert_free(spki);
	EVP_PKEY_free(key);
}

int
main(void)
{
	a_key_is_known_in_each_encoding();
	a_malformed_key_matches_no_pin();
	return 0;
}
