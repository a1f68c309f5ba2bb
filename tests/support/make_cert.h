/* SPDX-License-Identifier: Apache-2.0 */
/* make_cert: certificates made by libcrypto, for tests. */
#ifndef MAKE_CERT_H
#define MAKE_CERT_H

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>

#include <ctwatch/base/time.h>
#include <ctwatch/wire/sha256.h>

#include "test.h"

/* What is made; zero members take the defaults that make_cert_der names. */
struct make_cert {
	EVP_PKEY *key;           /* the subject's */
	EVP_PKEY *ca_key;        /* the issuer's */
	const char *ca_name;     /* its commonName; default "Test CA" */
	const char *subject;     /* commonName; default none */
	long serial;             /* default one that no other has */
	const char *names;       /* "DNS:a.example,DNS:b.example" */
	int64_t not_before;      /* ms; default 2026-10-01 */
	int64_t seconds;         /* notAfter - notBefore; default 90 days - 1 */
	const char *usage;       /* default "serverAuth"; "" for none */
	const char *crl;         /* default a URL; "" for none */
	const char *basic;       /* default "CA:FALSE" */
	const char *policies;    /* default none */
	const char *constraints; /* nameConstraints; default none */
	const char *raw_oid, *raw_value; /* one more extension, DER: ... */
	const EVP_MD *md;                /* default SHA-256 */
};

static inline int64_t
make_cert_day(const char *date)
{
	int64_t t;

	CHECK(time_parse(date, &t));
	return t;
}

static inline EVP_PKEY *
make_cert_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	CHECK(key != NULL);
	return key;
}

static inline struct bytes
make_cert_spki(EVP_PKEY *key)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	CHECK(n > 0);
	return (struct bytes){ der, (size_t)n };
}

/* The SPKI of an RSA key with these numbers; make_cert_free frees it. */
static inline struct bytes
make_cert_rsa(const BIGNUM *n, unsigned long exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;
	BIGNUM *e = BN_new();
	OSSL_PARAM *params;
	struct bytes spki;

	BN_set_word(e, exponent);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(b);
	CHECK(EVP_PKEY_fromdata_init(ctx) == 1);
	CHECK(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	spki = make_cert_spki(key);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	BN_free(e);
	return spki;
}

static inline void
make_cert_pin(EVP_PKEY *key, uint8_t out[static SHA256_SIZE])
{
	struct bytes spki = make_cert_spki(key);

	sha256_digest(spki, out);
	OPENSSL_free((void *)(uintptr_t)spki.p);
}

static inline void
make_cert_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	CONF *conf;

	if (value == NULL || *value == '\0')
		return;
	X509V3_set_ctx(&ctx, NULL, x, NULL, NULL, 0);
	conf = NCONF_new(NULL); /* some extensions want one, if empty */
	X509V3_set_nconf(&ctx, conf);
	e = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
	NCONF_free(conf);
	CHECK(e != NULL && X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
}

static inline const char *
make_cert_or(const char *value, const char *otherwise)
{
	return value != NULL ? value : otherwise;
}

/* The certificate; the caller frees it. */
static inline X509 *
make_cert_x509(const struct make_cert *m)
{
	int64_t start =
	    m->not_before != 0 ? m->not_before : make_cert_day("2026-10-01");
	int64_t seconds = m->seconds != 0 ? m->seconds : 90 * 86400 - 1;
	X509_NAME *issuer = X509_NAME_new(), *subject = X509_NAME_new();
	X509 *x = X509_new();
	static long last;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x),
	    m->serial != 0 ? m->serial : ++last + 0x10000);
	X509_NAME_add_entry_by_txt(issuer, "CN", MBSTRING_UTF8,
	    (const uint8_t *)make_cert_or(m->ca_name, "Test CA"), -1, -1, 0);
	if (m->subject != NULL)
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		    (const uint8_t *)m->subject, -1, -1, 0);
	X509_set_issuer_name(x, issuer);
	X509_set_subject_name(x, subject);
	X509_NAME_free(issuer);
	X509_NAME_free(subject);
	CHECK(ASN1_TIME_set(
	    X509_getm_notBefore(x), (time_t)(start / TIME_SECOND)));
	CHECK(ASN1_TIME_set(
	    X509_getm_notAfter(x), (time_t)(start / TIME_SECOND + seconds)));
	CHECK(X509_set_pubkey(x, m->key));
	make_cert_extension(
	    x, NID_basic_constraints, make_cert_or(m->basic, "CA:FALSE"));
	make_cert_extension(x, NID_subject_alt_name, m->names);
	make_cert_extension(
	    x, NID_ext_key_usage, make_cert_or(m->usage, "serverAuth"));
	make_cert_extension(x, NID_crl_distribution_points,
	    make_cert_or(m->crl, "URI:http://ca.example/crl"));
	make_cert_extension(x, NID_certificate_policies, m->policies);
	make_cert_extension(x, NID_name_constraints, m->constraints);
	if (m->raw_oid != NULL)
		make_cert_extension(x, OBJ_txt2nid(m->raw_oid), m->raw_value);
	CHECK(X509_sign(x, m->ca_key,
	    m->md != NULL || EVP_PKEY_is_a(m->ca_key, "ED25519")
	        ? m->md
	        : EVP_sha256()));
	return x;
}

/* Its DER; the caller frees it with OPENSSL_free. */
static inline struct bytes
make_cert_der(const struct make_cert *m)
{
	X509 *x = make_cert_x509(m);
	uint8_t *der = NULL;
	int n = i2d_X509(x, &der);

	CHECK(n > 0);
	X509_free(x);
	return (struct bytes){ der, (size_t)n };
}

/* Its TBSCertificate, as a log has it of a precertificate. */
static inline struct bytes
make_cert_tbs(const struct make_cert *m)
{
	X509 *x = make_cert_x509(m);
	uint8_t *der = NULL;
	int n = i2d_re_X509_tbs(x, &der);

	CHECK(n > 0);
	X509_free(x);
	return (struct bytes){ der, (size_t)n };
}

static inline void
make_cert_free(struct bytes der)
{
	OPENSSL_free((void *)(uintptr_t)der.p);
}

#endif
