/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs made and signed by libcrypto: each status, each ground of refusal. */
#include <string.h>

#include <openssl/rsa.h>

#include "../support/make_cert.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/response/crl.h>

#define URL "http://ca.example/crl"

static struct bytes ca_der;
static EVP_PKEY *ca_key;
static X509 *ca;

struct made {
	const char *idp;   /* issuingDistributionPoint, or NULL */
	int extension;     /* NID of one more, or 0 */
	const char *value; /* of it, as in openssl.cnf */
	EVP_PKEY *key;     /* default the CA's */
	const EVP_MD *md;  /* default SHA-256 */
	const char *name;  /* issuer; default the CA's */
	bool empty;        /* no entries */
};

static void
add_entry(X509_CRL *crl, const char *serial, int reason, int entry_nid)
{
	X509_REVOKED *r = X509_REVOKED_new();
	BIGNUM *bn = NULL;
	ASN1_INTEGER *i;
	ASN1_TIME *when = ASN1_TIME_set(NULL, 1790000000);
	ASN1_ENUMERATED *e;

	CHECK(BN_hex2bn(&bn, serial) > 0);
	i = BN_to_ASN1_INTEGER(bn, NULL);
	CHECK(X509_REVOKED_set_serialNumber(r, i));
	CHECK(X509_REVOKED_set_revocationDate(r, when));
	if (reason >= 0) {
		e = ASN1_ENUMERATED_new();
		ASN1_ENUMERATED_set(e, reason);
		CHECK(X509_REVOKED_add1_ext_i2d(r, NID_crl_reason, e, 0, 0));
		ASN1_ENUMERATED_free(e);
	}
	if (entry_nid == NID_certificate_issuer) {
		GENERAL_NAMES *names = GENERAL_NAMES_new();

		CHECK(X509_REVOKED_add1_ext_i2d(r, entry_nid, names, 1, 0));
		GENERAL_NAMES_free(names);
	}
	CHECK(X509_CRL_add0_revoked(crl, r));
	ASN1_TIME_free(when);
	ASN1_INTEGER_free(i);
	BN_free(bn);
}

static void
add_extension(X509_CRL *crl, int nid, const char *value)
{
	X509V3_CTX ctx;
	CONF *conf = NCONF_new(NULL);
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, ca, NULL, NULL, crl, 0);
	X509V3_set_nconf(&ctx, conf);
	e = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
	CHECK(e != NULL && X509_CRL_add_ext(crl, e, -1));
	X509_EXTENSION_free(e);
	NCONF_free(conf);
}

static void
set_frame(X509_CRL *crl, const char *name)
{
	X509_NAME *issuer = X509_NAME_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, 1791000000);
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	X509_NAME_add_entry_by_txt(
	    issuer, "CN", MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0);
	CHECK(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
	CHECK(X509_CRL_set_issuer_name(crl, issuer));
	CHECK(X509_CRL_set1_lastUpdate(crl, t));
	ASN1_TIME_set(t, 1791864000);
	CHECK(X509_CRL_set1_nextUpdate(crl, t));
	ASN1_INTEGER_set(number, 4660);
	CHECK(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0));
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(t);
	X509_NAME_free(issuer);
}

/* Sign crl; its DER, which make_cert_free frees.  crl is freed. */
static struct bytes
finish(X509_CRL *crl, const struct made *m)
{
	uint8_t *der = NULL;
	int n;

	CHECK(X509_CRL_sign(crl, m->key != NULL ? m->key : ca_key,
	    m->md != NULL ? m->md : EVP_sha256()));
	n = i2d_X509_CRL(crl, &der);
	CHECK(n > 0);
	X509_CRL_free(crl);
	return (struct bytes){ der, (size_t)n };
}

static struct bytes
make(const struct made *m)
{
	X509_CRL *crl = X509_CRL_new();

	set_frame(crl, m->name != NULL ? m->name : "Test CA");
	if (m->idp != NULL)
		add_extension(crl, NID_issuing_distribution_point, m->idp);
	if (m->extension != 0)
		add_extension(crl, m->extension, m->value);
	if (!m->empty) {
		add_entry(crl, "0A01", -1, 0);
		add_entry(crl, "0A02", 1, 0);
		add_entry(crl, "0A03", 9, 0);
		add_entry(crl, "0A04", 6, 0);
		add_entry(crl, "0A05", 8, 0);
		add_entry(crl, "80FFEEDDCCBBAA99887766554433221100", 4, 0);
		add_entry(crl, "-7F", 5, 0);
	}
	return finish(crl, m);
}

static enum crl_error
result(const struct made *m)
{
	struct crl_query q = { .serial = { (const uint8_t *)"\x0a\x02", 2 } };
	struct bytes der = make(m);
	struct crl out;
	enum crl_error e = crl_read(der, ca_der, URL, &q, 1, &out);

	CHECK(e == CRL_OK || !q.revoked);
	make_cert_free(der);
	return e;
}

static const struct crl_query *
find(const struct crl_query *q, size_t n, const char *serial, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_equal(q[i].serial,
		        (struct bytes){ (const uint8_t *)serial, len }))
			return &q[i];
	CHECK(false);
	return NULL;
}

static void
each_status_is_read(void)
{
	struct crl_query q[] = {
		{ .serial = { (const uint8_t *)"\x0a\x03", 2 } },
		{ .serial = { (const uint8_t *)"\x0a\x01", 2 } },
		{ .serial = { (const uint8_t *)"\x0a\x02", 2 } },
		{ .serial = { (const uint8_t *)"\x0a\x05", 2 } },
		{ .serial = { (const uint8_t *)"\x0a\x06", 2 } },
		/* The sign octet belongs to the serial number. */
		{ .serial = { (const uint8_t *)"\0\x80\xff\xee\xdd\xcc\xbb\xaa"
		                               "\x99\x88\x77\x66\x55\x44\x33"
		                               "\x22\x11\0",
		      18 } },
		{ .serial = { (const uint8_t *)"\x80\xff\xee\xdd\xcc\xbb\xaa"
		                               "\x99\x88\x77\x66\x55\x44\x33"
		                               "\x22\x11\0",
		      17 } },
		{ .serial = { (const uint8_t *)"\x81", 1 } },
	};
	size_t n = sizeof q / sizeof *q;
	struct made m = { .idp =
		              "critical,fullname:URI:" URL ",onlyuser:TRUE" };
	struct bytes der = make(&m);
	const struct crl_query *one;
	uint8_t digest[SHA256_SIZE];
	struct crl out;

	CHECK(crl_read(der, ca_der, URL, q, n, &out) == CRL_OK);
	CHECK(out.entries == 7);
	CHECK(out.this_update == INT64_C(1791000000000));
	CHECK(out.next_update == INT64_C(1791864000000));
	CHECK(out.number.n == 2 && memcmp(out.number.p, "\x12\x34", 2) == 0);
	CHECK(EVP_Digest(der.p, der.n, digest, NULL, EVP_sha256(), NULL));
	CHECK(memcmp(digest, out.sha256, sizeof digest) == 0);
	one = find(q, n, "\x0a\x01", 2);
	CHECK(one->revoked && one->reason == CRL_UNSPECIFIED);
	CHECK(one->date == INT64_C(1790000000000));
	one = find(q, n, "\x0a\x02", 2);
	CHECK(one->revoked && one->reason == 1);
	one = find(q, n, "\x0a\x03", 2);
	CHECK(one->revoked && one->reason == 9);
	CHECK(!find(q, n, "\x0a\x05", 2)->revoked); /* removeFromCRL */
	CHECK(!find(q, n, "\x0a\x06", 2)->revoked); /* not in the list */
	CHECK(find(q, n, (const char *)q[0].serial.p, q[0].serial.n) == &q[0]);
	one = find(q, n,
	    "\0\x80\xff\xee\xdd\xcc\xbb\xaa\x99\x88\x77\x66\x55\x44\x33\x22"
	    "\x11\0",
	    18);
	CHECK(one->revoked && one->reason == 4);
	CHECK(!find(q, n,
	    "\x80\xff\xee\xdd\xcc\xbb\xaa\x99\x88\x77\x66\x55\x44\x33\x22\x11"
	    "\0",
	    17)
	           ->revoked);
	CHECK(find(q, n, "\x81", 1)->reason == 5);
	make_cert_free(der);
}

static void
each_reason_of_refusal_is_met(void)
{
	EVP_PKEY *other = make_cert_key();

	CHECK(result(&(struct made){ 0 }) == CRL_OK);
	CHECK(result(&(struct made){ .empty = true }) == CRL_OK);
	CHECK(result(&(struct made){ .md = EVP_sha384() }) == CRL_OK);
	CHECK(result(&(struct made){ .key = other }) == CRL_BAD_SIGNATURE);
	CHECK(result(&(struct made){ .name = "Test CB" }) == CRL_OTHER_ISSUER);
	CHECK(result(&(struct made){ .idp = "critical,fullname:URI:" URL
	                                    "x" }) == CRL_OTHER_POINT);
	CHECK(result(&(struct made){ .idp = "critical,onlyCA:TRUE" }) ==
	    CRL_SCOPE);
	CHECK(result(&(struct made){ .idp = "critical,onlyAA:TRUE" }) ==
	    CRL_SCOPE);
	CHECK(result(&(struct made){
	          .idp = "critical,onlysomereasons:keyCompromise" }) ==
	    CRL_SCOPE);
	CHECK(result(&(struct made){ .idp = "critical,indirectCRL:TRUE" }) ==
	    CRL_INDIRECT);
	CHECK(result(&(struct made){ .extension = NID_delta_crl,
	          .value = "critical,DER:02:01:01" }) == CRL_DELTA);
	CHECK(result(&(struct made){ .extension = NID_name_constraints,
	          .value = "critical,permitted;DNS:example.com" }) ==
	    CRL_EXTENSION);
	CHECK(result(&(struct made){ .extension = NID_name_constraints,
	          .value = "permitted;DNS:example.com" }) == CRL_OK);
	EVP_PKEY_free(other);
}

static void
an_entry_of_another_issuer_is_refused(void)
{
	struct made m = { 0 };
	struct crl_query q = { .serial = { (const uint8_t *)"\x0a\x02", 2 } };
	X509_CRL *crl = X509_CRL_new();
	struct bytes der;
	struct crl out;

	set_frame(crl, "Test CA");
	add_entry(crl, "0A02", 1, 0);
	add_entry(crl, "0A03", 1, NID_certificate_issuer);
	der = finish(crl, &m);
	CHECK(crl_read(der, ca_der, URL, &q, 1, &out) == CRL_INDIRECT);
	make_cert_free(der);
}

/* A CRL by a CA with another kind of key. */
static enum crl_error
by_kind(EVP_PKEY *key, bool pss)
{
	struct make_cert m = { .key = key,
		.ca_key = key,
		.subject = "Test CA",
		.basic = "critical,CA:TRUE" };
	struct bytes cert = make_cert_der(&m), der;
	X509_CRL *crl = X509_CRL_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx;
	enum crl_error e;
	uint8_t *p = NULL;
	struct crl out;

	set_frame(crl, "Test CA");
	CHECK(EVP_DigestSignInit(ctx, &pkey_ctx,
	    EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha384(), NULL, key));
	if (pss) {
		CHECK(EVP_PKEY_CTX_set_rsa_padding(
		          pkey_ctx, RSA_PKCS1_PSS_PADDING) == 1);
		CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(
		          pkey_ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
	}
	CHECK(X509_CRL_sign_ctx(crl, ctx));
	der.n = (size_t)i2d_X509_CRL(crl, &p);
	der.p = p;
	e = crl_read(der, cert, URL, NULL, 0, &out);
	/* The last byte of the signature counts. */
	p[der.n - 1] ^= 1;
	CHECK(crl_read(der, cert, URL, NULL, 0, &out) == CRL_BAD_SIGNATURE);
	EVP_MD_CTX_free(ctx);
	X509_CRL_free(crl);
	make_cert_free(der);
	make_cert_free(cert);
	return e;
}

static void
each_kind_of_key_verifies(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *p384 = EVP_EC_gen("P-384");

	CHECK(by_kind(rsa, false) == CRL_OK);
	CHECK(by_kind(rsa, true) == CRL_OK);
	CHECK(by_kind(ed, false) == CRL_OK);
	CHECK(by_kind(p384, false) == CRL_OK);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(p384);
}

static void
every_prefix_and_every_flipped_byte_is_refused(void)
{
	struct made m = { .idp = "critical,fullname:URI:" URL };
	struct crl_query q = { .serial = { (const uint8_t *)"\x0a\x02", 2 } };
	struct bytes der = make(&m);
	uint8_t *copy = mem_alloc(der.n + 1, 1);
	struct crl out;

	for (size_t n = 0; n < der.n; n++)
		CHECK(crl_read((struct bytes){ der.p, n }, ca_der, URL, &q, 1,
		          &out) == CRL_NOT_DER);
	memcpy(copy, der.p, der.n);
	copy[der.n] = 0;
	CHECK(crl_read((struct bytes){ copy, der.n + 1 }, ca_der, URL, &q, 1,
	          &out) == CRL_NOT_DER);
	for (size_t i = 0; i < der.n; i++) {
		copy[i] ^= 0x20;
		CHECK(crl_read((struct bytes){ copy, der.n }, ca_der, URL, &q,
		          1, &out) != CRL_OK);
		copy[i] ^= 0x20;
	}
	free(copy);
	make_cert_free(der);
}

static void
other_contents_are_no_crl(void)
{
	static const char *const others[] = { "", "<html>404</html>",
		"-----BEGIN X509 CRL-----\nMII=\n-----END X509 CRL-----\n",
		"\x1f\x8b\x08\x00\x00\x00\x00\x00" };
	struct crl out;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(crl_read(bytes_of(others[i]), ca_der, URL, NULL, 0,
		          &out) == CRL_NOT_DER);
	CHECK(crl_read(ca_der, ca_der, URL, NULL, 0, &out) == CRL_NOT_DER);
}

/* 300,000 entries by libcrypto: the count, the first, the last, one absent. */
static void
a_large_crl_is_read(void)
{
	struct crl_query q[] = {
		{ .serial = { (const uint8_t *)"\x10\x00\x00\x00", 4 } },
		{ .serial = { (const uint8_t *)"\x10\x04\x93\xdf", 4 } },
		{ .serial = { (const uint8_t *)"\x10\x04\x93\xe0", 4 } },
	};
	struct made m = { 0 };
	X509_CRL *crl = X509_CRL_new();
	char serial[16];
	struct bytes der;
	struct crl out;

	set_frame(crl, "Test CA");
	for (unsigned i = 0; i < 300000; i++) {
		snprintf(serial, sizeof serial, "%08X", 0x10000000 + i);
		add_entry(crl, serial, i % 2 == 0 ? 4 : -1, 0);
	}
	der = finish(crl, &m);
	CHECK(crl_read(der, ca_der, URL, q, 3, &out) == CRL_OK);
	CHECK(out.entries == 300000);
	CHECK(find(q, 3, "\x10\x00\x00\x00", 4)->reason == 4);
	CHECK(find(q, 3, "\x10\x04\x93\xdf", 4)->revoked);
	CHECK(!find(q, 3, "\x10\x04\x93\xe0", 4)->revoked);
	make_cert_free(der);
}

static int
compare(const char *a, size_t na, const char *b, size_t nb)
{
	return crl_number_compare((struct bytes){ (const uint8_t *)a, na },
	    (struct bytes){ (const uint8_t *)b, nb });
}

static void
numbers_are_ordered(void)
{
	CHECK(compare("\x01", 1, "\x02", 1) < 0);
	CHECK(compare("\x00\xff", 2, "\x01\x00", 2) < 0);
	CHECK(compare("\x00\xff", 2, "\xff", 1) == 0);
	CHECK(compare("\x01\x00", 2, "\xff", 1) > 0);
	CHECK(compare("", 0, "\x00", 1) == 0);
}

int
main(void)
{
	struct make_cert m = { .subject = "Test CA",
		.basic = "critical,CA:TRUE" };
	const uint8_t *p;

	ca_key = make_cert_key();
	m.key = m.ca_key = ca_key;
	ca_der = make_cert_der(&m);
	p = ca_der.p;
	ca = d2i_X509(NULL, &p, (long)ca_der.n);
	each_status_is_read();
	each_reason_of_refusal_is_met();
	an_entry_of_another_issuer_is_refused();
	each_kind_of_key_verifies();
	every_prefix_and_every_flipped_byte_is_refused();
	other_contents_are_no_crl();
	a_large_crl_is_read();
	numbers_are_ordered();
	X509_free(ca);
	make_cert_free(ca_der);
	EVP_PKEY_free(ca_key);
	return 0;
}
