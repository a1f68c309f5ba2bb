/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are JSON and texts that are not; jansson is the oracle. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/json_scan.h>
#include <ctwatch/base/limits.h>

#include "../support/test.h"

/* A copy of text without its NUL, for the sanitizers. */
static struct bytes
exactly(const char *text)
{
	struct bytes b = { NULL, strlen(text) };

	b.p = blob_copy((struct bytes){ (const uint8_t *)text, b.n + 1 }).p;
	return b;
}

static bool
is_json(struct bytes text)
{
	return json_scan_skip(&text) && json_scan_end(&text);
}

static void
accepts_what_jansson_accepts(void)
{
	static const char *const texts[] = { "{}", "[]", "[[],{}]", "null",
		"true", "false", " [ 1 , 2 ] ", "{\"a\":1,\"b\":[{}]}", "0",
		"-0", "10", "-1.5e+3", "1E5", "1e-5", "0.25", "\"\"",
		"\"a\\\"b\\\\\"", "\"\\u0041\\/\\b\\f\\n\\r\\t\"",
		"\"\\ud83d\\ude00\"", "\"\xc3\xa4\xf0\x9f\x98\x80\"",
		/* refused */
		"", "{", "[", "{]", "[}", "[1 2]", "[1,]", "[,1]", "{,}",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "nul",
		"nulll", "True", "01", "-", "+1", "1.", ".5", "1e", "1e+",
		"0x1", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
		"\"\\u0000\"", "\"\\ud83d\"", "\"\\ud83dx\"",
		"\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"\n\"", "\"\t\"",
		"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"",
		"[1]x", "[] []", "\xef\xbb\xbf[]", "[1]\v", "'a'", "//\n[]" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct bytes b = exactly(texts[i]);
		json_t *j =
		    json_loadb((const char *)b.p, b.n, JSON_DECODE_ANY, NULL);

		if (is_json(b) != (j != NULL))
			fprintf(stderr, "row %zu: %s\n", i, texts[i]);
		CHECK(is_json(b) == (j != NULL));
		json_decref(j);
		free((void *)b.p);
	}
}

static void
refuses_every_prefix(void)
{
	static const char text[] =
	    "{\"a\":[1.5e3,\"\\u0041\\\"\",null,{\"b\":false}]}";

	CHECK(is_json(bytes_of(text)));
	for (size_t n = 0; n < sizeof text - 1; n++)
		CHECK(!is_json((struct bytes){ (const uint8_t *)text, n }));
}

static bool
nested(size_t depth)
{
	char *text = mem_alloc(2 * depth + 1, 1);
	bool ok;

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	ok = is_json(bytes_of(text));
	free(text);
	return ok;
}

static void
follows_as_many_levels_as_the_limit(void)
{
	CHECK(nested(LIMIT_JSON_DEPTH));
	CHECK(!nested(LIMIT_JSON_DEPTH + 1));
	CHECK(!nested(1000000));
}

static void
reads_integers_that_fit(void)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t n;
	} t[] = {
		{ "0", true, 0 },
		{ " 42,", true, 42 },
		{ "9223372036854775807}", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "-1", false, 0 },
		{ "1.0", false, 0 },
		{ "1e3", false, 0 },
		{ "007", false, 0 },
		{ "\"1\"", false, 0 },
		{ "", false, 0 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct bytes b = bytes_of(t[i].text);
		uint64_t n;

		CHECK(json_scan_uint(&b, &n) == t[i].ok);
		CHECK(!t[i].ok || n == t[i].n);
	}
}

static void
unescapes_ascii(void)
{
	static const struct {
		const char *text, *want; /* NULL: not ASCII */
	} t[] = {
		{ "\"plain\"", "plain" },
		{ "\"\"", "" },
		{ "\"\\u0041\\/\\\\\\n\"", "A/\\\n" },
		{ "\"\\u00e4\"", NULL },
		{ "\"\xc3\xa4\"", NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct bytes b = bytes_of(t[i].text);
		struct json_string s;
		uint8_t out[64];
		size_t n;

		CHECK(json_scan_string(&b, &s) && b.n == 0);
		CHECK(json_scan_ascii(&s, out, &n) == (t[i].want != NULL));
		if (t[i].want == NULL)
			continue;
		CHECK(bytes_is((struct bytes){ out, n }, t[i].want));
		CHECK(json_scan_is(&s, t[i].want));
		CHECK(!json_scan_is(&s, "other"));
	}
}

static void
compares_names_by_meaning(void)
{
	struct bytes b = bytes_of("\"entr\\u0069es\"");
	struct json_string s;

	CHECK(json_scan_string(&b, &s) && s.escaped);
	CHECK(json_scan_is(&s, "entries"));
	CHECK(!json_scan_is(&s, "entrie"));
	CHECK(!json_scan_is(&s, "entriess"));
}

int
main(void)
{
	accepts_what_jansson_accepts();
	refuses_every_prefix();
	follows_as_many_levels_as_the_limit();
	reads_integers_that_fit();
	unescapes_ascii();
	compares_names_by_meaning();
	return 0;
}
