/* SPDX-License-Identifier: Apache-2.0 */
/* What people see of a certificate is what libcrypto reads in it. */
#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/wire/cert.h>

#include "../support/test.h"

/* ---- known certificates, as `openssl x509` prints them ---- */

static void
shows_what_openssl_shows(void)
{
	static const struct {
		const char *file, *subject, *issuer, *serial, *key, *from, *to;
	} table[] = {
		{ "certs/valid/ct-issuers-no-sct.badssl.com.der",
		    "CN=RapidSSL TLS RSA CA G1,OU=www.digicert.com,"
		    "O=DigiCert Inc,C=US",
		    "CN=DigiCert Global Root G2,OU=www.digicert.com,"
		    "O=DigiCert Inc,C=US",
		    "0b259422ced9812a15a04e99528a0efa", "RSA 2048",
		    "2017-11-02T12:24:33Z", "2027-11-02T12:24:33Z" },
		{ "certs/odd/pyca-server-ed448-cert.der", "CN=Ed448",
		    "CN=Root CA", "02", "Ed448", "2018-02-27T15:07:13Z",
		    "2118-02-28T15:07:13Z" },
		{ "certs/odd/pyca-dsa-selfsigned-ca.der",
		    "CN=PyCA DSA CA,O=Internet Widgits Pty Ltd,L=Austin,"
		    "ST=Texas,C=US",
		    "CN=PyCA DSA CA,O=Internet Widgits Pty Ltd,L=Austin,"
		    "ST=Texas,C=US",
		    "a37352e0b2142f86", "DSA 2048", "2014-11-27T05:14:17Z",
		    "2014-12-27T05:14:17Z" },
		{ "certs/odd/x509-limbo-invalid-ipv6-address.der",
		    "CN=x509-limbo-root", "CN=x509-limbo-root",
		    "40d9b42f52b37f99feae331e05eb0db3262c6349", "EC P-256",
		    "1970-01-01T00:00:01Z", "2969-05-03T00:00:01Z" },
		{ "certs/odd/openssl-alt1-cert.der",
		    "CN=Joe Bloggs,CN=www.example.net,"
		    "O=Good NC Test Certificate 1",
		    "CN=Test NC CA 1", "02", "RSA 2048", "2018-05-16T02:38:13Z",
		    "2118-05-17T02:38:13Z" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct bytes der = test_data(table[i].file);
		struct certinfo c;
		char text[TIME_TEXT];

		certinfo_parse(LEAF_X509, der, &c);
		CHECK(strcmp(c.subject, table[i].subject) == 0);
		CHECK(strcmp(c.issuer, table[i].issuer) == 0);
		CHECK(strcmp(c.serial, table[i].serial) == 0);
		CHECK(strcmp(c.key, table[i].key) == 0);
		time_format(c.not_before, text);
		CHECK(strcmp(text, table[i].from) == 0);
		time_format(c.not_after, text);
		CHECK(strcmp(text, table[i].to) == 0);
		certinfo_fini(&c);
		free((void *)(uintptr_t)der.p);
	}
}

/* The list as one text: "a|b|". */
static bool
list_is(const struct certinfo_list *list, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, 65536);
	for (size_t i = 0; i < list->n; i++)
		buf_printf(&b, "%s|", list->v[i]);
	same = strcmp(buf_text(&b), want) == 0;
	if (!same)
		fprintf(stderr, "%s\n", buf_text(&b));
	buf_fini(&b);
	return same;
}

static void
names_are_listed_by_their_kind(void)
{
	struct bytes der = test_data("certs/odd/openssl-alt1-cert.der");
	struct certinfo c;

	certinfo_parse(LEAF_X509, der, &c);
	CHECK(list_is(
	    &c.names, "www.good.org|any.good.com|www.example.net|Joe Bloggs|"));
	CHECK(list_is(&c.addresses, "192.168.0.1|"));
	CHECK(list_is(&c.others, "email:good@good.org|email:any@good.com|"));
	CHECK(c.notes.n == 0);
	certinfo_fini(&c);
	free((void *)(uintptr_t)der.p);

	der = test_data("certs/odd/pyca-san-idna-names.der");
	certinfo_parse(LEAF_X509, der, &c);
	CHECK(list_is(&c.names, "xn--80ato2c.cryptography|"));
	CHECK(list_is(&c.others,
	    "email:email@xn--80ato2c.cryptography|"
	    "uri:https://www.xn--80ato2c.cryptography|"));
	CHECK(strcmp(c.subject, "O=PyCA") == 0);
	certinfo_fini(&c);
	free((void *)(uintptr_t)der.p);

	/* A CN that repeats a dNSName in capitals adds nothing. */
	der = test_data("certs/odd/pyca-server-ed448-cert.der");
	certinfo_parse(LEAF_X509, der, &c);
	CHECK(list_is(&c.names, "Ed448|"));
	certinfo_fini(&c);
	free((void *)(uintptr_t)der.p);
}

/* ---- every certificate in data/, against libcrypto ---- */

static int64_t
time_of(const ASN1_TIME *t)
{
	struct tm tm;

	CHECK(ASN1_TIME_to_tm(t, &tm) == 1);
	return (int64_t)timegm(&tm) * TIME_SECOND;
}

static void
same_serial(const X509 *x, const char *serial)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	char *hex = BN_bn2hex(n), *lower = mem_strdup(hex);

	text_lower(bytes_of(hex), lower);
	CHECK(strcmp(serial, strcmp(lower, "0") == 0 ? "00" : lower) == 0);
	free(lower);
	OPENSSL_free(hex);
	BN_free(n);
}

/* dNSNames and addresses, in their order. */
static void
same_names(const X509 *x, const struct certinfo *c)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	size_t names = 0, addresses = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
		char text[INET6_ADDRSTRLEN];
		struct buf want;

		buf_init(&want, 65536);
		if (g->type == GEN_DNS) {
			text_escape(&want,
			    (struct bytes){ g->d.dNSName->data,
			        (size_t)g->d.dNSName->length });
			CHECK(names < c->names.n);
			CHECK(
			    strcmp(c->names.v[names++], buf_text(&want)) == 0);
		} else if (g->type == GEN_IPADD) {
			CHECK(addresses < c->addresses.n);
			if (g->d.iPAddress->length == 4 ||
			    g->d.iPAddress->length == 16) {
				inet_ntop(g->d.iPAddress->length == 4
				        ? AF_INET
				        : AF_INET6,
				    g->d.iPAddress->data, text, sizeof text);
				CHECK(strcmp(c->addresses.v[addresses], text) ==
				    0);
			}
			addresses++;
		}
		buf_fini(&want);
	}
	CHECK(addresses == c->addresses.n);
	GENERAL_NAMES_free(all);
}

static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

static void
is_printable_ascii(const struct certinfo *c)
{
	const struct certinfo_list *lists[] = { &c->names, &c->addresses,
		&c->others, &c->notes };

	CHECK(printable(c->subject) && printable(c->issuer));
	CHECK(printable(c->serial) && printable(c->key));
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			CHECK(printable(lists[i]->v[k]));
}

/* True if libcrypto could be compared with. */
static bool
compare(struct bytes der)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	uint8_t sha256[SHA256_SIZE];
	struct certinfo c;
	char bits[32];
	EVP_PKEY *key;

	certinfo_parse(LEAF_X509, der, &c);
	is_printable_ascii(&c);
	if (x == NULL || p != der.p + der.n) {
		X509_free(x);
		certinfo_fini(&c);
		return false;
	}
	same_serial(x, c.serial);
	if (c.not_before != CERTINFO_NO_TIME)
		CHECK(c.not_before == time_of(X509_get0_notBefore(x)));
	if (c.not_after != CERTINFO_NO_TIME)
		CHECK(c.not_after == time_of(X509_get0_notAfter(x)));
	same_names(x, &c);
	key = X509_get0_pubkey(x);
	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
		snprintf(bits, sizeof bits, "RSA %d", EVP_PKEY_get_bits(key));
		CHECK(strcmp(c.key, bits) == 0);
	}
	EVP_Digest(der.p, der.n, sha256, NULL, EVP_sha256(), NULL);
	CHECK(memcmp(sha256, c.cert_sha256, SHA256_SIZE) == 0);
	X509_free(x);
	certinfo_fini(&c);
	return true;
}

static void
compare_one(void *n, struct bytes der)
{
	*(size_t *)n += compare(der);
}

/* Compare every certificate of a folder of data/; how many could be
 * compared. */
static size_t
compare_all(const char *folder)
{
	size_t n = 0;

	test_each_der(folder, compare_one, &n);
	return n;
}

static void
agrees_with_libcrypto_on_all_specimens(void)
{
	CHECK(compare_all("certs/valid") >= 13);
	CHECK(compare_all("certs/odd") >= 60);
	compare_all("certs/hostile");
}

/* ---- what cannot be read ---- */

static void
every_truncation_is_reported(void)
{
	struct bytes der = test_data("certs/odd/openssl-alt1-cert.der");
	struct certinfo c;

	for (size_t n = 0; n < der.n; n++) {
		certinfo_parse(LEAF_X509, (struct bytes){ der.p, n }, &c);
		CHECK(c.notes.n > 0);
		is_printable_ascii(&c);
		certinfo_fini(&c);
	}
	certinfo_parse(LEAF_X509, (struct bytes){ der.p, 4 }, &c);
	CHECK(strcmp(c.subject, "?") == 0 && strcmp(c.issuer, "?") == 0);
	CHECK(strcmp(c.serial, "?") == 0 && strcmp(c.key, "?") == 0);
	CHECK(c.not_before == CERTINFO_NO_TIME);
	CHECK(c.not_after == CERTINFO_NO_TIME);
	certinfo_fini(&c);
	free((void *)(uintptr_t)der.p);
}

static void
a_key_of_an_unknown_kind_is_shown_by_its_oid(void)
{
	/* ML-DSA-44, NIST CSOR 2.16.840.1.101.3.4.3.17 */
	struct bytes der =
	    test_data("certs/hostile/zlint-sm1-alg-mld44-eff1-pqf1.der");
	struct certinfo c;

	certinfo_parse(LEAF_X509, der, &c);
	CHECK(strcmp(c.key, "2.16.840.1.101.3.4.3.17") == 0 ||
	    strcmp(c.key, "ML-DSA-44") == 0);
	certinfo_fini(&c);
	free((void *)(uintptr_t)der.p);
}

static void
a_bare_tbs_is_described_as_its_certificate(void)
{
	struct bytes der = test_data("certs/odd/openssl-alt1-cert.der");
	struct certinfo whole, bare;
	struct cert c;
	static const uint8_t none[SHA256_SIZE];

	CHECK(cert_parse(der, &c) == CERT_OK);
	certinfo_parse(LEAF_X509, der, &whole);
	certinfo_parse(LEAF_PRECERT, c.tbs, &bare);
	CHECK(bare.tbs && !whole.tbs);
	CHECK(strcmp(whole.subject, bare.subject) == 0);
	CHECK(strcmp(whole.issuer, bare.issuer) == 0);
	CHECK(strcmp(whole.serial, bare.serial) == 0);
	CHECK(strcmp(whole.key, bare.key) == 0);
	CHECK(whole.not_after == bare.not_after);
	CHECK(whole.names.n == bare.names.n && bare.notes.n == 0);
	CHECK(memcmp(whole.tbs_sha256, bare.tbs_sha256, SHA256_SIZE) == 0);
	CHECK(memcmp(whole.spki_sha256, bare.spki_sha256, SHA256_SIZE) == 0);
	CHECK(memcmp(bare.cert_sha256, none, SHA256_SIZE) == 0);
	certinfo_fini(&whole);
	certinfo_fini(&bare);
	free((void *)(uintptr_t)der.p);
}

/* ---- hostile strings and limits ---- */

/* A certificate with these many dNSNames, this CN, and this long a serial. */
static struct bytes
make(size_t names, const char *cn, size_t serial)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	GENERAL_NAMES *all = GENERAL_NAMES_new();
	uint8_t number[LIMIT_SHOWN_SERIAL + 1];
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	uint8_t *der = NULL;
	BIGNUM *big;
	int size;

	memset(number, 0x7f, sizeof number);
	big = BN_bin2bn(number, (int)serial, NULL);
	BN_to_ASN1_INTEGER(big, n);
	X509_set_serialNumber(x, n);
	BN_free(big);
	ASN1_INTEGER_free(n);
	X509_set_version(x, X509_VERSION_3);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_time_adj_ex(X509_getm_notBefore(x), 0, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x), 1, 0, NULL);
	X509_set_pubkey(x, key);
	for (size_t i = 0; i < names; i++) {
		GENERAL_NAME *g = GENERAL_NAME_new();
		ASN1_IA5STRING *s = ASN1_IA5STRING_new();
		char *host = mem_printf("h%zu.example", i);

		ASN1_STRING_set(s, host, -1);
		GENERAL_NAME_set0_value(g, GEN_DNS, s);
		sk_GENERAL_NAME_push(all, g);
		free(host);
	}
	if (names > 0)
		X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0);
	GENERAL_NAMES_free(all);
	CHECK(X509_sign(x, key, NULL) > 0);
	size = i2d_X509(x, &der);
	CHECK(size > 0);
	X509_free(x);
	EVP_PKEY_free(key);
	return (struct bytes){ der, (size_t)size };
}

static void
names_and_serial_have_their_limits(void)
{
	struct bytes der;
	struct certinfo c;

	/* The common name is one of the names that count. */
	der = make(LIMIT_SHOWN_NAMES - 1, "h0.example", LIMIT_SHOWN_SERIAL);
	certinfo_parse(LEAF_X509, der, &c);
	CHECK(c.names.n == LIMIT_SHOWN_NAMES - 1 && c.notes.n == 0);
	CHECK(strlen(c.serial) == (size_t)2 * LIMIT_SHOWN_SERIAL);
	CHECK(strcmp(c.key, "Ed25519") == 0);
	certinfo_fini(&c);
	OPENSSL_free((void *)(uintptr_t)der.p);

	der = make(LIMIT_SHOWN_NAMES, "h0.example", LIMIT_SHOWN_SERIAL + 1);
	certinfo_parse(LEAF_X509, der, &c);
	CHECK(c.names.n == LIMIT_SHOWN_NAMES - 1);
	CHECK(list_is(&c.notes,
	    "the first 1000 of 1001 names are shown|the serial number is of "
	    "unusual length|"));
	CHECK(strstr(c.serial, "7f...") != NULL);
	certinfo_fini(&c);
	OPENSSL_free((void *)(uintptr_t)der.p);
}

static void
a_hostile_name_stays_text(void)
{
	struct bytes der = make(0, "a\033[2J\nb,\xc3\xbc\\", 1);
	struct certinfo c;

	certinfo_parse(LEAF_X509, der, &c);
	is_printable_ascii(&c);
	/* RFC 4514, 2.4: special characters and bytes by a backslash. */
	CHECK(strcmp(c.subject, "CN=a\\1B[2J\\0Ab\\,\\C3\\BC\\\\") == 0);
	CHECK(list_is(&c.names, "a\\x1b[2J\\x0ab,\\xc3\\xbc\\\\|"));
	certinfo_fini(&c);
	OPENSSL_free((void *)(uintptr_t)der.p);
}

int
main(void)
{
	shows_what_openssl_shows();
	names_are_listed_by_their_kind();
	agrees_with_libcrypto_on_all_specimens();
	every_truncation_is_reported();
	a_key_of_an_unknown_kind_is_shown_by_its_oid();
	a_bare_tbs_is_described_as_its_certificate();
	names_and_serial_have_their_limits();
	a_hostile_name_stays_text();
	return 0;
}
