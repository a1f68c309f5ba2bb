/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of C2SP tlog-policy's example, and each rule of its text. */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/witness_policy.h>

#include "../support/test.h"

/* Append a vkey of type 4 whose key consists of 32 times that byte. */
static void
add_vkey(struct buf *out, uint8_t byte)
{
	uint8_t typed[33] = { 4 }, id[4];
	char hex[9];

	memset(typed + 1, byte, 32);
	note_key_id(bytes_of("w.example"), 4, bytes_at(typed + 1, 32), id);
	text_hex(bytes_at(id, sizeof id), hex);
	buf_printf(out, "w.example+%s+", hex);
	text_base64_add(out, bytes_at(typed, sizeof typed));
}

/* text with a vkey of its own in the place of each % digit. */
static struct witness_policy *
parse(const char *text, struct buf *error)
{
	struct witness_policy *p;
	struct buf whole;

	buf_init(&whole, 1 << 20);
	for (; *text != '\0'; text++)
		if (*text == '%')
			add_vkey(&whole, (uint8_t) * ++text);
		else
			buf_add_byte(&whole, (uint8_t)*text);
	p = witness_policy_parse(buf_view(&whole), "policy", error);
	buf_fini(&whole);
	return p;
}

#define EXAMPLE                                                                \
	"# two organisations\n"                                                \
	"log example.com/log+01020304+AAAA https://log.example/\n\n"           \
	"witness X1 %1 https://x1.example/prefix\n"                            \
	"  witness\tX2  %2\thttps://x2.example/ \n"                            \
	"witness X3 %3\n"                                                      \
	"group X-witnesses 2 X1 X2 X3\n"                                       \
	"witness Y1 %4\nwitness Y2 %5\nwitness Y3 %6\n"                        \
	"group Y-witnesses any Y1 Y2 Y3\n"                                     \
	"group X-and-Y all X-witnesses Y-witnesses\n"                          \
	"quorum X-and-Y\n"

static void
the_example_is_valid(void)
{
	struct witness_policy *p;
	const struct witness *v;
	struct buf error;
	size_t n;

	buf_init(&error, 1024);
	p = parse(EXAMPLE, &error);
	CHECK(p != NULL);
	v = witness_policy_witnesses(p, &n);
	CHECK(n == 6);
	CHECK(strcmp(v[0].url, "https://x1.example/prefix/") == 0);
	CHECK(strcmp(v[1].url, "https://x2.example/") == 0);
	CHECK(v[2].url == NULL);
	/* Every subset: two of the first three, one of the others. */
	for (unsigned set = 0; set < 64; set++) {
		bool valid[6];
		unsigned x = 0, y = 0;

		for (unsigned i = 0; i < 6; i++) {
			valid[i] = (set >> i & 1) != 0;
			*(i < 3 ? &x : &y) += valid[i];
		}
		CHECK(witness_policy_is_met(p, valid) == (x >= 2 && y >= 1));
	}
	witness_policy_free(p);
	buf_fini(&error);
}

static bool
is_met(const char *text, const bool *valid)
{
	struct witness_policy *p;
	struct buf error;
	bool met;

	buf_init(&error, 1024);
	p = parse(text, &error);
	if (p == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(p != NULL);
	met = witness_policy_is_met(p, valid);
	witness_policy_free(p);
	buf_fini(&error);
	return met;
}

static void
quorums_of_one_and_of_none(void)
{
	static const bool first[] = { true, false }, second[] = { false, true };
	static const char two[] = "witness a %1\nwitness b %2\nquorum b\n";

	CHECK(is_met("quorum none\n", NULL));
	CHECK(is_met("quorum none", NULL));
	CHECK(is_met(two, second));
	CHECK(!is_met(two, first));
	/* Names are bytes: those of another character set, too. */
	CHECK(is_met("witness \xff %1\nquorum \xff\n", first));
}

static void
refuses_each_fault_by_its_line(void)
{
	static const char *const table[][2] = {
		{ "", "policy: has no quorum" },
		{ "witness a %1\n", "policy: has no quorum" },
		{ "quorum a\n", "policy:1: a quorum is" },
		{ "quorum\n", "policy:1: a quorum is" },
		{ "quorum none x\n", "policy:1: a quorum is" },
		{ "quorum none\nquorum none\n", "policy:2: a second" },
		{ "witness a\n", "policy:1: a witness is" },
		{ "witness a %1 u v\n", "policy:1: a witness is" },
		{ "witness a x+y\n", "policy:1: a verifier key is" },
		{ "witness none %1\n", "policy:1: the name none" },
		{ "witness a %1\nwitness a %2\n", "policy:2: the name a" },
		{ "witness a %1\nwitness b %1\n", "policy:2: another witness" },
		{ "witness a %1\ngroup a any a\n", "policy:2: the name a" },
		{ "group g any a\n", "policy:1: a is not defined" },
		{ "group g any g\n", "policy:1: g is not defined" },
		{ "witness a %1\ngroup g any\n", "policy:2: the threshold" },
		{ "witness a %1\ngroup g\n", "policy:2: a group is" },
		{ "witness a %1\ngroup g 0 a\n", "policy:2: the threshold" },
		{ "witness a %1\ngroup g 2 a\n", "policy:2: the threshold" },
		{ "witness a %1\ngroup g 18446744073709551617 a\n",
		    "policy:2: the threshold" },
		{ "witness a %1\ngroup g -1 a\n", "policy:2: the threshold" },
		{ "witness a %1\ngroup g 2 a a\n", "policy:2: a is in a" },
		{ "witness a %1\ngroup g 1 a\ngroup h 1 a\n",
		    "policy:3: a is in a" },
		{ "Witness a %1\n", "policy:1: a line begins" },
		{ "quorum none\r\n", "policy: has control" },
		{ "quorum none\n\x7f", "policy: has control" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf error;

		buf_init(&error, 1024);
		CHECK(parse(table[i][0], &error) == NULL);
		if (strstr(buf_text(&error), table[i][1]) != buf_text(&error))
			fprintf(stderr, "row %zu: %s\n", i, buf_text(&error));
		CHECK(
		    strstr(buf_text(&error), table[i][1]) == buf_text(&error));
		buf_fini(&error);
	}
}

/* A policy of n groups, each of the one before. */
static struct witness_policy *
chain(int n, struct buf *error)
{
	struct witness_policy *p;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_text(&text, "witness 0 %1\n");
	for (int i = 1; i < n; i++)
		buf_printf(&text, "group %d any %d\n", i, i - 1);
	buf_printf(&text, "quorum %d\n", n - 1);
	p = parse(buf_text(&text), error);
	buf_fini(&text);
	return p;
}

static void
counts_its_names(void)
{
	static const bool valid[] = { true };
	struct witness_policy *p;
	struct buf error;

	buf_init(&error, 1024);
	p = chain(LIMIT_WITNESS_NAMES, &error);
	CHECK(p != NULL && witness_policy_is_met(p, valid));
	witness_policy_free(p);
	CHECK(chain(LIMIT_WITNESS_NAMES + 1, &error) == NULL);
	CHECK(strstr(buf_text(&error), "over 256") != NULL);
	buf_fini(&error);
}

int
main(void)
{
	the_example_is_valid();
	quorums_of_one_and_of_none();
	refuses_each_fault_by_its_line();
	counts_its_names();
	return 0;
}
