/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/watch.h>

#include "../support/der_builder.h"

/* The bytes before a name that make sure of it that nothing parses. */
#define BROKEN LIT("\x30\x82\x7f\xff")

static bool
finds(const char *item, struct bytes in)
{
	struct watch *w = watch_new();
	struct buf error;
	size_t found = 1;
	bool yes;

	buf_init(&error, 1000);
	CHECK(watch_add(w, bytes_of(item), &error));
	watch_build(w);
	yes = watch_search_raw(w, in, &found);
	CHECK(!yes || found == 0);
	watch_free(w);
	return yes;
}

/* Report whether item is found in an element of this tag and these bytes, with
 * any bytes around it. */
static bool
finds_in(const char *item, unsigned tag, struct bytes value)
{
	struct bytes one = build_tlv(tag, value);
	bool yes = finds(item, JOIN(BROKEN, one));

	CHECK(finds(item, JOIN(BROKEN, one, LIT("\x30\x0d\x06\x03"))) == yes);
	CHECK(finds(item, JOIN(BROKEN, one, LIT("\x31\x82\x01\x00"))) == yes);
	CHECK(finds(item, JOIN(LIT("x"), one, LIT("\xff"))) == yes);
	return yes;
}
#define IN(item, tag, text) finds_in(item, tag, LIT(text))

static void
finds_ascii_in_any_case(void)
{
	CHECK(IN("example.com", 0x82, "example.com"));
	CHECK(IN("example.com", 0x82, "EXAMPLE.Com"));
	CHECK(IN("example.com", 0x82, "example.com."));
	CHECK(IN("example.com", 0x86, "https://example.com/"));
	CHECK(IN("example.com", 0x81, "a@example.com"));
	CHECK(IN(".example.com", 0x82, "www.example.com"));
	CHECK(IN("www.example.com", 0x82, "*.example.com"));
	CHECK(IN("host.corp1", 0x82, "host.corp1"));
	CHECK(IN("localhost", 0x82, "localhost"));
	/* A length of 56 around one of 54: "8" and "6". */
	CHECK(finds("ab3456789.123456789.123456789.123456789.123456789.test",
	    LIT("\x82\x38\x82\x36"
	        "ab3456789.123456789.123456789.123456789.123456789.test")));
	/* 45 octets long: its length looks like a "-". */
	CHECK(IN("h23456789-123456789-123456789-123456789-12345", 0x82,
	    "h23456789-123456789-123456789-123456789-12345"));
	CHECK(!IN("example.com", 0x82, "www.example.com"));
	CHECK(!IN("example.com", 0x82, "notexample.com"));
	CHECK(!IN("example.com", 0x82, "example.com.evil.test"));
	CHECK(!IN("example.com", 0x82, "example.community"));
	CHECK(!IN("*.example.com", 0x82, "example.com"));
	CHECK(finds(".", LIT("")));
	CHECK(!finds("example.com", LIT("")));
}

/* A last label of 63 octets is one, of 64 it is none. */
static void
reads_no_label_that_is_too_long(void)
{
	char name[72];

	memset(name, 'a', sizeof name);
	memcpy(name, "foo.", 4);
	CHECK(
	    finds("*.example", (struct bytes){ (uint8_t *)name, 67 }) == false);
	CHECK(
	    finds("*.example", (struct bytes){ (uint8_t *)name, 68 }) == false);
	name[67] = '\0';
	CHECK(finds(name, bytes_of(name)));
}

static void
takes_no_length_for_a_letter(void)
{
	/* 0x41 octets, and 0x61: both look like letters */
	for (size_t n = 'A'; n <= 'z'; n++) {
		uint8_t name[128];

		memset(name, 'a', n);
		for (size_t i = 30; i < n; i += 30)
			name[i] = '.';
		memcpy(name + n - 12, ".example.com", 12);
		CHECK(
		    finds_in(".example.com", 0x82, (struct bytes){ name, n }));
	}
}

static void
finds_the_end_of_a_name_over_the_limit(void)
{
	uint8_t name[312];

	memset(name, 'a', sizeof name);
	memcpy(name + 300, ".example.com", 12);
	CHECK(finds_in(
	    ".example.com", 0x82, (struct bytes){ name, sizeof name }));
	CHECK(!finds_in(
	    "example.com", 0x82, (struct bytes){ name, sizeof name }));
}

static void
finds_wide_characters(void)
{
	CHECK(IN("a.b", 0x1e, "\0a\0.\0b"));
	CHECK(IN("a.b", 0x1e, "\0A\0.\0B"));
	CHECK(IN("www.a.b", 0x1e, "\0*\0.\0a\0.\0b"));
	CHECK(IN("a.b", 0x1c, "\0\0\0a\0\0\0.\0\0\0b"));
	CHECK(!IN("a.b", 0x1e, "\0x\0a\0.\0b"));
	CHECK(!IN("a.b", 0x1e, "\1a\0.\0b"));
}

static void
finds_letters_of_other_scripts(void)
{
	CHECK(IN("b\xc3\xbc.example", 0x82, "xn--b-eha.example"));
	CHECK(IN("b\xc3\xbc.example", 0x0c, "b\xc3\xbc.example"));
	CHECK(IN("b\xc3\xbc.example", 0x0c, "B\xc3\x9c.EXAMPLE"));
	CHECK(IN("b\xc3\xbc.example", 0x0c, "bu\xcc\x88.example"));
	CHECK(IN("b\xc3\xbc.example", 0x14, "b\xfc.example"));
	CHECK(
	    IN("b\xc3\xbc.example", 0x1e, "\0b\0\xfc\0.\0e\0x\0a\0m\0p\0l\0e"));
	CHECK(
	    IN("\xd1\x8f.\xd1\x80\xd1\x84", 0x0c, "\xd1\x8f.\xd1\x80\xd1\x84"));
	CHECK(IN(
	    "\xd1\x8f.\xd1\x80\xd1\x84", 0x1e, "\x04\x4f\0.\x04\x40\x04\x44"));
	CHECK(!IN("b\xc3\xbc.example", 0x0c, "a\xc3\xbc.example"));
	CHECK(!IN("b\xc3\xbc.example", 0x0c, "m\xc3\xbcller.example"));
	CHECK(!IN("b\xc3\xbc.example", 0x14, "\x9c\x81.example"));
}

static void
finds_addresses(void)
{
	CHECK(IN("192.0.2.7", 0x87, "\xc0\0\2\7"));
	CHECK(IN("192.0.2.0/24", 0x87, "\xc0\0\2\7"));
	CHECK(IN(
	    "2001:db8::/32", 0x87, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"));
	CHECK(IN("192.0.2.7", 0x82, "192.0.2.7"));
	CHECK(IN("192.0.2.0/24", 0x86, "https://192.0.2.7:443/"));
	CHECK(IN("2001:db8::7", 0x82, "2001:db8::7"));
	CHECK(!IN("192.0.2.7", 0x87, "\xc0\0\2\x08"));
	CHECK(!IN("192.0.2.7", 0x82, "192.0.2.77"));
	CHECK(!IN("192.0.2.7", 0x82, "1192.0.2.7"));
}

/* The time is linear in the bytes. */
static void
time_is_linear_in_the_bytes(void)
{
	static const char *const worst[] = { "0", "a", "a.", "0.", "\xfc",
		"\xfc.", "\xfc.com\xff", "*", "*.", ":", "com0", "*.com0",
		"\xc3\xbc.com ", "a.com0" };

	for (size_t i = 0; i < sizeof worst / sizeof *worst; i++) {
		size_t n = 1 << 18, part = strlen(worst[i]);
		uint8_t *p = mem_alloc(n, 1);
		clock_t start = clock();

		for (size_t at = 0; at + part <= n; at += part)
			memcpy(p + at, worst[i], part);
		finds("www.example.com", (struct bytes){ p, n });
		/* A sanitizer takes one; by the square it would be a minute. */
		CHECK(clock() - start < 10 * CLOCKS_PER_SEC);
		free(p);
	}
}

/* A certificate as base64, its lines ended by this; with or without the text
 * around that PEM has (RFC 7468). */
static bool
finds_pem(const char *item, const char *end, bool armoured)
{
	struct bytes der = build_cert(build_tbs(
	    SEQ(LIT("")), build_san(SEQ(TLV(0x82, LIT("www.example.com"))))));
	struct buf text, pem;
	bool yes;

	buf_init(&text, BUILD_MAX);
	buf_init(&pem, BUILD_MAX);
	CHECK(text_base64_add(&text, der));
	if (armoured)
		buf_printf(&pem, "-----BEGIN CERTIFICATE-----%s", end);
	for (size_t i = 0; i < text.n; i += 64)
		buf_printf(&pem, "%.64s%s", buf_text(&text) + i, end);
	if (armoured)
		buf_printf(&pem, "-----END CERTIFICATE-----%s", end);
	yes = finds(item, buf_view(&pem));
	buf_fini(&text);
	buf_fini(&pem);
	return yes;
}

static void
finds_names_in_base64(void)
{
	CHECK(finds_pem("www.example.com", "\n", true));
	CHECK(finds_pem("www.example.com", "\r\n", true));
	CHECK(finds_pem("www.example.com", "\n", false));
	CHECK(finds_pem("www.example.com", "", false));
	CHECK(!finds_pem("www.example.org", "\n", true));
}

int
main(void)
{
	finds_ascii_in_any_case();
	finds_names_in_base64();
	reads_no_label_that_is_too_long();
	takes_no_length_for_a_letter();
	finds_the_end_of_a_name_over_the_limit();
	finds_wide_characters();
	finds_letters_of_other_scripts();
	finds_addresses();
	time_is_linear_in_the_bytes();
	return 0;
}
