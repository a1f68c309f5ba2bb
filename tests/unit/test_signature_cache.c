/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of certificates, with and without a cache, as X509_verify, the
 * oracle, judges them. */
#include <dirent.h>
#include <string.h>

#include <openssl/err.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/policy/signature_cache.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/der.h>

#include "../support/make_cert.h"

static bool
verify_by_libcrypto(struct bytes above, struct bytes below)
{
	const uint8_t *p = above.p, *q = below.p;
	X509 *a = d2i_X509(NULL, &p, (long)above.n);
	X509 *b = d2i_X509(NULL, &q, (long)below.n);
	EVP_PKEY *key = a != NULL ? X509_get0_pubkey(a) : NULL;
	bool good = key != NULL && b != NULL && X509_verify(b, key) == 1;

	X509_free(a);
	X509_free(b);
	ERR_clear_error();
	return good;
}

/* Return the result, which is the same each time. */
static bool
verify(struct signature_cache *c, struct bytes above, struct bytes below)
{
	bool good = signature_cache_verify(NULL, above, below);

	CHECK(signature_cache_verify(c, above, below) == good);
	CHECK(signature_cache_verify(c, above, below) == good);
	return good;
}

/* ---- real certificates, each as the CA of each ---- */

static size_t
load(const char *folder, struct bytes *v, size_t n, size_t most)
{
	char *path = mem_printf("%s/data/%s", getenv("top_srcdir"), folder);
	DIR *dir = opendir(path);
	const struct dirent *e;

	CHECK(dir != NULL);
	while ((e = readdir(dir)) != NULL && n < most) {
		char *name = mem_printf("%s/%s", folder, e->d_name);

		if (strstr(name, ".der") != NULL)
			v[n++] = test_data(name);
		free(name);
	}
	closedir(dir);
	free(path);
	return n;
}

static void
verifies_real_pairs(struct signature_cache *c)
{
	struct bytes v[200];
	size_t n = load("certs/valid", v, 0, 200), good = 0;

	n = load("certs/odd", v, n, 200);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			bool want = verify_by_libcrypto(v[i], v[k]);

			CHECK(verify(c, v[i], v[k]) == want);
			good += want;
		}
	CHECK(good > 10 && good < n * n);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)v[i].p);
}

/* ---- changed certificates ---- */

/* No changed byte of a certificate is accepted where X509_verify refuses. */
static void
refuses_changes(struct signature_cache *c, EVP_PKEY *ca_key)
{
	EVP_PKEY *key = make_cert_key();
	struct bytes ca = make_cert_der(&(struct make_cert){
	    .key = ca_key, .ca_key = ca_key, .basic = "critical,CA:TRUE" });
	struct bytes leaf = make_cert_der(&(struct make_cert){
	    .key = key, .ca_key = ca_key, .names = "DNS:a.example" });
	uint8_t *v = mem_alloc(leaf.n, 1);

	CHECK(verify(c, ca, leaf) && !verify(c, leaf, ca));
	memcpy(v, leaf.p, leaf.n);
	for (size_t i = 0; i < leaf.n; i++) {
		struct bytes changed = { v, leaf.n };

		v[i] ^= 4;
		CHECK(!verify(c, ca, changed) ||
		    verify_by_libcrypto(ca, changed));
		v[i] ^= 4;
	}
	for (size_t n = 0; n < leaf.n; n++)
		CHECK(!verify(c, ca, (struct bytes){ leaf.p, n }));
	CHECK(verify(c, ca, leaf));
	free(v);
	make_cert_free(ca);
	make_cert_free(leaf);
	EVP_PKEY_free(key);
}

/* Sign tbs with SHA-256 as X509_sign does, but name this algorithm outside. */
static void
assemble(
    EVP_PKEY *key, struct bytes tbs, struct bytes algorithm, struct buf *out)
{
	uint8_t signature[512] = { 0 }; /* begins with no unused bits */
	size_t n = sizeof signature - 1;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf body;

	CHECK(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	CHECK(EVP_DigestSign(ctx, signature + 1, &n, tbs.p, tbs.n) == 1);
	EVP_MD_CTX_free(ctx);
	buf_init(&body, 4096);
	buf_add(&body, tbs);
	buf_add(&body, algorithm);
	der_add_header(&body, DER_BIT_STRING, n + 1, 0);
	buf_add(&body, (struct bytes){ signature, n + 1 });
	der_add_header(out, DER_SEQUENCE, body.n, 0);
	buf_add(out, buf_view(&body));
	buf_fini(&body);
}

/* RFC 5280, 4.1.1.2: the algorithm must be the one that is signed. */
static void
refuses_two_algorithms(struct signature_cache *c)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	const struct make_cert m = {
		.key = key, .ca_key = key, .basic = "critical,CA:TRUE"
	};
	struct bytes ca = make_cert_der(&m), tbs = make_cert_tbs(&m);
	struct buf leaf;
	struct cert cert;
	size_t at;

	CHECK(cert_parse_tbs(tbs, &cert) == CERT_OK);
	buf_init(&leaf, 4096);
	assemble(key, tbs, cert.algorithm, &leaf);
	CHECK(verify(c, ca, buf_view(&leaf)));
	/* SHA-384 in the part that is signed */
	at = (size_t)(cert.algorithm.p - tbs.p);
	((uint8_t *)(uintptr_t)tbs.p)[at + 12] = 0x0c;
	CHECK(cert_parse(ca, &cert) == CERT_OK);
	buf_clear(&leaf);
	assemble(key, tbs, cert.algorithm, &leaf);
	CHECK(!verify(c, ca, buf_view(&leaf)));
	CHECK(!verify_by_libcrypto(ca, buf_view(&leaf)));
	buf_fini(&leaf);
	make_cert_free(ca);
	make_cert_free(tbs);
	EVP_PKEY_free(key);
}

/* ---- the limit ---- */

/* More pairs than a table of twice the limit holds: none is a certificate. */
static void
forgets_beyond_the_limit(struct signature_cache *c)
{
	EVP_PKEY *key = make_cert_key();
	struct bytes ca = make_cert_der(&(struct make_cert){
	    .key = key, .ca_key = key, .basic = "critical,CA:TRUE" });

	CHECK(signature_cache_verify(c, ca, ca));
	for (uint32_t i = 0; i <= 2 * LIMIT_SIGNATURES; i++) {
		struct bytes number = { (uint8_t *)&i, sizeof i };

		CHECK(!signature_cache_verify(c, ca, number));
		if (i % LIMIT_SIGNATURES < 2)
			CHECK(signature_cache_verify(c, ca, ca));
	}
	make_cert_free(ca);
	EVP_PKEY_free(key);
}

int
main(void)
{
	struct signature_cache *c = signature_cache_new();
	EVP_PKEY *keys[] = { make_cert_key(), EVP_RSA_gen(2048),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };

	verifies_real_pairs(c);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		refuses_changes(c, keys[i]);
		EVP_PKEY_free(keys[i]);
	}
	refuses_two_algorithms(c);
	forgets_beyond_the_limit(c);
	signature_cache_free(c);
	signature_cache_free(NULL);
	return 0;
}
