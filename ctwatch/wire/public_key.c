/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <ctwatch/wire/oid.h>
#include <ctwatch/wire/public_key.h>

/* The decoder of this process.  It stores its result in decoded. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static OSSL_DECODER_CTX *decoder;
static EVP_PKEY *decoded;

EVP_PKEY *
public_key_decode(struct bytes spki)
{
	EVP_PKEY *key = NULL;
	bool ok;

	if (spki.n == 0)
		return NULL;
	pthread_mutex_lock(&lock);
	if (decoder == NULL)
		decoder = OSSL_DECODER_CTX_new_for_pkey(&decoded, "DER",
		    "SubjectPublicKeyInfo", NULL, EVP_PKEY_PUBLIC_KEY, NULL,
		    NULL);
	ok = decoder != NULL &&
	    OSSL_DECODER_from_data(decoder, &spki.p, &spki.n) == 1 &&
	    spki.n == 0;
	key = decoded;
	decoded = NULL;
	pthread_mutex_unlock(&lock);
	ERR_clear_error();
	if (ok)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* Curves, and what precedes the point in an SPKI. */
static const struct {
	const char *name;
	int nid;
	size_t point; /* its bytes */
	struct bytes head;
} curves[] = {
	{ "P-256", NID_X9_62_prime256v1, 1 + 2 * 32,
	    OID_INIT("\x30\x59\x30\x13\x06\x07" OID_EC_PUBLIC_KEY
	             "\x06\x08" OID_P256 "\x03\x42\x00") },
	{ "P-384", NID_secp384r1, 1 + 2 * 48,
	    OID_INIT("\x30\x76\x30\x10\x06\x07" OID_EC_PUBLIC_KEY
	             "\x06\x05" OID_P384 "\x03\x62\x00") },
	{ "P-521", NID_secp521r1, 1 + 2 * 66,
	    OID_INIT("\x30\x81\x9b\x30\x10\x06\x07" OID_EC_PUBLIC_KEY
	             "\x06\x05" OID_P521 "\x03\x81\x86\x00") },
};

enum {
	CURVES = sizeof curves / sizeof *curves,
	UNCOMPRESSED = 4 /* the first byte of the point */
};

/* The groups of the curves in this process, NULL until make_groups. */
static EC_GROUP *groups[CURVES];
static pthread_once_t groups_made = PTHREAD_ONCE_INIT;

static void
make_groups(void)
{
	for (size_t i = 0; i < CURVES; i++)
		groups[i] = EC_GROUP_new_by_curve_name(curves[i].nid);
}

static bool
is_on_curve(const EC_GROUP *group, struct bytes point)
{
	EC_POINT *p = group != NULL ? EC_POINT_new(group) : NULL;
	bool ok = p != NULL &&
	    EC_POINT_oct2point(group, p, point.p, point.n, NULL) == 1;

	EC_POINT_free(p);
	ERR_clear_error();
	return ok;
}

const char *
public_key_curve(struct bytes spki)
{
	struct bytes head;

	pthread_once(&groups_made, make_groups);
	for (size_t i = 0; i < CURVES; i++) {
		struct bytes point = spki;

		if (bytes_take(&point, curves[i].head.n, &head) &&
		    bytes_equal(head, curves[i].head) &&
		    point.n == curves[i].point && *point.p == UNCOMPRESSED)
			return is_on_curve(groups[i], point) ? curves[i].name
			                                     : NULL;
	}
	return NULL;
}
