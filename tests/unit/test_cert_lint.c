/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/cert_lint.h"
#include <ctwatch/base/text.h>
#include <ctwatch/policy/cert_use.h>

#include "../support/make_cert.h"

#define DAY INT64_C(86400)
#define DV  "2.23.140.1.2.1" /* domain validated, as public CAs assert */

static EVP_PKEY *key, *ca;

/* What is checked beside the certificate itself, and how. */
struct scene {
	struct make_cert made;
	bool tbs;
	uint64_t sct_timestamp;
	int64_t now; /* default 2030-01-01 */
	int max_validity_days;
	struct bytes above; /* a CA certificate whose key is known */
};

/* "CTW030/medium CTW031/low" of the certificate; the caller frees. */
static char *
faults(const struct scene *s)
{
	struct make_cert m = s->made;
	struct chain chain = { .n = 1, .der = { s->above } };
	struct cert_lint_input in = { .tbs = s->tbs,
		.chain = &chain,
		.now = s->now != 0 ? s->now : make_cert_day("2030-01-01"),
		.sct_timestamp = s->sct_timestamp,
		.max_validity_days = s->max_validity_days };
	struct cert_lint found;
	struct cert cert;
	struct buf b;

	m.key = m.key != NULL ? m.key : key;
	m.ca_key = m.ca_key != NULL ? m.ca_key : ca;
	m.names = m.names != NULL ? m.names : "DNS:www.example.com";
	in.der = s->tbs ? make_cert_tbs(&m) : make_cert_der(&m);
	CHECK((s->tbs ? cert_parse_tbs(in.der, &cert)
	              : cert_parse(in.der, &cert)) == CERT_OK);
	in.cert = &cert;
	CHECK(asn1_time_parse(cert.not_before, &in.not_before));
	CHECK(asn1_time_parse(cert.not_after, &in.not_after));
	cert_lint_check(&in, &found);
	buf_init(&b, 4096);
	for (size_t i = 0; i < found.n; i++)
		buf_printf(&b, "%s%s/%s", i > 0 ? " " : "", found.v[i].rule,
		    rules_severity_word(found.v[i].severity));
	cert_lint_fini(&found);
	make_cert_free(in.der);
	return buf_detach(&b);
}

static void
check(const struct scene *s, const char *want, int line)
{
	char *got = faults(s);

	if (strcmp(got, want) != 0)
		fprintf(stderr, "line %d: %s, not %s\n", line, got, want);
	CHECK(strcmp(got, want) == 0);
	free(got);
}

#define FOUND(want, ...) check(&(struct scene){ __VA_ARGS__ }, want, __LINE__)

/* The steps that zlint's lints of 398, 200, 100 and 47 days take. */
static void
validity_is_held_to_the_rules_of_its_first_day(void)
{
	static const struct {
		const char *from;
		int most;
	} t[] = { { "2020-09-01", 398 }, { "2026-03-14", 398 },
		{ "2026-03-15", 200 }, { "2027-03-14", 200 },
		{ "2027-03-15", 100 }, { "2029-03-14", 100 },
		{ "2029-03-15", 47 } };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t from = make_cert_day(t[i].from);

		/* Both ends count: a second less is the whole time. */
		FOUND("",
		    .made = { .not_before = from,
		        .seconds = (t[i].most - 1) * DAY - 1 });
		FOUND("CTW030/note",
		    .made = {
		        .not_before = from, .seconds = t[i].most * DAY - 1 });
		FOUND("CTW030/medium",
		    .made = { .not_before = from, .seconds = t[i].most * DAY });
	}
	/* The second before a step. */
	FOUND("CTW030/note",
	    .made = { .not_before = make_cert_day("2026-03-15") - TIME_SECOND,
	        .seconds = 398 * DAY - 1 });
	FOUND("",
	    .made = { .not_before = make_cert_day("2020-08-31"),
	        .seconds = 825 * DAY });
	FOUND("CTW030/medium", .made = { .seconds = 90 * DAY },
	    .max_validity_days = 90);
	FOUND("", .made = { .seconds = 90 * DAY - 1 }, .max_validity_days = 90);
}

static void
a_start_before_the_logging_is_backdated(void)
{
	uint64_t start = (uint64_t)make_cert_day("2026-10-01");

	FOUND("", .tbs = true, .sct_timestamp = start + 2 * 86400000);
	FOUND("CTW031/low", .tbs = true,
	    .sct_timestamp = start + 2 * 86400000 + 1);
	/* A final certificate may be logged by anyone at any time. */
	FOUND("", .sct_timestamp = start + 900 * UINT64_C(86400000));
	FOUND("CTW031/low", .now = make_cert_day("2026-09-30"));
	FOUND("", .now = make_cert_day("2026-10-01"));
}

static void
usage_is_that_of_servers(void)
{
	FOUND("", .made = { .usage = "" });
	FOUND("", .made = { .usage = "serverAuth,clientAuth" });
	FOUND("CTW034/low", .made = { .usage = "clientAuth" });
	FOUND("CTW034/low", .made = { .usage = "emailProtection" });
	FOUND("CTW034/medium", .made = { .usage = "anyExtendedKeyUsage" });
	FOUND("CTW034/medium",
	    .made = { .usage = "serverAuth,1.3.6.1.4.1.11129.2.4.4" });
	FOUND("CTW034/low", .tbs = true,
	    .made = { .usage = "serverAuth,clientAuth",
	        .policies = DV,
	        .not_before = make_cert_day("2027-03-15") });
	FOUND("", .tbs = true,
	    .made = { .usage = "serverAuth,clientAuth",
	        .policies = DV,
	        .not_before = make_cert_day("2027-03-15") - TIME_SECOND });
}

static void
public_certificates_can_be_revoked(void)
{
	FOUND("", .tbs = true, .made = { .policies = DV });
	FOUND("", .tbs = true, .made = { .crl = "" });
	FOUND("CTW035/low", .tbs = true, .made = { .policies = DV, .crl = "" });
	FOUND("", .tbs = true,
	    .made = { .policies = DV,
	        .crl = "",
	        .raw_oid = "authorityInfoAccess",
	        .raw_value = "OCSP;URI:http://ca.example/ocsp" });
	FOUND("CTW035/low", .tbs = true,
	    .made = { .policies = DV,
	        .crl = "",
	        .raw_oid = "authorityInfoAccess",
	        .raw_value = "caIssuers;URI:http://ca.example/ca" });
	/* Short-lived: 7 days, 10 before 2026-03-15. */
	FOUND("", .tbs = true,
	    .made = { .policies = DV, .crl = "", .seconds = 7 * DAY - 1 });
	FOUND("CTW035/low", .tbs = true,
	    .made = { .policies = DV, .crl = "", .seconds = 7 * DAY });
	FOUND("", .tbs = true,
	    .made = { .policies = DV,
	        .crl = "",
	        .seconds = 10 * DAY - 1,
	        .not_before = make_cert_day("2026-03-14") });
}

static void
name_constraints_are_checked(void)
{
	struct make_cert m = { .key = ca,
		.ca_key = ca,
		.subject = "Test CA",
		.basic = "CA:TRUE",
		.constraints = "permitted;DNS:example.org" };
	struct bytes limited = make_cert_der(&m), fitting;

	m.constraints = "permitted;DNS:example.com";
	fitting = make_cert_der(&m);
	FOUND("CTW032/medium", .above = limited);
	FOUND("CTW032/medium", .tbs = true, .above = limited);
	FOUND("", .above = fitting);
	FOUND("CTW032/medium",
	    .made = { .constraints = "permitted;DNS:example.com" });
	make_cert_free(limited);
	make_cert_free(fitting);
}

static void
a_ca_certificate_is_critical(void)
{
	FOUND("CTW033/critical", .made = { .basic = "CA:TRUE" });
	FOUND("CTW033/critical", .made = { .basic = "critical,CA:TRUE" });
	FOUND("", .made = { .basic = "" });
}

static void
public_certificates_carry_scts(void)
{
	FOUND("CTW036/note", .made = { .policies = DV });
	FOUND("",
	    .made = {
	        .policies = DV, .not_before = make_cert_day("2018-04-29") });
	FOUND("", .tbs = true, .made = { .policies = DV });
	FOUND("CTW037/medium",
	    .made = { .raw_oid = "1.3.6.1.4.1.11129.2.4.2",
	        .raw_value = "DER:04:04:00:04:00:02" });
}

static void
keys_are_checked(void)
{
	EVP_PKEY *k1 = EVP_EC_gen("secp256k1");

	FOUND("CTW044/medium", .made = { .key = k1 });
	EVP_PKEY_free(k1);
}

static void
broken_signatures_are_found(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	FOUND("", .made = { .ca_key = rsa });
	FOUND("", .made = { .ca_key = rsa, .md = EVP_sha512() });
	FOUND("CTW045/high", .made = { .ca_key = rsa, .md = EVP_sha1() });
	FOUND("CTW045/high", .made = { .md = EVP_sha1() });
	FOUND("CTW045/high",
	    .made = { .ca_key = rsa,
	        .md = EVP_sha1(),
	        .not_before = make_cert_day("2016-01-01") });
	FOUND("",
	    .made = { .ca_key = rsa,
	        .md = EVP_sha1(),
	        .not_before = make_cert_day("2015-12-31") });
	FOUND("CTW045/high",
	    .made = { .ca_key = rsa,
	        .md = EVP_md5(),
	        .not_before = make_cert_day("2010-01-01") });
	FOUND("CTW045/medium", .made = { .ca_key = rsa, .md = EVP_sha224() });
	FOUND("CTW045/medium", .made = { .ca_key = ed });
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed);
}

static void
unusual_names_are_reported(void)
{
	static const char *const odd[] = { "DNS:a b.example.com",
		"DNS:www.*.example.com", "DNS:w*.example.com",
		"DNS:*.*.example.com", "DNS:*" };

	FOUND("", .made = { .names = "DNS:*.example.com" });
	FOUND("", .made = { .names = "DNS:_dmarc.example.com" });
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		FOUND("CTW061/medium", .made = { .names = odd[i] });
	/* example.com NUL .evil.test, then one more subjectAltName */
	FOUND("CTW061/medium",
	    .made = { .names = "",
	        .raw_oid = "subjectAltName",
	        .raw_value = "DER:30:0b:82:09:65:78:2e:63:6f:00:2e:65:76" });
	FOUND("CTW061/medium",
	    .made = { .raw_oid = "subjectAltName",
	        .raw_value = "DER:30:09:82:07:65:78:2e:63:6f:6d:70" });
}

static void
policies_and_hosts_are_recognised(void)
{
	struct make_cert m = { .key = key,
		.ca_key = ca,
		.names = "DNS:www.example.com,DNS:*.example.org",
		.subject = "cn.example.com",
		.policies = "1.2.3.4," DV };
	struct bytes der = make_cert_der(&m);
	struct cert c;

	CHECK(cert_parse(der, &c) == CERT_OK);
	CHECK(cert_use_asserts(&c, DV) && cert_use_asserts(&c, "1.2.3.4"));
	CHECK(!cert_use_asserts(&c, "2.23.140.1.2.2"));
	CHECK(!cert_use_asserts(&c, "1.2.3") && !cert_use_asserts(&c, "x"));
	CHECK(!cert_use_is_ca(&c));
	CHECK(cert_use_serves(der, "www.example.com"));
	CHECK(cert_use_serves(der, "a.example.org"));
	CHECK(!cert_use_serves(der, "example.org"));
	CHECK(!cert_use_serves(der, "a.b.example.org"));
	CHECK(!cert_use_serves(der, "cn.example.com"));
	CHECK(!cert_use_serves(
	    (struct bytes){ der.p, der.n - 1 }, "www.example.com"));
	make_cert_free(der);
}

/*
 * A real certificate, its issuer from the log's extra_data, and the keys of
 * the three logs, from Google's log list.
 */
/* Put the ID of the key in the file name in the place of that of SCT number
 * nth, from 1, of the certificate. */
static void
make_mimic(struct bytes der, int nth, const char *name)
{
	/* a vector of 0x76 or 0x77 bytes, v1 */
	uint8_t *p = (uint8_t *)(uintptr_t)der.p, *end = p + der.n;
	struct bytes spki = test_data(name);

	for (; p + 4 < end; p++)
		if (p[0] == 0 &&
		    (p[1] == 0x75 || p[1] == 0x76 || p[1] == 0x77) &&
		    p[2] == 0 && --nth == 0)
			break;
	CHECK(nth == 0);
	sha256_digest(spki, p + 3);
	free((void *)(uintptr_t)spki.p);
}

static void
real_scts_verify(void)
{
	static const char *const log_keys[] = {
		/* Xenon 2025h1, Yeti 2025, Nessie 2025 */
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEguLOkEA/gQ7f6uEgK14uMFRG"
		"gblY7a+9/zanngtfamuRpcGY4fLN6xcgcMoqEuZUeFDc/239HKe2Oh/5Jqkb"
		"vQ==",
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE35UAXhDBAfc34xB00f+yypDt"
		"MplfDDn+odETEazRs3OTIMITPEy1elKGhj3jlSR82JGYSDvw8N8h8bCBWlkl"
		"Qw==",
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8vDwp4uBLgk5O59C2jhEX7TM"
		"7Ta72EN/FklXhwR/pQE09+hoP7d4H2BmLWeadYC3U6eF1byrRwZV27XfiKFv"
		"OA==",
	};
	struct bytes der =
	    test_data("certs/valid/nimbus2025-27632033-leaf.der");
	struct bytes above =
	    test_data("certs/valid/nimbus2025-27632033-issuer.der");
	struct sct_log logs[3];
	uint8_t issuer[SHA256_SIZE];
	struct cert leaf, ca_cert;
	struct sct_summary s;

	for (size_t i = 0; i < 3; i++) {
		struct bytes text = bytes_of(log_keys[i]);
		uint8_t spki[128];
		size_t n;

		CHECK(text_unbase64(text, spki, &n));
		sha256_digest((struct bytes){ spki, n }, logs[i].id);
		logs[i].key = tree_head_key_new((struct bytes){ spki, n });
		CHECK(logs[i].key != NULL);
	}
	CHECK(cert_parse(der, &leaf) == CERT_OK);
	CHECK(cert_parse(above, &ca_cert) == CERT_OK);
	cert_pin(&ca_cert, issuer);
	sct_check(&leaf, issuer, logs, 3, &s);
	CHECK(s.n == 3 && s.bad == 0 && s.unknown == 0 && s.malformed == 0);
	/* 2024-04-18T01:37:31.760Z, as pyca/cryptography reads it */
	CHECK(s.earliest == UINT64_C(1713404251760));
	sct_check(&leaf, issuer, logs, 2, &s);
	CHECK(s.n == 3 && s.bad == 0 && s.unknown == 1);
	sct_check(&leaf, NULL, logs, 3, &s);
	CHECK(s.n == 3 && s.bad == 0 && s.unknown == 0);
	issuer[0] ^= 1;
	sct_check(&leaf, issuer, logs, 3, &s);
	CHECK(s.n == 3 && s.bad == 3);
	issuer[0] ^= 1;
	/* The log's ID, and the key of another. */
	memcpy(logs[0].id, logs[1].id, SHA256_SIZE);
	sct_check(&leaf, issuer, logs, 1, &s);
	CHECK(s.bad == 1 && s.unknown == 2);
	/* A mimic log's is bad, whatever keys are known. */
	make_mimic(der, 3, "loglists/mimic-1.spki.der");
	sct_check(&leaf, NULL, NULL, 0, &s);
	CHECK(s.n == 3 && s.bad == 1 && s.unknown == 0);
	make_mimic(der, 1, "loglists/mimic-2.spki.der");
	sct_check(&leaf, NULL, NULL, 0, &s);
	CHECK(s.n == 3 && s.bad == 2);
	for (size_t i = 0; i < 3; i++)
		tree_head_key_free(
		    (struct tree_head_key *)(uintptr_t)logs[i].key);
	free((void *)(uintptr_t)der.p);
	free((void *)(uintptr_t)above.p);
}

int
main(void)
{
	key = make_cert_key();
	ca = make_cert_key();
	validity_is_held_to_the_rules_of_its_first_day();
	a_start_before_the_logging_is_backdated();
	usage_is_that_of_servers();
	public_certificates_can_be_revoked();
	name_constraints_are_checked();
	a_ca_certificate_is_critical();
	public_certificates_carry_scts();
	keys_are_checked();
	broken_signatures_are_found();
	unusual_names_are_reported();
	policies_and_hosts_are_recognised();
	real_scts_verify();
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca);
	return 0;
}
