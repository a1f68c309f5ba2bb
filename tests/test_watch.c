/* SPDX-License-Identifier: Apache-2.0 */
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

int
main(void)
{
	meets_names_as_written();
	meets_wildcards();
	return 0;
}
