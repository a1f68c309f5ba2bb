/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/bounds.h>
#include <ctwatch/policy/watch.h>

#include "build.h"

static struct watch *
watching(const char *item)
{
	struct watch *w = watch_new();
	struct buf error;

	buf_init(&error, 1000);
	if (!watch_add(w, item, &error)) {
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
meets_names_as_written(void)
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
meets_wildcards(void)
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

/* A certificate of n names below example.net, and example.com at the end. */
static struct bytes
cert_of_many(size_t n)
{
	struct bytes last = LIT("\x82\x0b"
	                        "example.com");
	struct buf names;

	buf_init(&names, BUILD_MAX);
	for (size_t i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof name, "h%zu.example.net", i);
		buf_add(&names, TLV(0x82, bytes_of(name)));
	}
	return build_cert(
	    build_tbs(SEQ(LIT("")), build_san(SEQ(buf_view(&names), last))));
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
	CHECK(watch_add(w, ".example.net", &error));
	CHECK(watch_add(w, "example.com", &error));
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

	CHECK(hits_of(".example.net", BOUNDS_WATCH_NAMES, &more) ==
	    BOUNDS_WATCH_NAMES);
	CHECK(!more);
	CHECK(hits_of(".example.net", BOUNDS_WATCH_NAMES + 1, &more) ==
	    BOUNDS_WATCH_NAMES);
	CHECK(more);
	CHECK(hits_of("example.com", 10 * BOUNDS_WATCH_NAMES, &more) == 1);
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
		char item[32];

		snprintf(item, sizeof item, "h%zu.example.net", i);
		CHECK(watch_add(w, item, &error));
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

static void
lists_no_more_than_its_bound(void)
{
	bool more;

	CHECK(listed_of(BOUNDS_WATCH_HITS, &more) == BOUNDS_WATCH_HITS);
	CHECK(!more);
	CHECK(listed_of(BOUNDS_WATCH_HITS + 1, &more) == BOUNDS_WATCH_HITS);
	CHECK(more);
}

int
main(void)
{
	lists_every_item_however_many_names_another_has();
	lists_no_more_than_its_bound();
	meets_names_as_written();
	meets_wildcards();
	return 0;
}
