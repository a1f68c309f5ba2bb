/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <ctwatch/base/text.h>

#include "../support/test.h"

static bool
is(struct buf *b, const char *text)
{
	bool same = strcmp(buf_text(b), text) == 0;

	buf_clear(b);
	return same;
}

static void
escaped_text_is_printable_ascii_and_shows_each_byte(void)
{
	struct buf b;

	buf_init(&b, 64);
	CHECK(text_escape(&b, bytes_of("a~ \\\x1b[31m\x7f\n")));
	CHECK(is(&b, "a~ \\\\\\x1b[31m\\x7f\\x0a"));
	CHECK(text_escape(
	    &b, (struct bytes){ (const uint8_t *)"\0\xc3\xa9", 3 }));
	CHECK(is(&b, "\\x00\\xc3\\xa9"));
	buf_fini(&b);
}

static void
escaped_text_never_exceeds_the_limit(void)
{
	struct buf b;

	buf_init(&b, 4);
	CHECK(text_escape(&b, bytes_of("\n")));
	CHECK(is(&b, "\\x0a"));
	CHECK(!text_escape(&b, bytes_of("a\n")));
	CHECK(is(&b, "a"));
	buf_fini(&b);
}

__attribute__((format(printf, 2, 3))) static bool
format(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = text_escape_vprintf(out, fmt, ap);
	va_end(ap);
	return ok;
}

static void
formatted_text_is_escaped(void)
{
	struct buf b;

	buf_init(&b, 16);
	CHECK(format(&b, "%s: %d", "x\ty", -7));
	CHECK(is(&b, "x\\x09y: -7"));
	CHECK(!format(&b, "cut %s", "off, for it is too long"));
	CHECK(is(&b, "cut %s"));
	buf_fini(&b);
}

static void
base64_that_does_not_fit_appends_nothing(void)
{
	struct buf b;

	buf_init(&b, 9);
	CHECK(buf_add_text(&b, "x"));
	/* RFC 4648, 10 */
	CHECK(text_base64_add(&b, bytes_of("foob")));
	CHECK(strcmp(buf_text(&b), "xZm9vYg==") == 0);
	CHECK(!text_base64_add(&b, bytes_of("f")));
	CHECK(text_base64_add(&b, bytes_of("")));
	CHECK(is(&b, "xZm9vYg=="));
	buf_fini(&b);
}

static void
hexadecimal_has_two_digits_of_either_case(void)
{
	uint8_t out[3];
	char hex[7];

	CHECK(text_unhex("00aFFf", out, 3));
	CHECK(memcmp(out, "\x00\xaf\xff", 3) == 0);
	text_hex((struct bytes){ out, 3 }, hex);
	CHECK(strcmp(hex, "00afff") == 0);
	CHECK(!text_unhex("00aFF", out, 3));
	CHECK(!text_unhex("00aFFf0", out, 3));
	CHECK(!text_unhex("00aFFg", out, 3));
}

/* The boundaries of RFC 3629, section 3 and 4. */
static void
utf8_is_taken_as_rfc_3629_has_it(void)
{
	static const char *const good[] = { "\x7f", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };
	static const uint32_t points[] = { 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff,
		0xe000, 0xffff, 0x10000, 0x10ffff };
	static const char *const bad[] = { "\x80", "\xc0\xaf", "\xc1\xbf",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(" };
	struct buf b;

	buf_init(&b, 8);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct bytes in = bytes_of(good[i]);
		uint32_t c;

		CHECK(text_is_utf8(in));
		CHECK(text_is_ascii(in) == (points[i] < 0x80));
		CHECK(text_utf8_take(&in, &c) && c == points[i] && in.n == 0);
		CHECK(text_utf8_add(&b, points[i]));
		CHECK(is(&b, good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!text_is_utf8(bytes_of(bad[i])));
	buf_fini(&b);
}

static void
only_ascii_letters_are_lowered(void)
{
	const char in[] = "@AZ[`az{\xc3\x84";
	char out[sizeof in] = { 0 };

	text_lower(bytes_of(in), out);
	CHECK(strcmp(out, "@az[`az{\xc3\x84") == 0);
}

static void
cuts_between_code_points(void)
{
	/* One, two, three and four bytes (RFC 3629, 3). */
	static const char in[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e";
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };

	for (size_t max = 0; max < sizeof want / sizeof want[0]; max++)
		CHECK(text_cut(bytes_of(in), max).n == want[max]);
	CHECK(text_cut(bytes_of(""), 0).n == 0);
}

static void
pem_is_what_libcrypto_writes(void)
{
	uint8_t der[200];

	for (size_t n = 1; n <= sizeof der; n++) {
		BIO *bio = BIO_new(BIO_s_mem());
		struct buf out;
		char *want;
		long len;

		der[n - 1] = (uint8_t)(37 * n);
		CHECK(PEM_write_bio(bio, "A LABEL", "", der, (long)n) > 0);
		len = BIO_get_mem_data(bio, &want);
		buf_init(&out, 4096);
		text_pem(&out, "A LABEL", (struct bytes){ der, n });
		CHECK(bytes_equal(buf_view(&out),
		    (struct bytes){ (uint8_t *)want, (size_t)len }));
		buf_fini(&out);
		BIO_free(bio);
	}
}

static void
separates_thousands(void)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 12345, "12,345" },
		{ 999999, "999,999" },
		{ 1000000, "1,000,000" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	char text[TEXT_COUNT];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		text_count(cases[i].n, text);
		CHECK(strcmp(text, cases[i].text) == 0);
	}
}

int
main(void)
{
	escaped_text_is_printable_ascii_and_shows_each_byte();
	escaped_text_never_exceeds_the_limit();
	formatted_text_is_escaped();
	base64_that_does_not_fit_appends_nothing();
	hexadecimal_has_two_digits_of_either_case();
	utf8_is_taken_as_rfc_3629_has_it();
	only_ascii_letters_are_lowered();
	cuts_between_code_points();
	pem_is_what_libcrypto_writes();
	separates_thousands();
	return 0;
}
