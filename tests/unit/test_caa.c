/* SPDX-License-Identifier: Apache-2.0 */
/* test_caa: decisions and comparisons of CAA sets.  The sets marked with a
 * clause, and the answers about them, are the examples of RFC 8659. */
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/policy/caa.h>
#include <ctwatch/wire/caa_set.h>

#include "../support/test.h"

#define CA1 "ca1.example.net"
#define CA2 "ca2.example.org"

struct line {
	uint8_t flags;
	const char *tag, *value;
};

#define MAX_LINES 4

static struct bytes
make(struct buf *b, const struct line *v)
{
	struct caa_set_record r[MAX_LINES];
	size_t n = 0;

	for (; n < MAX_LINES && v[n].tag != NULL; n++)
		r[n] = (struct caa_set_record){ v[n].flags, bytes_of(v[n].tag),
			bytes_of(v[n].value) };
	buf_clear(b);
	CHECK(caa_set_make(r, n, b));
	return buf_view(b);
}

static const struct {
	const char *what;
	struct line set[MAX_LINES];
	/* of CA1 for a name and a wildcard, then of CA2 */
	enum caa_answer name1, wild1, name2, wild2;
} table[] = {
	{ "no record", { { 0 } }, CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED,
	    CAA_ALLOWED },
	{ "4.2, two issuers", { { 0, "issue", CA1 }, { 0, "issue", CA2 } },
	    CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED },
	{ "4.2, account", { { 0, "issue", CA1 "; account=230123" } },
	    CAA_ALLOWED, CAA_ALLOWED, CAA_OTHER_ISSUER, CAA_OTHER_ISSUER },
	{ "4.2, no issuer", { { 0, "issue", ";" } }, CAA_NO_ISSUER,
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "4.2, malformed", { { 0, "issue", "%%%%%" } }, CAA_NO_ISSUER,
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "4.2, no issuer beside one",
	    { { 0, "issue", ";" }, { 0, "issue", CA1 } }, CAA_ALLOWED,
	    CAA_ALLOWED, CAA_OTHER_ISSUER, CAA_OTHER_ISSUER },
	{ "4.3, wild", { { 0, "issue", CA1 }, { 0, "issuewild", CA2 } },
	    CAA_ALLOWED, CAA_OTHER_ISSUER, CAA_OTHER_ISSUER, CAA_ALLOWED },
	{ "4.3, no wildcard", { { 0, "issue", CA1 }, { 0, "issuewild", ";" } },
	    CAA_ALLOWED, CAA_NO_ISSUER, CAA_OTHER_ISSUER, CAA_NO_ISSUER },
	{ "4.3, only wildcards",
	    { { 0, "issuewild", CA2 }, { 0, "issue", ";" } }, CAA_NO_ISSUER,
	    CAA_OTHER_ISSUER, CAA_NO_ISSUER, CAA_ALLOWED },
	{ "4.3, issuewild alone", { { 0, "issuewild", CA2 } }, CAA_ALLOWED,
	    CAA_OTHER_ISSUER, CAA_ALLOWED, CAA_ALLOWED },
	{ "4.4, iodef alone", { { 0, "iodef", "mailto:security@example.com" } },
	    CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED },
	{ "4.5, critical", { { 0, "issue", CA1 }, { 128, "tbs", "Unknown" } },
	    CAA_CRITICAL_TAG, CAA_CRITICAL_TAG, CAA_CRITICAL_TAG,
	    CAA_CRITICAL_TAG },
	{ "an unknown tag, not critical", { { 0, "tbs", "Unknown" } },
	    CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED },
	{ "an undefined flag", { { 1, "tbs", "Unknown" } }, CAA_ALLOWED,
	    CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED },
	{ "a critical issue", { { 128, "issue", CA1 } }, CAA_ALLOWED,
	    CAA_ALLOWED, CAA_OTHER_ISSUER, CAA_OTHER_ISSUER },
	{ "letter case", { { 0, "ISSUE", "Ca1.eXample.Net" } }, CAA_ALLOWED,
	    CAA_ALLOWED, CAA_OTHER_ISSUER, CAA_OTHER_ISSUER },
	{ "critical, in capitals", { { 128, "ISSUEwild", CA1 } }, CAA_ALLOWED,
	    CAA_ALLOWED, CAA_ALLOWED, CAA_OTHER_ISSUER },
	{ "issuemail alone: RFC 9495", { { 128, "issuemail", ";" } },
	    CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED, CAA_ALLOWED },
	{ "blanks", { { 0, "issue", " \t" CA1 "\t ; \t a = b ; c=" } },
	    CAA_ALLOWED, CAA_ALLOWED, CAA_OTHER_ISSUER, CAA_OTHER_ISSUER },
	{ "empty", { { 0, "issue", "" } }, CAA_NO_ISSUER, CAA_NO_ISSUER,
	    CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "a parameter without a domain", { { 0, "issue", "; a=b" } },
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "a parameter without =", { { 0, "issue", CA1 "; ab" } },
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "a semicolon at the end", { { 0, "issue", CA1 "; a=b;" } },
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "a parameter with a blank", { { 0, "issue", CA1 "; a=b c" } },
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "two domains", { { 0, "issue", CA1 " " CA2 } }, CAA_NO_ISSUER,
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "a dot at the end", { { 0, "issue", CA1 "." } }, CAA_NO_ISSUER,
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "a hyphen first", { { 0, "issue", "-" CA1 } }, CAA_NO_ISSUER,
	    CAA_NO_ISSUER, CAA_NO_ISSUER, CAA_NO_ISSUER },
	{ "a domain below", { { 0, "issue", "x." CA1 } }, CAA_OTHER_ISSUER,
	    CAA_OTHER_ISSUER, CAA_OTHER_ISSUER, CAA_OTHER_ISSUER },
};

static void
decides_as_the_rfc_does(void)
{
	/* A CA may have several domains. */
	static const char *const ca1[] = { "other.example", CA1 };
	static const char *const ca2[] = { CA2 };
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct bytes set = make(&b, table[i].set);

		if (caa_decide(set, false, ca1, 2) != table[i].name1 ||
		    caa_decide(set, true, ca1, 2) != table[i].wild1 ||
		    caa_decide(set, false, ca2, 1) != table[i].name2 ||
		    caa_decide(set, true, ca2, 1) != table[i].wild2) {
			fprintf(stderr, "%s\n", table[i].what);
			CHECK(false);
		}
	}
	buf_fini(&b);
}

static const struct {
	const char *what;
	struct line before[MAX_LINES], after[MAX_LINES];
	enum caa_effect effect, back;
} changes[] = {
	{ "first set", { { 0 } }, { { 0, "issue", CA1 } }, CAA_STRICTER,
	    CAA_LOOSER },
	{ "one more issuer", { { 0, "issue", CA1 } },
	    { { 0, "issue", CA1 }, { 0, "issue", CA2 } }, CAA_LOOSER,
	    CAA_STRICTER },
	{ "another issuer", { { 0, "issue", CA1 } }, { { 0, "issue", CA2 } },
	    CAA_LOOSER, CAA_LOOSER },
	{ "an address for reports", { { 0, "issue", CA1 } },
	    { { 0, "issue", CA1 }, { 0, "iodef", "mailto:a@b.example" } },
	    CAA_SAME, CAA_SAME },
	{ "the same words", { { 0, "issue", CA1 } },
	    { { 128, "Issue", " CA1.example.net " } }, CAA_SAME, CAA_SAME },
	{ "wildcards of another CA", { { 0, "issue", CA1 } },
	    { { 0, "issue", CA1 }, { 0, "issuewild", CA2 } }, CAA_LOOSER,
	    CAA_LOOSER },
	{ "no wildcards", { { 0, "issue", CA1 } },
	    { { 0, "issue", CA1 }, { 0, "issuewild", ";" } }, CAA_STRICTER,
	    CAA_LOOSER },
	{ "one account", { { 0, "issue", CA1 } },
	    { { 0, "issue", CA1 "; accounturi=https://a.example/1" } },
	    CAA_STRICTER, CAA_LOOSER },
	{ "another account",
	    { { 0, "issue", CA1 "; accounturi=https://a.example/1" } },
	    { { 0, "issue", CA1 "; accounturi=https://a.example/2" } },
	    CAA_LOOSER, CAA_LOOSER },
	{ "an unknown critical tag", { { 0, "issue", CA1 } },
	    { { 0, "issue", CA1 }, { 128, "tbs", "x" } }, CAA_STRICTER,
	    CAA_LOOSER },
	{ "critical instead of forbidden", { { 0, "issue", ";" } },
	    { { 128, "tbs", "x" } }, CAA_SAME, CAA_SAME },
	{ "a malformed issuer", { { 0, "issue", ";" } },
	    { { 0, "issue", "%%" } }, CAA_SAME, CAA_SAME },
};

static void
compares_what_is_permitted(void)
{
	struct buf a, b;

	buf_init(&a, 4096);
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct bytes before = make(&a, changes[i].before);
		struct bytes after = make(&b, changes[i].after);

		if (caa_compare(before, after) != changes[i].effect ||
		    caa_compare(after, before) != changes[i].back ||
		    caa_compare(before, before) != CAA_SAME) {
			fprintf(stderr, "%s\n", changes[i].what);
			CHECK(false);
		}
	}
	buf_fini(&a);
	buf_fini(&b);
}

static void
equal_sets_are_equal_bytes(void)
{
	struct line one[] = { { 0, "issue", CA1 }, { 0, "issue", CA2 },
		{ 0, "issue", CA1 }, { 0, NULL, NULL } };
	struct line two[] = { { 0, "issue", CA2 }, { 0, "issue", CA1 },
		{ 0, NULL, NULL } };
	struct buf a, b, little;
	struct caa_set_record r;
	struct bytes set;

	buf_init(&a, 4096);
	buf_init(&b, 4096);
	set = make(&a, one);
	CHECK(bytes_equal(set, make(&b, two)));
	for (size_t n = 0; n < set.n; n++) {
		struct bytes cut = { set.p, n };

		while (caa_set_next(&cut, &r))
			;
		CHECK(n == 0 || cut.n > 0 || n == set.n / 2);
	}
	CHECK(caa_set_next(&set, &r) && bytes_is(r.value, CA1));
	CHECK(caa_set_next(&set, &r) && bytes_is(r.value, CA2));
	CHECK(!caa_set_next(&set, &r) && set.n == 0);
	buf_init(&little, 10);
	r = (struct caa_set_record){ 0, bytes_of("issue"), bytes_of("a") };
	CHECK(caa_set_make(&r, 1, &little) && little.n == 10);
	buf_clear(&little);
	r.value = bytes_of("ab");
	CHECK(!caa_set_make(&r, 1, &little));
	buf_fini(&little);
	buf_fini(&a);
	buf_fini(&b);
}

static void
reads_rdata(void)
{
	static const char good[] = "\x80\x05"
	                           "issueca.example";
	uint8_t long_tag[2 + 255 + 1] = { 0, 255 };
	struct caa_set_record r;
	struct buf b;

	buf_init(&b, 4096);
	CHECK(caa_set_parse(bytes_at(good, sizeof good - 1), &r));
	CHECK(r.flags == 0x80 && bytes_is(r.tag, "issue") &&
	    bytes_is(r.value, "ca.example"));
	for (size_t n = 0; n < 7; n++)
		CHECK(!caa_set_parse(bytes_at(good, n), &r));
	CHECK(caa_set_parse(bytes_at(good, 7), &r) && r.value.n == 0);
	CHECK(!caa_set_parse(bytes_at("\0\0issue", 7), &r));
	CHECK(!caa_set_parse(bytes_at("\0\1\0", 3), &r));
	CHECK(!caa_set_parse(bytes_at("\0\2i-", 4), &r));
	memset(long_tag + 2, 'a', 256);
	CHECK(caa_set_parse(bytes_at(long_tag, 258), &r) && r.tag.n == 255 &&
	    r.value.n == 1);
	CHECK(!caa_set_parse(bytes_at(long_tag, 256), &r));
	r = (struct caa_set_record){ 128, bytes_of("issue"),
		bytes_at("a\0\n\x1b[2J\xff", 8) };
	caa_set_text(&r, &b);
	CHECK(strcmp(buf_text(&b), "128 issue \"a\\x00\\x0a\\x1b[2J\\xff\"") ==
	    0);
	buf_fini(&b);
}

int
main(void)
{
	decides_as_the_rfc_does();
	compares_what_is_permitted();
	equal_sets_are_equal_bytes();
	reads_rdata();
	return 0;
}
