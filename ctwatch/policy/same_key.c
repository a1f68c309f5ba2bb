/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "policy/same_key.h"
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>
#include <ctwatch/wire/public_key.h>

/* Upper limit in octets of the encoding around the numbers of an RSA key. */
#define HEADERS 64

static const struct pinset_key *
find_bytes(const struct pinset *p, struct bytes spki)
{
	uint8_t digest[SHA256_SIZE];

	sha256_digest(spki, digest);
	return pinset_key(p, digest);
}

/* Look up the key as encoded by libcrypto. */
static const struct pinset_key *
find_encoded(const struct pinset *p, EVP_PKEY *key)
{
	const struct pinset_key *found = NULL;
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	if (n > 0)
		found = find_bytes(p, (struct bytes){ der, (size_t)n });
	OPENSSL_free(der);
	return found;
}

/* ---- elliptic curves ---- */

/* Encode the key with a named curve and this point form, and look it up. */
static const struct pinset_key *
find_point(const struct pinset *p, EVP_PKEY *key, const char *form)
{
	if (EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
	        OSSL_PKEY_EC_ENCODING_GROUP) != 1 ||
	    EVP_PKEY_set_utf8_string_param(
	        key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form) != 1)
		return NULL;
	return find_encoded(p, key);
}

/* ---- RSA ---- */

/* Append an INTEGER, without the zeros that DER does not have. */
static void
add_integer(struct buf *out, struct bytes n)
{
	n = der_integer(n);
	der_add_header(out, DER_INTEGER, n.n, 0);
	buf_add(out, n);
}

/* Append element `tag` around `body`. */
static void
add_element(struct buf *out, uint8_t tag, struct bytes body)
{
	der_add_header(out, tag, body.n, 0);
	buf_add(out, body);
}

/*
 * Append the RSAPublicKey of an SPKI in DER, if it is an RSA key in any
 * encoding: rsaEncryption, RSASSA-PSS and RSAES-OAEP have the same numbers (RFC
 * 4055, 1.2).
 */
static bool
rsa_numbers(struct bytes spki, struct buf *out)
{
	static const struct bytes oids[] = {
		OID_INIT(OID_RSA_ENCRYPTION),
		OID_INIT(OID_RSA_OAEP),
		OID_INIT(OID_RSA_PSS),
	};
	struct der outer, algorithm, oid, bits, key, n, e;
	struct bytes unused;
	struct buf numbers;
	bool rsa = false;

	if (!der_take(&spki, DER_SEQUENCE, &outer) ||
	    !der_take(&outer.body, DER_SEQUENCE, &algorithm) ||
	    !der_take(&algorithm.body, DER_OID, &oid) ||
	    !der_take(&outer.body, DER_BIT_STRING, &bits) ||
	    !bytes_take(&bits.body, 1, &unused) ||
	    !der_take(&bits.body, DER_SEQUENCE, &key) ||
	    !der_take(&key.body, DER_INTEGER, &n) ||
	    !der_take(&key.body, DER_INTEGER, &e))
		return false;
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++)
		rsa = rsa || bytes_equal(oid.body, oids[i]);
	if (!rsa)
		return false;
	buf_init(&numbers, n.body.n + e.body.n + HEADERS);
	add_integer(&numbers, n.body);
	add_integer(&numbers, e.body);
	add_element(out, DER_SEQUENCE, buf_view(&numbers));
	buf_fini(&numbers);
	return true;
}

/* Look up the key with these numbers under an AlgorithmIdentifier. */
static const struct pinset_key *
find_rsa(const struct pinset *p, struct bytes numbers, struct bytes algorithm)
{
	const struct pinset_key *found;
	struct buf body, whole;

	buf_init(&body, numbers.n + algorithm.n + HEADERS);
	buf_init(&whole, numbers.n + algorithm.n + HEADERS);
	buf_add(&body, algorithm);
	der_add_header(&body, DER_BIT_STRING, numbers.n + 1, 0);
	buf_add_byte(&body, 0);
	buf_add(&body, numbers);
	add_element(&whole, DER_SEQUENCE, buf_view(&body));
	found = find_bytes(p, buf_view(&whole));
	buf_fini(&body);
	buf_fini(&whole);
	return found;
}

static const struct pinset_key *
find_any_rsa(const struct pinset *p, struct bytes numbers)
{
	/* AlgorithmIdentifier: rsaEncryption with the NULL of RFC 3279, 2.3.1
	 * and without; RSASSA-PSS without parameters. */
	static const struct bytes algorithms[] = {
		OID_INIT("\x30\x0d\x06\x09" OID_RSA_ENCRYPTION "\x05\x00"),
		OID_INIT("\x30\x0b\x06\x09" OID_RSA_ENCRYPTION),
		OID_INIT("\x30\x0b\x06\x09" OID_RSA_PSS),
	};
	const struct pinset_key *found = NULL;

	for (size_t i = 0;
	     found == NULL && i < sizeof algorithms / sizeof *algorithms; i++)
		found = find_rsa(p, numbers, algorithms[i]);
	return found;
}

const struct pinset_key *
same_key_find(const struct pinset *p, struct bytes spki)
{
	const struct pinset_key *found = NULL;
	struct buf numbers;
	EVP_PKEY *key;

	if (spki.n == 0)
		return NULL;
	buf_init(&numbers, spki.n + HEADERS);
	if (rsa_numbers(spki, &numbers)) {
		found = find_any_rsa(p, buf_view(&numbers));
		buf_fini(&numbers);
		return found;
	}
	buf_fini(&numbers);
	key = public_key_decode(spki);
	if (key != NULL && !EVP_PKEY_is_a(key, "EC"))
		found = find_encoded(p, key);
	else if (key != NULL) {
		found = find_point(
		    p, key, OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
		if (found == NULL)
			found = find_point(p, key,
			    OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED);
	}
	EVP_PKEY_free(key);
	ERR_clear_error();
	return found;
}
