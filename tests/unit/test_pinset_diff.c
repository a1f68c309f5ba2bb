/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/rotate/pinset_diff.h>
#include <ctwatch/rotate/pinset_edit.h>

#include "../support/test.h"

#define LEAF "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg="
#define ROOT "sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o="

static const char before[] =
    "{\"format\": \"ctwatch-pinset/1\", \"name\": \"x\", \"version\": 1,"
    " \"note\": \"n\", \"x-a\": [1, 2],"
    " \"keys\": [{\"id\": \"a\", \"spki\": \"" LEAF
    "\", \"state\": \"active\", \"note\": {\"any\": null}}],"
    " \"consumers\": [{\"id\": \"app\", \"format\": \"okhttp\","
    " \"lead_days\": 30}, {\"id\": \"web\"}],"
    " \"domains\": [{\"pattern\": \"**.example.com\", \"keys\": [\"a\"],"
    " \"consumers\": [\"app\"]}, {\"pattern\": \"example.net\","
    " \"consumers\": [\"web\"]}]}";

/* What differs between before and the text. */
static bool
differs(const char *after, const char *wanted)
{
	struct buf out;
	bool same;

	buf_init(&out, 1 << 16);
	CHECK(pinset_diff(bytes_of(before), bytes_of(after), &out));
	same = strcmp(buf_text(&out), wanted) == 0;
	if (!same)
		fprintf(stderr, "%s", buf_text(&out));
	buf_fini(&out);
	return same;
}

static char *
edit(const char *from, const char *to)
{
	const char *at = strstr(before, from);

	CHECK(at != NULL);
	return mem_printf(
	    "%.*s%s%s", (int)(at - before), before, to, at + strlen(from));
}

static void
nothing_hides(void)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
		{ "1", "1", "" },
		{ "\"active\"", "\"retired\"",
		    "~ keys[a].state: \"active\" -> \"retired\"\n" },
		{ "[\"a\"]", "[]",
		    "- domains[**.example.com].keys[a]: \"a\"\n" },
		{ "[1, 2]", "[2, 1]", "~ x-a: [1,2] -> [2,1]\n" },
		{ "null", "0", "~ keys[a].note.any: null -> 0\n" },
		{ "\"note\": \"n\",", "", "- note: \"n\"\n" },
		{ "\"x-a\"", "\"x-\\u001b\"",
		    "- x-a: [1,2]\n+ x-\\x1b: [1,2]\n" },
		{ ", {\"id\": \"web\"}", ", {\"id\": \"web\", \"path\": \"p\"}",
		    "+ consumers[web].path: \"p\"\n" },
		/* Two of one name: shown whole. */
		{ "[\"app\"]", "[\"app\", \"app\"]",
		    "~ domains[**.example.com].consumers: [\"app\"] -> "
		    "[\"app\",\"app\"]\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *after = edit(cases[i].from, cases[i].to);

		CHECK(differs(after, cases[i].says));
		free(after);
	}
}

/* What is free stays, what is changed is changed, and once is enough. */
static void
edits_and_keeps_the_rest(void)
{
	uint8_t spki[SHA256_SIZE];
	struct pinset_edit_key key = { .id = "b",
		.spki_sha256 = spki,
		.state = PINSET_BACKUP,
		.alg = "ec-p256" };
	struct pinset *from, *to;
	struct buf error, text, again;
	struct pinset_edit *f;

	buf_init(&error, 4096);
	buf_init(&text, 1 << 16);
	buf_init(&again, 1 << 16);
	CHECK(pinset_pin_parse(ROOT, spki));
	f = pinset_edit_new(bytes_of(before), &error);
	CHECK(f != NULL);
	CHECK(pinset_edit_add_key(f, &key, &error));
	CHECK(pinset_edit_add_to_domain(f, "**.example.com", "b", &error));
	CHECK(pinset_edit_set_state(
	    f, "a", PINSET_RETIRED, INT64_C(1795000000000), &error));
	pinset_edit_set_version(f, 2);
	CHECK(error.n == 0);
	CHECK(!pinset_edit_add_key(f, &key, &error));
	CHECK(!pinset_edit_add_to_domain(f, "example.org", "b", &error));
	CHECK(!pinset_edit_set_state(f, "c", PINSET_RETIRED, 0, &error));
	CHECK(pinset_edit_write(f, &text));
	pinset_edit_free(f);
	CHECK(differs(buf_text(&text),
	    "~ version: 1 -> 2\n"
	    "~ keys[a].state: \"active\" -> \"retired\"\n"
	    "+ keys[a].retired: \"2026-11-18T11:06:40Z\"\n"
	    "+ keys[b]: {\"id\":\"b\",\"spki\":\"" ROOT
	    "\",\"alg\":\"ec-p256\",\"state\":\"backup\"}\n"
	    "+ domains[**.example.com].keys[b]: \"b\"\n"));
	/* Canonical: written again it is the same. */
	f = pinset_edit_new(buf_view(&text), &error);
	CHECK(f != NULL && pinset_edit_write(f, &again));
	pinset_edit_free(f);
	CHECK(bytes_equal(buf_view(&text), buf_view(&again)));
	/* Only the app's domain takes other keys. */
	buf_clear(&again);
	from = pinset_parse(bytes_of(before), "p", &error);
	to = pinset_parse(buf_view(&text), "p", &error);
	pinset_diff_consumers(from, to, &again);
	CHECK(bytes_is(buf_view(&again),
	    "concerns app, as okhttp, needs 30 days to ship\n"));
	buf_clear(&again);
	pinset_diff_consumers(to, to, &again);
	CHECK(again.n == 0);
	pinset_free(from);
	pinset_free(to);
	buf_fini(&error);
	buf_fini(&text);
	buf_fini(&again);
}

int
main(void)
{
	nothing_hides();
	edits_and_keeps_the_rest();
	return 0;
}
