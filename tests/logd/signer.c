/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>

#include "signer.h"

struct signer {
	EVP_PKEY *pkey;
	uint8_t *spki;
	size_t n_spki;
};

static void
need(bool ok, const char *what)
{
	if (!ok) {
		msg_error("logd: libcrypto cannot %s", what);
		exit(1);
	}
}

static struct signer *
of_key(EVP_PKEY *pkey)
{
	struct signer *s = mem_alloc(1, sizeof *s);
	int n = i2d_PUBKEY(pkey, &s->spki);

	need(n > 0, "encode a public key");
	s->pkey = pkey;
	s->n_spki = (size_t)n;
	return s;
}

struct signer *
signer_new(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("prime256v1");

	need(pkey != NULL, "make a key");
	return of_key(pkey);
}

struct signer *
signer_from_seed(const char *seed)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = EC_POINT_new(group);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	uint8_t digest[SHA256_SIZE], public[65];
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params;
	BIGNUM *private;

	sha256_digest(bytes_of(seed), digest);
	digest[0] &= 0x7f; /* below the order of the group */
	private = BN_bin2bn(digest, sizeof digest, NULL);
	need(EC_POINT_mul(group, point, private, NULL, NULL, NULL) == 1 &&
	        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
	            public, sizeof public, NULL) == sizeof public,
	    "multiply");
	OSSL_PARAM_BLD_push_utf8_string(
	    build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(
	    build, OSSL_PKEY_PARAM_PUB_KEY, public, sizeof public);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, private);
	params = OSSL_PARAM_BLD_to_param(build);
	need(EVP_PKEY_fromdata_init(ctx) == 1 &&
	        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) == 1,
	    "make a key of a seed");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	BN_free(private);
	return of_key(pkey);
}

struct signer *
signer_load(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY *pkey =
	    f != NULL ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f != NULL)
		fclose(f);
	if (pkey == NULL) {
		msg_error("logd: %s: no private key in PEM", path);
		return NULL;
	}
	return of_key(pkey);
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->pkey);
	OPENSSL_free(s->spki);
	free(s);
}

struct bytes
signer_spki(const struct signer *s)
{
	return (struct bytes){ s->spki, s->n_spki };
}

/* RFC 6962, 3.5, TreeHeadSignature; RFC 5246, 4.7, DigitallySigned. */
static void
sign(const struct signer *s, struct tree_head *h, uint8_t version)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = TREE_HEAD_SIGNATURE_MAX - 4;
	uint8_t m[50] = { version, 1 };

	for (int i = 0; i < 8; i++) {
		m[2 + i] = (uint8_t)(h->timestamp >> (56 - 8 * i));
		m[10 + i] = (uint8_t)(h->size >> (56 - 8 * i));
	}
	memcpy(m + 18, h->root.b, SHA256_SIZE);
	need(EVP_DigestSignInit_ex(
	         ctx, NULL, "SHA256", NULL, NULL, s->pkey, NULL) == 1 &&
	        EVP_DigestSign(ctx, h->signature + 4, &n, m, sizeof m) == 1,
	    "sign a head");
	EVP_MD_CTX_free(ctx);
	h->signature[0] = 4; /* sha256 */
	h->signature[1] =
	    EVP_PKEY_is_a(s->pkey, "RSA") ? 1 : 3; /* rsa, ecdsa */
	h->signature[2] = (uint8_t)(n >> 8);
	h->signature[3] = (uint8_t)n;
	h->n_signature = 4 + n;
}

void
signer_sign(const struct signer *s, struct tree_head *h)
{
	sign(s, h, 0);
}

void
signer_sign_wrongly(const struct signer *s, struct tree_head *h)
{
	sign(s, h, 1); /* an undefined version */
}
