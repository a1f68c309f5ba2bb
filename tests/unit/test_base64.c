/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding against libcrypto's encoder, and what is not canonical. */
#include <string.h>

#include <openssl/evp.h>

#include "base/base64.h"
#include <ctwatch/base/text.h>

#include "../support/test.h"

#define LENGTH_MAX 200

/* A buffer of exactly n bytes, so that a sanitizer sees one too many. */
static uint8_t *
exactly(size_t n)
{
	return mem_alloc(n > 0 ? n : 1, 1);
}

static void
decodes_what_libcrypto_encodes(void)
{
	uint8_t bin[LENGTH_MAX], text[LENGTH_MAX * 2], *out;
	char encoded[LENGTH_MAX * 2];
	size_t got;
	int n;

	for (size_t len = 0; len <= LENGTH_MAX; len++) {
		for (size_t i = 0; i < len; i++)
			bin[i] = (uint8_t)(random() >> 3);
		n = EVP_EncodeBlock(text, bin, (int)len);
		out = exactly((size_t)n / 4 * 3);
		CHECK(text_unbase64(
		    (struct bytes){ text, (size_t)n }, out, &got));
		CHECK(got == len && memcmp(out, bin, len) == 0);
		free(out);
		out = exactly(len);
		CHECK(text_unbase64_exact(
		    (struct bytes){ text, (size_t)n }, out, len));
		CHECK(memcmp(out, bin, len) == 0);
		CHECK(len == 0 ||
		    !text_unbase64_exact(
		        (struct bytes){ text, (size_t)n }, out, len - 1));
		free(out);
		text_base64((struct bytes){ bin, len }, encoded);
		CHECK(strcmp(encoded, (char *)text) == 0);
	}
}

/* Every character in every place: exactly the alphabet is accepted, by the
 * fast loop and the plain one alike. */
static void
accepts_the_alphabet_alone(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t text[96], out[72], plain[72];

	for (size_t at = 0; at < sizeof text; at++)
		for (int c = 0; c < 256; c++) {
			bool want = c != 0 && strchr(digits, c) != NULL;
			struct bytes in = { text, sizeof text };

			memset(text, 'q', sizeof text);
			text[at] = (uint8_t)c;
			CHECK(base64_quads(in, out) == want);
			CHECK(base64_quads_plain(in, plain) == want);
			CHECK(!want || memcmp(out, plain, sizeof out) == 0);
		}
}

static void
refuses_what_is_not_canonical(void)
{
	static const char *const bad[] = { "A", "AA", "AAA", "AAAAA", "=",
		"====", "A===", "AB==", "AAB=", "AA=A", "=AAA", "AA==AAAA",
		"AAA=AAAA", "QUJD\n", "QUJ\nD", " QUJD", "QU-_", "QUJD====" };
	uint8_t out[16];
	size_t n;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!text_unbase64(bytes_of(bad[i]), out, &n));
	CHECK(text_unbase64(bytes_of("AA=="), out, &n) && n == 1);
	CHECK(text_unbase64(bytes_of("AAA="), out, &n) && n == 2);
	CHECK(!text_unbase64_exact(bytes_of("AAAA"), out, 2));
	CHECK(!text_unbase64_exact(bytes_of("AAA="), out, 3));
	CHECK(!text_unbase64_exact(bytes_of("AA=="), out, 2));
}

int
main(void)
{
	decodes_what_libcrypto_encodes();
	accepts_the_alphabet_alone();
	refuses_what_is_not_canonical();
	return 0;
}
