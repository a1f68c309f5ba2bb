/* SPDX-License-Identifier: Apache-2.0 */
/* formats: read pin files. */
#include <string.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>

#include "../support/read_pins.h"
#include "../support/test.h"

/*
 * What each specimen says: a line for each host, "!" for an exception, "~" for
 * one that is only monitored, then its pins: L and R are the two above, ":leaf"
 * and ":ca" for where they may match, ":cert" for digests of certificates,
 * ":bad" for forbidden ones.
 */
static const struct {
	const char *file, *format;
	size_t warnings;
	const char *says;
} specimens[] = {
	{ "okhttp.kt", "okhttp", 0,
	    "publicobject.com " OKHTTP "\n"
	    "**.example.com L R\n"
	    "*.example.net R\n" },
	{ "okhttp.java", "okhttp", 0, "www.example.com L R\n" },
	{ "okhttp-constants.kt", "okhttp", 1,
	    "www.example.com L R\n"
	    "*.example.net L\n"
	    "lost.example.net R\n" },
	{ "okhttp-constants.java", "okhttp", 0, "www.example.com L R\n" },
	{ "okhttp-failure.txt", "okhttp", 2,
	    "publicobject.com " OKHTTP " " OKHTTP2 "\n" },
	{ "trustkit.plist", "trustkit", 0,
	    "**.example.com L R\n"
	    "!status.example.com\n" },
	{ "trustkit.swift", "trustkit", 0,
	    "**.example.com L R\n"
	    "!status.example.com\n" },
	{ "trustkit.m", "trustkit", 0, "~**.www.example.com L R\n" },
	{ "apple.plist", "apple", 2,
	    "example.com L:leaf R:ca\n"
	    "*.example.com L:leaf R:ca\n"
	    "empty.example.com\n" },
	{ "android.xml", "android", 2,
	    "**.example.com L R\n"
	    "nested.example.com L R\n"
	    "!status.example.com\n"
	    "a.example.net\n"
	    "b.example.net\n" },
	{ "hpkp.txt", "hpkp", 0, "(any host) " RFC1 " " RFC2 "\n" },
	{ "hpkp-nginx.conf", "hpkp", 0,
	    "(any host) " RFC3 " " RFC1 "\n"
	    "~(any host) " RFC3 "\n" },
	{ "curl.txt", "curl", 0, "(any host) L:leaf R:leaf\n" },
	{ "curl-blank.txt", "curl", 1, "(any host) L:leaf\n" },
	{ "tlsa-type52.zone", "tlsa", 0, "www.example.com:443 L:leaf\n" },
	/* Owners by $ORIGIN and of the line before; a port of UDP is lost. */
	{ "tlsa-origin.zone", "tlsa", 1,
	    "www.example.com:443 L:leaf R:ca\n"
	    "www.example.com:25 L:leaf\n"
	    "www.example.com L:leaf\n" },
	{ "tlsa.zone", "tlsa", 0,
	    "www.example.com:443 L:leaf R:ca L:leaf "
	    "AT1oyWKmUacY2Zu0nK2ol0VqtdyZVouVaAwyI4amYdo=:leaf:cert\n"
	    "mail.example.com:25 (64 bytes):leaf\n" },
	{ "envoy.json", "envoy", 0,
	    "(any host) L:leaf R:leaf "
	    "AT1oyWKmUacY2Zu0nK2ol0VqtdyZVouVaAwyI4amYdo=:leaf:cert\n" },
	{ "react-native.json", "react-native", 0, "**.example.com L R\n" },
	{ "pins.json", "react-native", 0, "~www.example.com L\n" },
	{ "chrome.pins", "chrome", 0, "(any host) L R " OKHTTP "\n" },
	{ "firefox.h", "firefox", 0,
	    "**.example.com L R\n"
	    "~test.example.com L R\n" },
	{ "kubeadm.txt", "hex", 0, "(any host) L\n" },
	{ "colon.txt", "hex", 0,
	    "(any host) AT1oyWKmUacY2Zu0nK2ol0VqtdyZVouVaAwyI4amYdo=:cert "
	    "L\n" },
	{ "venafi.csv", "csv", 0, "www.example.com L\n" },
	{ "lemur.csv", "csv", 0, "www.example.com L\n" },
	{ "immudb.json", "immudb-vault", 0, "www.example.com L\n" },
	{ "immudb-several.json", "immudb-vault", 2, "www.example.com L R\n" },
	{ "slash.txt", "plain", 0, "www.example.com " SLASH " L\n" },
	{ "plain.txt", "plain", 0,
	    "**.example.com L R\n"
	    "www.example.net L\n" },
	{ "leaf.der", "pem", 0, "(any host) L:leaf\n" },
	{ "public.pem", "pem", 0, "(any host) L\n" },
	{ "request.pem", "pem", 0, "(any host) L\n" },
	{ "wrapped.txt", "pem", 0, "(any host) L:leaf\n" },
	{ "chain.txt", "pem", 0, "(any host) L:leaf R:ca\n" },
};

#define N_SPECIMENS (sizeof specimens / sizeof *specimens)

static void
reads_every_specimen(void)
{
	for (size_t i = 0; i < N_SPECIMENS; i++) {
		struct bytes text = specimen(specimens[i].file);
		const struct formats_format *found = NULL;
		struct pinlist l = { 0 };
		struct buf error;
		char *said;

		buf_init(&error, 4096);
		if (!formats_read(
		        NULL, text, specimens[i].file, &l, &error, &found))
			fprintf(stderr, "%s\n", buf_text(&error));
		pinlist_resolve(&l);
		said = say(&l);
		if (strcmp(said, specimens[i].says) != 0 ||
		    l.n_warnings != specimens[i].warnings)
			fprintf(stderr, "%s: %zu warnings:\n%s",
			    specimens[i].file, l.n_warnings, said);
		CHECK(found != NULL &&
		    strcmp(found->name, specimens[i].format) == 0);
		CHECK(strcmp(said, specimens[i].says) == 0);
		CHECK(l.n_warnings == specimens[i].warnings);
		free(said);
		pinlist_fini(&l);
		buf_fini(&error);
		free((void *)(uintptr_t)text.p);
	}
}

/* No prefix may crash, hang or leak; sanitizers watch. */
static void
survives_every_prefix(void)
{
	size_t n_formats;
	const struct formats_format *const *all = formats_all(&n_formats);

	for (size_t i = 0; i < N_SPECIMENS; i++) {
		struct bytes text = specimen(specimens[i].file);
		size_t step = text.n / 100 + 1;

		for (size_t n = 0; n < text.n; n += step)
			for (size_t k = 0; k < n_formats; k++) {
				uint8_t *cut =
				    blob_copy((struct bytes){ text.p, n }).p;
				struct pinlist l;

				free(read_text(all[k]->name,
				    (struct bytes){ cut, n }, &l));
				pinlist_fini(&l);
				free(cut);
			}
		free((void *)(uintptr_t)text.p);
	}
}

static void
reads_end_dates_and_report_uris(void)
{
	struct bytes text = specimen("trustkit.plist");
	struct buf error;
	struct pinlist l;

	free(read_text("trustkit", text, &l));
	CHECK(l.hosts[0].expires == time_days(2027, 3, 1) * TIME_DAY);
	CHECK(strcmp(l.hosts[0].report,
	          "https://report.example.com/pins?a=1&b=2") == 0);
	pinlist_fini(&l);
	free((void *)(uintptr_t)text.p);
	/* In the time zone of the device: a day earlier is certain. */
	text = specimen("android.xml");
	free(read_text("android", text, &l));
	CHECK(l.hosts[0].expires == time_days(2027, 2, 28) * TIME_DAY);
	CHECK(l.hosts[1].expires == l.hosts[0].expires);
	pinlist_fini(&l);
	free((void *)(uintptr_t)text.p);
	text = specimen("firefox.h");
	free(read_text("firefox", text, &l));
	CHECK(l.hosts[0].expires / TIME_DAY == time_days(2027, 1, 15));
	pinlist_fini(&l);
	/* Whatever was read before does not end with it. */
	pinlist_add_pin(pinlist_add_host(&l, "a.example", HOST_PATTERN_HOST),
	    "sha256/" LEAF);
	buf_init(&error, 4096);
	CHECK(formats_read(
	    formats_find("firefox"), text, "firefox.h", &l, &error, NULL));
	CHECK(l.hosts[0].expires == 0);
	buf_fini(&error);
	pinlist_fini(&l);
	free((void *)(uintptr_t)text.p);
	text = specimen("lemur.csv");
	free(read_text("csv", text, &l));
	CHECK(strcmp(l.hosts[0].owner, "web@example.com") == 0);
	CHECK(l.hosts[0].pins[0].not_after == time_days(2027, 3, 1) * TIME_DAY);
	pinlist_fini(&l);
	free((void *)(uintptr_t)text.p);
}

/* Chrome's two files, in either order, become one list. */
static void
joins_names_and_keys(void)
{
	struct bytes hosts = specimen("chrome.json");
	struct bytes keys = specimen("chrome.pins");

	for (int swap = 0; swap < 2; swap++) {
		struct pinlist l = { 0 };
		struct buf error;
		char *said;

		buf_init(&error, 4096);
		CHECK(formats_read(
		    NULL, swap ? keys : hosts, "a", &l, &error, NULL));
		CHECK(formats_read(
		    NULL, swap ? hosts : keys, "b", &l, &error, NULL));
		pinlist_resolve(&l);
		said = say(&l);
		CHECK(strcmp(said, "**.example.com L R " OKHTTP ":bad\n") == 0);
		CHECK(l.n_warnings == 0);
		/* 70 days after 2024-08-08. */
		CHECK(l.hosts[0].expires / TIME_DAY == time_days(2024, 10, 17));
		CHECK(strcmp(l.hosts[0].report,
		          "http://report.example.com/a//b") == 0);
		free(said);
		pinlist_fini(&l);
		buf_fini(&error);
	}
	free((void *)(uintptr_t)hosts.p);
	free((void *)(uintptr_t)keys.p);
}

static void
refuses_what_it_cannot_read(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "bplist00\xd1\x01", "plutil -convert xml1" },
		{ "PK\x03\x04 apk", "archive" },
		{ "nothing here\n", "no pins" },
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		  "-----END PRIVATE KEY-----\n",
		    "private key" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n", "damaged" },
		{ "-----BEGIN CERTIFICATE-----\nMAA=\n"
		  "-----END CERTIFICATE-----\n",
		    "not a CERTIFICATE" },
		{ "Public-Key-Pins: pin-sha256=\"" RFC1
		  "\"; max-age=1; max-age=2",
		    "duplicate directive" },
		{ "host,pin\nexample.com\n", "lacks host or key" },
		{ "x. IN TLSA 3 1 9 abcd\n", "TLSA" },
		{ "<network-security-config><domain-config><pin-set><x/>"
		  "</pin-set></domain-config></network-security-config>",
		    "unexpected element" },
		{ "<plist><dict><key>NSPinnedDomains</key><dict>"
		  "<key>a</key><dict/><key>a</key><dict/></dict></dict>"
		  "</plist>",
		    "duplicate key" },
		{ "{\"domains\": {\"x.example\": {\"hashes\": 1}}}",
		    "not a list of strings" },
		{ "{\"publicKeyHashes\": 1, \"publicKeyHashes\": 2}",
		    "duplicate" },
		{ "Pinned certificates for ", "without pins" },
		{ "CertificatePinner.Builder().add(host, pin)", "no call of" },
		{ "kTSKPinnedDomains: [host: [:]]", "not a literal" },
		{ "kTSKPinnedDomains: [\"a.example\": f(x)]", "not a literal" },
		{ "[{\"certificate_endpoint\": \"a\", "
		  "\"certificate_object\": \"b\"}]",
		    "no readable document" },
		{ "d8:09:21:8f:d3:f5:df:4a:9c:eb:c5:14:4b:8c:92:2d:27:18:98:4b:"
		  "95:0e:bd:97:4a:64:e1:83:64:8b:49:28",
		    "of a key or a certificate" },
		/* What others have; none becomes a domain. */
		{ "{\"sha256Keys\": {\"a.example\": [\"sha256/" LEAF "\"]}}",
		    "react-native-ssl-manager" },
		{ "{\"plugins\": [[\"@bam.tech/react-native-app-security\", "
		  "{\"sslPinning\": {\"*.a.example\": [\"" LEAF "\"]}}]]}",
		    "Expo" },
		{ "{\"a.example\": [\"sha256/" LEAF "\"]}",
		    "unknown JSON format" },
		{ "validation_context:\n  verify_certificate_spki:\n  - " LEAF,
		    "yq" },
		{ "curl --pinnedpubkey \"sha1//BQr5oEtKUmTzlcelRcWvGvMnQzk=\" "
		  "https://a.example",
		    "no pin of curl" },
		{ "kubeadm join 10.0.0.1:6443 --discovery-token-ca-cert-hash "
		  "sha256:"
		  "d809218fd3f5df4a9cebc5144b8c922d2718984b950ebd974a64e1"
		  "83648b4928",
		    "kubeadm" },
		{ "http-request deny unless { ssl_c_sha256 sha256/" LEAF " }",
		    "no pins" },
		{ "var pin = \"sha256/" LEAF "\"", "no pins" },
		{ "a.example sha256/" LEAF "\nprose about b.example\n",
		    "no pins" },
	};
	static const uint8_t axml[] = { 3, 0, 8, 0, 1, 2 };
	struct pinlist l = { 0 };
	struct buf error;

	buf_init(&error, 4096);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&error);
		CHECK(!formats_read(
		    NULL, bytes_of(cases[i].text), "f", &l, &error, NULL));
		if (strstr(buf_text(&error), cases[i].why) == NULL)
			fprintf(
			    stderr, "%s: %s\n", cases[i].why, buf_text(&error));
		CHECK(strstr(buf_text(&error), cases[i].why) != NULL);
	}
	buf_clear(&error);
	CHECK(!formats_read(
	    NULL, (struct bytes){ axml, sizeof axml }, "f", &l, &error, NULL));
	CHECK(strstr(buf_text(&error), "compiled Android XML") != NULL);
	pinlist_fini(&l);
	buf_fini(&error);
}

/* ---- what a pin's text may look like ---- */

static void
decodes_as_leniently_as_okio(void)
{
	static const struct {
		const char *text;
		size_t n, want;
		bool canonical;
	} cases[] = {
		{ "sha256/" LEAF, 32, 32, true },
		{ "sha256//" LEAF, 32, 32, true },
		/* A digest whose base64 begins with a slash; curl's of it. */
		{ "sha256/" SLASH, 32, 32, true },
		{ "sha256//" SLASH, 32, 32, true },
		{ SLASH, 32, 32, true },
		{ "b'" LEAF "'", 32, 32, true },
		{ "pin-sha256=\"" LEAF "\"", 32, 32, true },
		{ "pin-sha256:" LEAF, 32, 32, true },
		/* Without padding, and URL-safe. */
		{ "2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg", 32, 32,
		    false },
		{ "v-0OMcZyuRUIS9Ik1Dh8wVAw0WNTcYt8AmtJiLUSs4_=", 32, 32,
		    false },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 32, 32,
		    true },
		/* Spare bits that an encoder would have left zero. */
		{ "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=", 32, 32,
		    false },
		/* A widely copied placeholder: 44 and a padding. */
		{ "sha256/XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX=", 33,
		    32, false },
		{ "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=", 20, 20, true },
		{ "YOUR_PIN_HERE!", 0, 32, false },
		{ "A", 0, 32, false },
		{ "", 0, 32, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pinlist l = { 0 };
		struct pinlist_pin *p = pinlist_add_pin(
		    pinlist_add_host(&l, NULL, HOST_PATTERN_HOST),
		    cases[i].text);

		if (p->n != cases[i].n || p->canonical != cases[i].canonical)
			fprintf(stderr, "%s: %zu %d\n", cases[i].text, p->n,
			    p->canonical);
		CHECK(p->n == cases[i].n);
		CHECK(p->want == cases[i].want);
		CHECK(p->canonical == cases[i].canonical);
		pinlist_fini(&l);
	}
}

/* Public keys of that many blocks. */
static char *
many_blocks(size_t n)
{
	struct bytes pem = specimen("public.pem");
	struct buf b;

	buf_init(&b, LIMIT_PIN_FILE);
	while (n-- > 0)
		CHECK(buf_add(&b, pem));
	free((void *)(uintptr_t)pem.p);
	return buf_detach(&b);
}

static void
reads_files_up_to_the_limits(void)
{
	uint8_t *large = mem_alloc(LIMIT_PIN_FILE + 1, 1);
	struct pinlist l;
	char *s, *said;

	s = many_blocks(LIMIT_PEM_BLOCKS);
	said = read_text("pem", bytes_of(s), &l);
	CHECK(said != NULL && l.hosts[0].n_pins == LIMIT_PEM_BLOCKS);
	pinlist_fini(&l);
	free(said);
	free(s);
	s = many_blocks(LIMIT_PEM_BLOCKS + 1);
	CHECK(read_text("pem", bytes_of(s), &l) == NULL);
	pinlist_fini(&l);
	free(s);
	memset(large, '#', LIMIT_PIN_FILE + 1);
	said = read_text("plain", (struct bytes){ large, LIMIT_PIN_FILE }, &l);
	CHECK(said != NULL);
	free(said);
	pinlist_fini(&l);
	CHECK(read_text("plain", (struct bytes){ large, LIMIT_PIN_FILE + 1 },
	          &l) == NULL);
	pinlist_fini(&l);
	free(large);
}

int
main(void)
{
	reads_files_up_to_the_limits();
	reads_every_specimen();
	reads_end_dates_and_report_uris();
	joins_names_and_keys();
	refuses_what_it_cannot_read();
	decodes_as_leniently_as_okio();
	survives_every_prefix();
	return 0;
}
