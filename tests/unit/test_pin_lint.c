/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/pin_lint.h>

#include "../support/test.h"

#define LEAF  "2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg="
#define ROOT  "kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o="
#define OTHER "afwiKY3RxoMmLkuRW1l7QsPZTJPwDS2pdDROQjXw8ig="

static const int64_t now = INT64_C(1795000000000); /* 2026-11-18 */

static size_t
count(const struct pin_lint *l, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += strcmp(l->v[i].rule->id, id) == 0;
	return n;
}

/* Read text, judge it, and say what rules it met; "" is none. */
static bool
meets(const char *text, const char *wanted)
{
	struct pin_lint l = { .now = now };
	struct pinlist list = { 0 };
	struct buf error, said;
	bool same;

	buf_init(&error, 4096);
	buf_init(&said, 4096);
	CHECK(formats_read(NULL, bytes_of(text), "f", &list, &error, NULL));
	pin_lint_list(&l, &list);
	for (size_t i = 0; i < l.n; i++)
		buf_printf(&said, "%s%s", i > 0 ? " " : "", l.v[i].rule->id);
	same = strcmp(buf_text(&said), wanted) == 0;
	if (!same)
		fprintf(
		    stderr, "%s\n%s, not %s\n", text, buf_text(&said), wanted);
	pin_lint_fini(&l);
	pinlist_fini(&list);
	buf_fini(&error);
	buf_fini(&said);
	return same;
}

/* Android's file with the attributes of a pin-set, a digest and more. */
#define NSC(set, digest, more)                                                 \
	"<network-security-config><domain-config><domain>a.example</domain>"   \
	"<pin-set " set "><pin digest=\"" digest "\">" LEAF "</pin>"           \
	"<pin digest=\"SHA-256\">" ROOT "</pin></pin-set>" more                \
	"</domain-config></network-security-config>"

static void
finds_every_bad_pin(void)
{
	static const char *const cases[][2] = {
		{ "sha256/" LEAF, "" },
		/* The SHA-256, SHA-1, MD5 and SHA-512 of nothing. */
		{ "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		    "PIN01" },
		{ "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "PIN01" },
		{ "md5/1B2M2Y8AsgTpgAmY7PhCfg==", "PIN01" },
		{ "sha512/z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/"
		  "SpIdNs6c5H0NE8XYXysP"
		  "+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
		    "PIN01" },
		/* Of an empty line. */
		{ "sha256/AbpHGcgLb+kRsJGnwFEktk7uzpZOCcBY74+YBdrKVGs=",
		    "PIN01" },
		{ "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		    "PIN02" },
		{ "sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=",
		    "PIN02" },
		{ "sha256/YOUR_PIN_HERE", "PIN02 PIN03" },
		/* 44 characters and a padding: 33 bytes. */
		{ "sha256/XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX=",
		    "PIN02 PIN03" },
		{ "sha256/" LEAF "AAAA", "PIN03" },
		{ "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg",
		    "PIN04" },
		{ "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSh=",
		    "PIN04" },
		{ "sha256/kEMbGMqYkCwd4jg7eMa-uuaSFBGLZkfxxNcAjcb6l_o=",
		    "PIN04" },
		{ "sha1/4VzbJPDRMX+0XgCkTQTDvR0Xa5E=", "PIN06" },
		{ "www.example.com sha256/" LEAF, "PIN07" },
		{ "www.example.com sha256/" LEAF " sha256/" LEAF,
		    "PIN14 PIN07" },
		{ "www.example.com sha256/" LEAF " sha256/" ROOT, "" },
		{ "www.*.example.com sha256/" LEAF " sha256/" ROOT, "PIN12" },
		{ "example.com:443 sha256/" LEAF " sha256/" ROOT, "PIN12" },
		{ "example.com. sha256/" LEAF " sha256/" ROOT, "PIN12" },
		{ "https://example.com/ sha256/" LEAF " sha256/" ROOT,
		    "PIN12" },
		{ "m\xc3\xbcller.example sha256/" LEAF " sha256/" ROOT,
		    "PIN12" },
		{ "**.co.uk sha256/" LEAF " sha256/" ROOT, "PIN12" },
		{ "{\"www.example.com\": {\"publicKeyHashes\": [\"" LEAF
		  "\", \"" ROOT "\"], \"expirationDate\": \"2026-11-01\"}}",
		    "PIN11" },
		{ "{\"www.example.com\": {\"publicKeyHashes\": [\"" LEAF
		  "\", \"" ROOT "\"], \"expirationDate\": \"2026-12-01\"}}",
		    "PIN11" },
		{ "{\"www.example.com\": {\"publicKeyHashes\": [\"" LEAF
		  "\", \"" ROOT "\"], \"expirationDate\": \"2027-12-01\"}}",
		    "" },
		{ "<network-security-config><domain-config>"
		  "<domain>a.example</domain><domain>a.example</domain>"
		  "<pin-set><pin digest=\"SHA-256\">" LEAF "</pin>"
		  "<pin digest=\"SHA-256\">" ROOT "</pin></pin-set>"
		  "</domain-config></network-security-config>",
		    "PIN12" },
		/* What Android reads otherwise, or not at all. */
		{ NSC("expiration=\"2018/8/10\"", "SHA-256", ""), "PIN11" },
		{ NSC("expiration=\"2027-12-01\"", "SHA-256", ""), "" },
		{ NSC("", "SHA-512", ""), "PIN13" },
		{ NSC("", "SHA-256",
		      "<trust-anchors><certificates src=\"@raw/ca\" "
		      "overridePins=\"true\"/></trust-anchors>"),
		    "PIN16" },
		{ NSC("", "SHA-256",
		      "<trust-anchors><certificates src=\"user\"/>"
		      "</trust-anchors>"),
		    "PIN16" },
		{ NSC("", "SHA-256",
		      "<trust-anchors><certificates src=\"system\"/>"
		      "</trust-anchors>"),
		    "" },
		/* OkHttp ends with an exception, curl never matches. */
		{ "CertificatePinner.Builder().add(\"a.example\", \"sha256/"
		  "d809218fd3f5df4a9cebc5144b8c922d2718984b950ebd974a64e183648b"
		  "4928\", \"sha256/" ROOT "\")",
		    "PIN04" },
		{ "a.example sha256:"
		  "d809218fd3f5df4a9cebc5144b8c922d2718984b950ebd974a64e183648b"
		  "4928 sha256/" ROOT,
		    "" },
		{ "{\"enforcePinning\": false, \"domains\": {\"a.example\": "
		  "{\"hashes\": [\"" LEAF "\", \"" ROOT "\"]}}}",
		    "PIN16" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(meets(cases[i][0], cases[i][1]));
}

/* The digest of the public key's PEM text, by openssl dgst -sha256. */
static void
identifies_a_digest_by_the_certificate(void)
{
	struct bytes der = test_data("pins/leaf.der");
	struct key_input_list certs;
	struct pinlist list = { 0 }, blocked = { 0 };
	struct pin_lint l = {
		.now = now, .certs = &certs, .blocked = &blocked
	};
	struct pinlist_host *h;
	struct buf error;

	buf_init(&error, 4096);
	CHECK(key_input_read(der, &certs, &error));
	h = pinlist_add_host(&list, NULL, HOST_PATTERN_HOST);
	pinlist_add_pin(
	    h, "sha256/g+27ZxUs7BD1xIQZZXzEafuYXeHI5M58B+GKsiFwodA=");
	pinlist_add_pin(
	    h, "sha256/AT1oyWKmUacY2Zu0nK2ol0VqtdyZVouVaAwyI4amYdo=");
	pinlist_add_pin(h, "sha256/" LEAF);
	pinlist_add_pin(h, "sha256/" OTHER);
	h = pinlist_add_host(&blocked, NULL, HOST_PATTERN_HOST);
	pinlist_add_pin(h, "sha256/" OTHER);
	pin_lint_list(&l, &list);
	CHECK(count(&l, "PIN05") == 2);
	CHECK(count(&l, "PIN15") == 1);
	CHECK(l.n == 3 && pin_lint_errors(&l) == 3);
	CHECK(strstr(l.v[0].text, "PEM text of the public key") != NULL);
	CHECK(strstr(l.v[1].text, "whole certificate") != NULL);
	pin_lint_fini(&l);
	pinlist_fini(&list);
	pinlist_fini(&blocked);
	key_input_fini(&certs);
	buf_fini(&error);
	free((void *)(uintptr_t)der.p);
}

static bool
only_leaf_was_seen(void *arg, const uint8_t spki[static SHA256_SIZE])
{
	(void)arg;
	return spki[0] == 0xd8; /* LEAF */
}

/* The rules that a pinset with these members meets. */
static bool
pinset_meets(const char *members, const char *wanted)
{
	char *text =
	    mem_printf("{\"format\": \"ctwatch-pinset/1\", \"name\": \"x\","
	               "\"version\": 1, %s}",
	        members);
	struct pin_lint l = { .now = now, .seen = only_leaf_was_seen };
	struct buf error, said;
	struct pinset *p;
	bool same;

	buf_init(&error, 4096);
	buf_init(&said, 4096);
	p = pinset_parse(bytes_of(text), "p", &error);
	if (p == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(p != NULL);
	pin_lint_pinset(&l, p);
	for (size_t i = 0; i < l.n; i++)
		buf_printf(&said, "%s%s%s", i > 0 ? " " : "", l.v[i].rule->id,
		    l.v[i].error ? "!" : "");
	same = strcmp(buf_text(&said), wanted) == 0;
	if (!same)
		fprintf(stderr, "%s\n%s, not %s\n", members, buf_text(&said),
		    wanted);
	pinset_free(p);
	pin_lint_fini(&l);
	buf_fini(&error);
	buf_fini(&said);
	free(text);
	return same;
}

#define KEY(id, pin, state)                                                    \
	"{\"id\": \"" id "\", \"spki\": \"sha256/" pin                         \
	"\", \"state\": \"" state "\"}"
#define TWO                                                                    \
	"\"keys\": [" KEY("a", LEAF, "active") "," KEY("b", ROOT, "backup") "]"
#define FAR "\"expires\": \"2027-12-01T00:00:00Z\","

static void
judges_pinsets(void)
{
	CHECK(
	    pinset_meets(FAR TWO ", \"domains\": [{\"pattern\": "
	                         "\"example.com\", \"keys\": [\"a\", \"b\"]}]",
	        ""));
	CHECK(pinset_meets(TWO ", \"domains\": []", "PIN11"));
	CHECK(pinset_meets("\"expires\": \"2026-12-01T00:00:00Z\"," TWO
	                   ", \"domains\": []",
	    "PIN11"));
	CHECK(pinset_meets("\"expires\": \"2026-11-01T00:00:00Z\"," TWO
	                   ", \"domains\": []",
	    "PIN11!"));
	CHECK(pinset_meets(FAR TWO ", \"domains\": [{\"pattern\": "
	                           "\"example.com\", \"keys\": [\"b\"]}]",
	    "PIN07!"));
	/* A domain that is only monitored locks no client out. */
	CHECK(pinset_meets(FAR TWO
	    ", \"domains\": [{\"pattern\": "
	    "\"example.com\", \"mode\": \"monitor\", \"keys\": [\"b\"]}]",
	    "PIN07"));
	CHECK(pinset_meets(FAR TWO ", \"domains\": [{\"pattern\": "
	                           "\"example.com\"}]",
	    ""));
	/* No backup; and one that was used already. */
	CHECK(pinset_meets(FAR
	    "\"keys\": [" KEY("a", LEAF, "active") "," KEY("b", ROOT,
	        "active") "], \"domains\": [{\"pattern\": "
	                  "\"example.com\", \"keys\": [\"a\", \"b\"]}]",
	    "PIN08"));
	CHECK(pinset_meets(FAR
	    "\"keys\": [" KEY("a", LEAF, "backup") "," KEY("b", ROOT,
	        "active") "], \"domains\": [{\"pattern\": "
	                  "\"example.com\", \"keys\": [\"a\", \"b\"]}]",
	    "PIN08"));
	/* CAs of one operator, one of them with a sibling. */
	CHECK(pinset_meets(FAR TWO
	    ", \"issuers\": ["
	    "{\"id\": \"y1\", \"spki\": \"sha256/" LEAF
	    "\", \"caa\": \"ca.example\"},"
	    "{\"id\": \"y2\", \"spki\": \"sha256/" ROOT
	    "\", \"caa\": \"ca.example\"}],"
	    "\"domains\": [{\"pattern\": \"example.com\", \"kind\": \"ca\","
	    " \"keys\": [\"a\", \"b\"]}]",
	    "PIN09"));
	CHECK(pinset_meets(FAR TWO
	    ", \"issuers\": ["
	    "{\"id\": \"y1\", \"spki\": \"sha256/" LEAF
	    "\", \"caa\": \"ca.example\"},"
	    "{\"id\": \"z\", \"spki\": \"sha256/" ROOT
	    "\", \"caa\": \"other.example\"},"
	    "{\"id\": \"y2\", \"spki\": \"sha256/" OTHER
	    "\", \"caa\": \"ca.example\"}],"
	    "\"domains\": [{\"pattern\": \"example.com\", \"kind\": \"ca\","
	    " \"keys\": [\"a\", \"b\"]}]",
	    "PIN10"));
	/* Apple has one label below a host; curl no CAs; "foo" is unknown. */
	CHECK(pinset_meets(FAR TWO
	    ", \"domains\": [{\"pattern\": "
	    "\"**.example.com\", \"keys\": [\"a\", \"b\"], \"consumers\": "
	    "[\"ios\", \"x\"]}], \"consumers\": [{\"id\": \"ios\", "
	    "\"format\": \"apple\"}, {\"id\": \"x\", \"format\": \"foo\"}]",
	    "PIN13 PIN13"));
}

/* RFC 9500, 2.3, testECCP256. */
static void
recognises_published_keys(void)
{
	static const char pem[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71v"
	    "c75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==\n"
	    "-----END PUBLIC KEY-----\n";
	struct pin_lint l = { .now = now };
	struct pinlist list = { 0 };
	struct buf error;

	buf_init(&error, 4096);
	CHECK(formats_read(NULL, bytes_of(pem), "f", &list, &error, NULL));
	pin_lint_list(&l, &list);
	CHECK(count(&l, "PIN15") == 1 && pin_lint_errors(&l) == 1);
	pin_lint_fini(&l);
	pinlist_fini(&list);
	buf_fini(&error);
}

static void
numbers_its_rules(void)
{
	size_t n;
	const struct pin_lint_rule *rules = pin_lint_rules(&n);

	CHECK(n == 18);
	for (size_t i = 0; i < n; i++) {
		char id[32];

		snprintf(id, sizeof id, "PIN%02zu", i + 1);
		CHECK(strcmp(rules[i].id, id) == 0);
		CHECK(rules[i].meaning != NULL && rules[i].reference != NULL);
	}
}

int
main(void)
{
	numbers_its_rules();
	finds_every_bad_pin();
	identifies_a_digest_by_the_certificate();
	judges_pinsets();
	recognises_published_keys();
	return 0;
}
