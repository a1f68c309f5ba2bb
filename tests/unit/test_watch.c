/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/limits.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/policy/watchlist.h>

#include "../support/der_builder.h"

static struct watch *
watching(const char *item)
{
	struct watch *w = watch_new();
	struct buf error;

	buf_init(&error, 1000);
	if (!watch_add(w, bytes_of(item), &error)) {
		fprintf(stderr, "%s\n", buf_text(&error));
		exit(1);
	}
	buf_fini(&error);
	watch_build(w);
	return w;
}

static bool
matches(const char *item, struct bytes names)
{
	struct watch *w = watching(item);
	struct watch_hits hits;
	struct cert c;
	bool match;

	CHECK(cert_parse(build_cert(build_tbs(SEQ(LIT("")),
	                     build_san(TLV(DER_SEQUENCE, names)))),
	          &c) == CERT_OK);
	match = watch_match(w, &c);
	watch_explain(w, &c, &hits);
	CHECK(match == (hits.n > 0));
	watch_hits_free(&hits);
	watch_free(w);
	return match;
}

static bool
dns(const char *item, const char *name)
{
	return matches(item, TLV(0x82, bytes_of(name)));
}

static void
matches_names_as_written(void)
{
	CHECK(dns("example.com", "example.com"));
	CHECK(dns("example.com", "EXAMPLE.com"));
	CHECK(dns("EXAMPLE.com", "example.COM"));
	CHECK(dns("example.com", "example.com."));
	CHECK(!dns("example.com", "www.example.com"));
	CHECK(dns(".example.com", "www.example.com"));
	CHECK(dns(".example.com", "example.com"));
	CHECK(dns(".example.com", "a.b.c.example.com"));
	CHECK(!dns(".example.com", "notexample.com"));
	CHECK(!dns(".example.com", "com"));
	CHECK(dns("*.example.com", "www.example.com"));
	CHECK(!dns("*.example.com", "example.com"));
	CHECK(!dns("*.example.com", "a.b.example.com"));
	CHECK(dns(".", "x"));
}

static void
matches_wildcards(void)
{
	CHECK(dns("www.example.com", "*.example.com"));
	CHECK(dns(".sub.example.com", "*.example.com"));
	CHECK(!dns("www.sub.example.com", "*.example.com"));
	CHECK(!dns("example.com", "*.example.com"));
	CHECK(dns("*.example.com", "*.example.com"));
	CHECK(dns(".example.com", "*.a.b.example.com"));
	CHECK(dns("www.example.com", "w*w.example.com"));
	CHECK(dns("www.example.com", "www.*.com"));
	CHECK(dns("www.example.com", "www.exam*ple.co*m"));
	CHECK(!dns("www.example.com", "x*.example.com"));
	CHECK(dns("www.example.com", "?.example.com"));
	CHECK(dns("www.example.com", "*"));
	CHECK(dns("example.com", "*.com"));
	CHECK(!dns("example.com", "*.org"));
	CHECK(dns("www-example-www.com", "*-example-*.com"));
	CHECK(dns("www.example.com", "\x07.example.com"));
	CHECK(dns("www.example.com", ".example.com"));
}

/* Load a list that is good and return how many items it has. */
static size_t
loads(const char *list)
{
	struct blob text = blob_copy(bytes_of(list));
	struct watch *w = watch_new();
	struct buf error;
	size_t n;

	buf_init(&error, 1000);
	if (!watchlist_load(w, &text, "list", &error)) {
		fprintf(stderr, "%s\n", buf_text(&error));
		exit(1);
	}
	n = watch_count(w);
	watch_free(w);
	buf_fini(&error);
	return n;
}

/* Load a list that is not, and compare where and how it is said. */
static bool
refused(const char *list, const char *where_and_why)
{
	struct blob text = blob_copy(bytes_of(list));
	struct watch *w = watch_new();
	struct buf error;
	bool same;

	buf_init(&error, 1000);
	CHECK(!watchlist_load(w, &text, "list", &error));
	same = strncmp(
	           buf_text(&error), where_and_why, strlen(where_and_why)) == 0;
	if (!same)
		fprintf(stderr, "%s\n", buf_text(&error));
	watch_free(w);
	buf_fini(&error);
	return same;
}

static void
reads_every_form_of_a_watch_list(void)
{
	CHECK(loads("") == 0);
	CHECK(loads("example.com") == 1);
	CHECK(loads("\xef\xbb\xbf.example.com\r\n\r\nexample.org\r\n") == 2);
	CHECK(loads("\t example.com \t\n   \n\t\n# example.org\n") == 1);
	CHECK(loads("example.com # ours\nexample.org#theirs\n") == 2);
	CHECK(loads("example.com\nEXAMPLE.com\nexample.com.\n") == 1);
	CHECK(loads("example.com\n.example.com\n*.example.com\n") == 3);
	CHECK(loads("example.com valid_at:2020-01-01T00:00:00Z\n") == 1);
	CHECK(loads(".\n192.0.2.1\n192.0.2.0/24\n2001:db8::/32\n") == 4);
	CHECK(loads("b\xc3\xbc"
	            "cher.example\nxn--bcher-kva.example\n"
	            "bu\xcc\x88"
	            "cher.example\n") == 1);
	CHECK(loads("\xef\xbd\x81.example\na.example\n") == 1); /* wide a */
}

/* A certificate of n names below example.net, and example.com at the end. */
static struct bytes
cert_of_many(size_t n)
{
	struct bytes last = LIT("\x82\x0b"
	                        "example.com");
	struct buf names;

	buf_init(&names, BUILD_MAX);
	for (size_t i = 0; i < n; i++) {
		char name[48];

		snprintf(name, sizeof name, "h%zu.example.net", i);
		buf_add(&names, TLV(0x82, bytes_of(name)));
	}
	return build_cert(build_tbs(
	    SEQ(LIT("")), build_san(SEQ(build_keep(buf_view(&names)), last))));
}

/* A list whose items need converted names: so many that the text which has both
 * moves while the list is read, and the last line without a newline. */
static void
keeps_items_as_written(void)
{
	enum {
		N = 300
	};
	struct watch *w = watch_new();
	struct buf list, error;
	struct watch_hits hits;
	struct blob text;
	struct cert c;

	buf_init(&list, 100000);
	buf_init(&error, 1000);
	for (int i = 0; i < N; i++)
		buf_printf(&list, "%sH%d.Example.NET%s", i > 0 ? "\n" : "", i,
		    i == N - 1      ? ""
		        : i % 3 > 1 ? "#ours"
		        : i % 3 > 0 ? "\r"
		                    : "  ");
	text = blob_take(&list);
	CHECK(watchlist_load(w, &text, "list", &error));
	CHECK(watch_add(w, bytes_of("Example.COM"), &error));
	watch_build(w);
	CHECK(watch_count(w) == N + 1);
	for (int i = 0; i < N; i++) {
		char item[48];

		snprintf(item, sizeof item, "H%d.Example.NET", i);
		CHECK(strcmp(watch_item(w, (size_t)i), item) == 0);
	}
	CHECK(cert_parse(cert_of_many(N), &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	CHECK(hits.n == N + 1);
	for (size_t i = 0; i < hits.n; i++)
		CHECK(strcasecmp(
		          watch_item(w, hits.v[i].item), hits.v[i].name) == 0);
	watch_hits_free(&hits);
	watch_free(w);
	buf_fini(&list);
	buf_fini(&error);
}

/* How many of the items of one name, each of another reach, a name matches. */
static size_t
reached(const char *name)
{
	static const char *const items[] = { "example.com", "*.example.com",
		".example.com" };
	struct watch *w = watch_new();
	struct watch_hits hits;
	struct buf error;
	struct cert c;
	size_t n;

	buf_init(&error, 1000);
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		CHECK(watch_add(w, bytes_of(items[i]), &error));
	watch_build(w);
	CHECK(cert_parse(build_cert(build_tbs(SEQ(LIT("")),
	                     build_san(SEQ(TLV(0x82, bytes_of(name)))))),
	          &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	n = hits.n;
	watch_hits_free(&hits);
	watch_free(w);
	return n;
}

static void
lists_each_reach_of_a_name(void)
{
	CHECK(reached("example.com") == 2);
	CHECK(reached("www.example.com") == 2);
	CHECK(reached("a.www.example.com") == 1);
	CHECK(reached("*.example.com") == 2);
	CHECK(reached("example.net") == 0);
}

static void
refuses_names_that_cannot_match(void)
{
	char list[80];

	CHECK(refused("a.test\n\nhttps://example.com/\n",
	    "list:3: \"https://"
	    "example.com/\": a "
	    "URL"));
	CHECK(
	    refused("foo..bar", "list:1: \"foo..bar\": a name with an empty"));
	CHECK(refused("a.test b.test", "list:1: more than"));
	CHECK(refused("*.*.test", "list:1: \"*.*.test\": a star"));
	CHECK(refused("w*w.test", "list:1: \"w*w.test\": a star"));
	CHECK(refused("192.0.2.300", "list:1: \"192.0.2.300\": neither"));
	CHECK(
	    refused("192.0.2.0/33", "list:1: \"192.0.2.0/33\": not a network"));
	CHECK(refused("b\xfc.test", "list:1: not UTF-8"));
	CHECK(refused("a@b.test", "list:1: \"a@b.test\": not a host name"));
	CHECK(refused("\xe2\x80\xaa.test",
	    "list:1: \"\\xe2\\x80\\xaa.test\": "
	    "not a name that IDNA"));
	memset(list, 'a', sizeof list);
	memcpy(list + 63, ".b", 3);
	CHECK(loads(list) == 1);
	memcpy(list + 63, "a.b", 4);
	CHECK(refused(list, "list:1: \"aaaa"));
}

/* How many hits an item has, and whether there are more of any. */
static size_t
hits_of(const char *item, size_t names, bool *more)
{
	struct watch *w = watch_new();
	struct watch_hits hits;
	struct buf error;
	struct cert c;
	size_t n = 0;

	buf_init(&error, 1000);
	CHECK(watch_add(w, bytes_of(".example.net"), &error));
	CHECK(watch_add(w, bytes_of("example.com"), &error));
	watch_build(w);
	CHECK(cert_parse(cert_of_many(names), &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	for (size_t i = 0; i < hits.n; i++)
		n += strcmp(watch_item(w, hits.v[i].item), item) == 0;
	*more = hits.more;
	watch_hits_free(&hits);
	watch_free(w);
	return n;
}

static void
lists_every_item_however_many_names_another_has(void)
{
	bool more;

	CHECK(hits_of(".example.net", LIMIT_WATCH_NAMES, &more) ==
	    LIMIT_WATCH_NAMES);
	CHECK(!more);
	CHECK(hits_of(".example.net", LIMIT_WATCH_NAMES + 1, &more) ==
	    LIMIT_WATCH_NAMES);
	CHECK(more);
	CHECK(hits_of("example.com", 10 * LIMIT_WATCH_NAMES, &more) == 1);
}

/* How many of n items, each a name of one certificate, are listed. */
static size_t
listed_of(size_t n, bool *more)
{
	struct watch *w = watch_new();
	struct watch_hits hits;
	struct buf error;
	struct cert c;

	buf_init(&error, 1000);
	for (size_t i = 0; i < n; i++) {
		char item[48];

		snprintf(item, sizeof item, "h%zu.example.net", i);
		CHECK(watch_add(w, bytes_of(item), &error));
	}
	watch_build(w);
	CHECK(cert_parse(cert_of_many(n), &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	n = hits.n;
	*more = hits.more;
	watch_hits_free(&hits);
	watch_free(w);
	return n;
}

/* No item is lost, for any number of items and any order. */
static void
lists_every_item(void)
{
	bool more;

	CHECK(
	    listed_of(LIMIT_WATCH_HITS + 100, &more) == LIMIT_WATCH_HITS + 100);
	CHECK(!more);
}

/* A zone of many watched hosts that a wildcard serves, and its apex behind. */
static size_t
listed_of_zone(size_t hosts)
{
	struct watch *w = watch_new();
	struct watch_hits hits;
	struct buf error;
	struct cert c;
	size_t n;

	buf_init(&error, 1000);
	for (size_t i = 0; i < hosts; i++) {
		char item[48];

		snprintf(item, sizeof item, "h%zu.example.net", i);
		CHECK(watch_add(w, bytes_of(item), &error));
	}
	CHECK(watch_add(w, LIT("example.net"), &error));
	watch_build(w);
	CHECK(cert_parse(build_cert(build_tbs(SEQ(LIT("")),
	                     build_san(SEQ(TLV(0x82, LIT("*.example.net")),
	                         TLV(0x82, LIT("example.net")))))),
	          &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	n = hits.n;
	for (size_t i = 0; i < n; i++)
		CHECK(hits.v[i].how != WATCH_UNCLEAR);
	CHECK(!hits.more);
	watch_hits_free(&hits);
	watch_free(w);
	return n;
}

static void
lists_the_apex_behind_a_wildcard(void)
{
	CHECK(listed_of_zone(1101) == 1102);
	CHECK(listed_of_zone(LIMIT_WATCH_STEPS + 1) == LIMIT_WATCH_STEPS + 2);
}

/* LIMIT_WATCH_PATTERNS: so many patterns that fit nothing are compared with
 * LIMIT_WATCH_STEPS items before a star that fits all. */
static size_t
listed_behind(size_t patterns)
{
	struct watch *w = watch_new();
	struct watch_hits hits;
	struct buf error, list;
	struct cert c;
	char text[64];

	buf_init(&error, 1000);
	buf_init(&list, BUILD_MAX);
	for (size_t i = 0; i < LIMIT_WATCH_STEPS; i++) {
		snprintf(text, sizeof text, "h%zu.example.net", i);
		CHECK(watch_add(w, bytes_of(text), &error));
	}
	for (size_t i = 0; i < patterns; i++) {
		snprintf(text, sizeof text, "x%zu*.example.net", i);
		buf_add(&list, TLV(0x82, bytes_of(text)));
	}
	buf_add(&list, TLV(0x82, LIT("*.example.net")));
	watch_build(w);
	CHECK(cert_parse(build_cert(build_tbs(SEQ(LIT("")),
	                     build_san(SEQ(build_keep(buf_view(&list)))))),
	          &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	patterns = hits.n;
	watch_hits_free(&hits);
	watch_free(w);
	return patterns;
}

static void
compares_as_many_patterns_as_the_limit(void)
{
	/* Each is read twice: as it is, and as a word. */
	CHECK(listed_behind(LIMIT_WATCH_PATTERNS / 2) == LIMIT_WATCH_STEPS);
	CHECK(listed_behind(LIMIT_WATCH_PATTERNS / 2 + 1) < LIMIT_WATCH_STEPS);
}

/* LIMIT_WATCH_NAMES of each item, and LIMIT_WATCH_HITS beside the first ones. */
static size_t
hits_of_zones(size_t zones, size_t names, bool *more)
{
	struct watch *w = watch_new();
	struct watch_hits hits;
	struct buf error, list;
	struct cert c;

	buf_init(&error, 1000);
	buf_init(&list, BUILD_MAX);
	for (size_t i = 0; i < zones; i++) {
		char text[64];

		snprintf(text, sizeof text, ".z%zu.example.net", i);
		CHECK(watch_add(w, bytes_of(text), &error));
		for (size_t k = 0; k < names; k++) {
			snprintf(
			    text, sizeof text, "h%zu.z%zu.example.net", k, i);
			buf_add(&list, TLV(0x82, bytes_of(text)));
		}
	}
	watch_build(w);
	CHECK(cert_parse(build_cert(build_tbs(SEQ(LIT("")),
	                     build_san(SEQ(build_keep(buf_view(&list)))))),
	          &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	zones = hits.n;
	*more = hits.more;
	watch_hits_free(&hits);
	watch_free(w);
	return zones;
}

static void
lists_names_up_to_the_limit(void)
{
	const size_t zones = LIMIT_WATCH_HITS / (LIMIT_WATCH_NAMES - 1);
	bool more;

	CHECK(hits_of_zones(zones, LIMIT_WATCH_NAMES, &more) ==
	    zones * LIMIT_WATCH_NAMES);
	CHECK(!more);
	CHECK(hits_of_zones(zones + 8, LIMIT_WATCH_NAMES, &more) ==
	    zones + 8 + LIMIT_WATCH_HITS);
	CHECK(more);
}

/* A CA, or what is none, with this value of nameConstraints. */
static bool
permits(const char *item, bool ca, const char *name)
{
	struct bytes basic = SEQ(TLV(DER_OID, LIT("\x55\x1d\x13")),
	    TLV(DER_OCTETS, SEQ(TLV(DER_BOOLEAN, LIT("\xff")))));
	struct bytes subtrees =
	    TLV(0xa0, SEQ(TLV(0x87, LIT("\x0a\0\0\0\xff\0\0\0"))),
	        SEQ(TLV(0x82, bytes_of(name))));
	struct bytes constraints = SEQ(
	    TLV(DER_OID, LIT("\x55\x1d\x1e")), TLV(DER_OCTETS, SEQ(subtrees)));
	struct watch *w = watching(item);
	struct watch_hits hits;
	struct cert c;
	bool match;

	CHECK(cert_parse(build_cert(build_tbs(SEQ(LIT("")),
	                     ca ? JOIN(constraints, basic) : constraints)),
	          &c) == CERT_OK);
	match = watch_match(w, &c);
	watch_explain(w, &c, &hits);
	CHECK(match == (hits.n > 0));
	CHECK(!match || hits.v[0].kind == CERT_PERMITTED);
	watch_hits_free(&hits);
	watch_free(w);
	return match;
}

static void
matches_what_a_ca_is_permitted(void)
{
	CHECK(permits("example.com", true, "example.com"));
	CHECK(permits("example.com", true, ".example.com"));
	CHECK(permits("www.example.com", true, "EXAMPLE.com"));
	CHECK(permits(".example.com", true, "a.example.com"));
	CHECK(permits("*.example.com", true, "example.com"));
	CHECK(!permits("example.com", true, "a.example.com"));
	CHECK(!permits("example.com", true, "xample.com"));
	CHECK(!permits("example.com", true, "example.org"));
	/* As wide as no constraint, and no CA. */
	CHECK(!permits("example.com", true, "com"));
	CHECK(!permits("example.com", true, ""));
	CHECK(!permits("example.com", false, "example.com"));
}

int
main(void)
{
	reads_every_form_of_a_watch_list();
	keeps_items_as_written();
	lists_each_reach_of_a_name();
	refuses_names_that_cannot_match();
	lists_every_item_however_many_names_another_has();
	lists_every_item();
	lists_the_apex_behind_a_wildcard();
	lists_names_up_to_the_limit();
	compares_as_many_patterns_as_the_limit();
	matches_what_a_ca_is_permitted();
	matches_names_as_written();
	matches_wildcards();
	return 0;
}
