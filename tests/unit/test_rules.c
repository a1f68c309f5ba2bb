/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/policy/rules.h>

#include "../support/test.h"

static void
every_rule_is_complete_and_in_order(void)
{
	size_t n;
	const struct rules_rule *r = rules_all(&n);

	CHECK(n > 0);
	for (size_t i = 0; i < n; i++) {
		CHECK(strlen(r[i].id) == 6 && strncmp(r[i].id, "CTW", 3) == 0);
		CHECK(i == 0 || strcmp(r[i - 1].id, r[i].id) < 0);
		CHECK(*r[i].name != '\0' && *r[i].reference != '\0');
		CHECK(strspn(
		          r[i].name, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
		    strlen(r[i].name));
		CHECK(r[i].meaning[strlen(r[i].meaning) - 1] == '.');
		CHECK(r[i].causes[strlen(r[i].causes) - 1] == '.');
		CHECK(r[i].remedy[strlen(r[i].remedy) - 1] == '.');
		CHECK(rules_find(r[i].id) == &r[i]);
		CHECK(rules_find(r[i].name) == &r[i]);
	}
}

static void
is_found_by_id_and_name_in_any_case(void)
{
	const struct rules_rule *r = rules_find("ctw001");

	CHECK(r != NULL && r->severity == RULES_CRITICAL);
	CHECK(strcmp(r->name, "unexpected-key") == 0);
	CHECK(rules_find("Unexpected-Key") == r);
	CHECK(rules_find("CTW00") == NULL);
	CHECK(rules_find("CTW999") == NULL);
	CHECK(rules_find("") == NULL);
}

/*
 * By Python: hashlib.sha256(b"ctwatch-finding/1\nCTW001\nC\n" + 64 * b"0")
 * and so on.
 */
static void
fingerprints_are_those_of_python(void)
{
	static const struct {
		const char *rule, *fields[2], *want;
	} t[] = {
		{ "CTW001",
		    { "0000000000000000000000000000000000000000000000000000"
		      "000000000000",
		        NULL },
		    "70f0fe56f732dcb99d28827e1eb7912791ffa107ada5e31c34a2287a"
		    "47840ccb" },
		{ "CTW015",
		    { "abababababababababababababababababababababababababab"
		      "abababababab",
		        NULL },
		    "cb348fe10a990b24194a7bcc23880cb4d48c70ceadb191d921c6ec37"
		    "183fbe54" },
		{ "CTW041",
		    { "0123456789abcdef0123456789abcdef0123456789abcdef0123"
		      "456789abcdef",
		        NULL },
		    "0f615aeb9a4fae707b468a9591f4549f8520d0f8009b41610e5ad76c"
		    "2221a6fa" },
		{ "CTW071", { "one", "two" },
		    "91bddcca82e0bcf46b1e747491775a9308e245c5046ea5d91280dde6"
		    "7cf8902c" },
	};
	char out[65];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		rules_fingerprint(rules_find(t[i].rule), t[i].fields,
		    t[i].fields[1] != NULL ? 2 : 1, out);
		CHECK(strcmp(out, t[i].want) == 0);
	}
}

static void
severities_have_words(void)
{
	enum rules_severity s;

	for (int i = RULES_NOTE; i <= RULES_CRITICAL; i++) {
		CHECK(rules_severity_parse(
		    rules_severity_word((enum rules_severity)i), &s));
		CHECK((int)s == i);
	}
	CHECK(rules_severity_parse("high", &s) && s == RULES_HIGH);
	CHECK(!rules_severity_parse("High", &s));
	CHECK(!rules_severity_parse("", &s));
}

int
main(void)
{
	every_rule_is_complete_and_in_order();
	is_found_by_id_and_name_in_any_case();
	fingerprints_are_those_of_python();
	severities_have_words();
	return 0;
}
