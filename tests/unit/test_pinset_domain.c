/* SPDX-License-Identifier: Apache-2.0 */
/* pinset: patterns of domains, and the names that they match. */
#include <string.h>

#include <ctwatch/policy/pinset.h>

#include "../support/parse_pinset.h"
#include "../support/test.h"

static void
bad_patterns_are_refused(void)
{
	static const struct {
		const char *pattern, *want;
	} t[] = {
		{ "", "empty" },
		{ "*.", "empty" },
		{ "https://example.com/", "a URL, not a name" },
		{ "example.com:443", "a port or an address, not a name" },
		{ "2001:db8::1", "a port or an address, not a name" },
		{ "192.0.2.1",
		    "an address, not a name: the watch list takes those" },
		{ "foo..example", "an empty label" },
		{ ".example.com", "an empty label" },
		{ "example.com.", "a dot at the end" },
		{ "w*.example.com",
		    "a star is allowed only as the whole first label" },
		{ "*.*.example.com",
		    "a star is allowed only as the whole first label" },
		{ "***.example.com",
		    "a star is allowed only as the whole first label" },
		{ "*", "a star is allowed only as the whole first label" },
		{ "exa mple.com", "not a host name" },
		{ "xn--zz.example.com", "not a name that IDNA can convert" },
		{ "com", "a public suffix, which unrelated owners share" },
		{ "**.com", "a public suffix, which unrelated owners share" },
		{ "*.co.uk", "a public suffix, which unrelated owners share" },
		{ "**.corp", "a public suffix, which unrelated owners share" },
		/* 公司.cn, delegated below .cn */
		{ "**.\xe5\x85\xac\xe5\x8f\xb8.cn",
		    "a public suffix, which unrelated owners share" },
	};
	enum host_pattern_reach reach;
	const char *fault;
	char label[80], *host;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		CHECK(host_pattern_parse(t[i].pattern, &reach, &fault) == NULL);
		if (strcmp(fault, t[i].want) != 0)
			fprintf(stderr, "%s: %s\n", t[i].pattern, fault);
		CHECK(strcmp(fault, t[i].want) == 0);
	}
	memset(label, 'a', 64);
	memcpy(label + 64, ".example", 9);
	CHECK(host_pattern_parse(label, &reach, &fault) == NULL);
	host = host_pattern_parse(label + 1, &reach, &fault);
	CHECK(host != NULL && strlen(host) == 71);
	free(host);
	CHECK((host = host_pattern_parse("**.github.io", &reach, &fault)) !=
	    NULL);
	free(host);
	CHECK((host = host_pattern_parse(
	           "_dmarc.example.com", &reach, &fault)) != NULL);
	free(host);
}

static void
one_name_has_one_form(void)
{
	/* composed, decomposed, upper case, full width, A-label */
	static const char *const same[] = { "b\xc3\xbc"
		                            "cher.example",
		"bu\xcc\x88"
		"cher.example",
		"B\xc3\x9c"
		"CHER.EXAMPLE",
		"\xef\xbd\x82\xc3\xbc\xef\xbd\x83her.example",
		"XN--BCHER-KVA.example" };
	const char *fault;
	char *host;

	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		host = host_pattern_host(same[i], &fault);
		CHECK(host != NULL);
		CHECK(strcmp(host, "xn--bcher-kva.example") == 0);
		free(host);
	}
	/* Non-transitional: the sharp s stays (RFC 3492: xn--fa-hia). */
	host = host_pattern_host("fa\xc3\x9f.example", &fault);
	CHECK(host != NULL && strcmp(host, "xn--fa-hia.example") == 0);
	free(host);
}

static void
the_closest_pattern_wins(void)
{
	struct pinset *p = must_parse(HEAD
	    ",'domains':[{'pattern':'**.example.com','exclude':"
	    "['status.example.com','deep.er.example.com']},"
	    "{'pattern':'*.example.com'},{'pattern':'www.example.com'},"
	    "{'pattern':'**.api.example.com'},{'pattern':'example.org'}]}");
	static const struct {
		const char *name;
		int domain; /* -1: none */
	} t[] = {
		{ "example.com", 0 },
		{ "a.example.com", 1 },
		{ "www.example.com", 2 },
		{ "status.example.com", 1 },
		{ "a.www.example.com", 0 },
		{ "er.example.com", 1 },
		{ "x.er.example.com", 0 },
		{ "deep.er.example.com", -1 },
		{ "api.example.com", 3 },
		{ "v1.api.example.com", 3 },
		{ "*.example.com", 1 },
		{ "*.api.example.com", 3 },
		{ "*.b.example.com", 0 },
		{ "example.org", 4 },
		{ "www.example.org", -1 },
		{ "*.example.org", -1 },
		{ "notexample.com", -1 },
		{ "com", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		const struct pinset_domain *d = pinset_domain(p, t[i].name);

		CHECK(d == (t[i].domain < 0 ? NULL : &p->domains[t[i].domain]));
	}
	CHECK(pinset_domain_any(p, "deep.er.example.com") == &p->domains[0]);
	pinset_free(p);
}

static void
wildcards_serve_the_hosts_below_them(void)
{
	static const struct {
		const char *host;
		enum host_pattern_reach reach;
		const char *name;
		bool served;
	} t[] = {
		{ "api.example.com", HOST_PATTERN_HOST, "*.example.com", true },
		{ "api.example.com", HOST_PATTERN_SUBTREE, "*.example.com",
		    true },
		{ "api.example.com", HOST_PATTERN_ONE_LABEL, "*.example.com",
		    false },
		{ "example.com", HOST_PATTERN_HOST, "*.example.com", false },
		{ "a.api.example.com", HOST_PATTERN_HOST, "*.example.com",
		    false },
		{ "api.example.com", HOST_PATTERN_HOST, "api.example.com",
		    false },
		{ "api.example.com", HOST_PATTERN_HOST, "a*.example.com",
		    true },
		{ "api.example.com", HOST_PATTERN_HOST, "*i.example.com",
		    true },
		{ "api.example.com", HOST_PATTERN_HOST, "a*i.example.com",
		    true },
		{ "api.example.com", HOST_PATTERN_HOST, "api*api.example.com",
		    false },
		{ "api.example.com", HOST_PATTERN_HOST, "b*.example.com",
		    false },
		{ "api.example.com", HOST_PATTERN_HOST, "api.*.com", false },
		{ "com", HOST_PATTERN_HOST, "*", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		CHECK(host_pattern_served(t[i].host, t[i].reach, t[i].name) ==
		    t[i].served);
}

static void
registrable_domains_are_found(void)
{
	CHECK(strcmp(host_pattern_registrable("a.b.example.co.uk"),
	          "example.co.uk") == 0);
	CHECK(strcmp(host_pattern_registrable("example.com"), "example.com") ==
	    0);
	CHECK(strcmp(host_pattern_registrable("*.x.github.io"), "github.io") ==
	    0);
	CHECK(host_pattern_registrable("co.uk") == NULL);
	CHECK(host_pattern_registrable("localhost") == NULL);
	CHECK(host_pattern_registrable("") == NULL);
}

int
main(void)
{
	bad_patterns_are_refused();
	one_name_has_one_form();
	the_closest_pattern_wins();
	wildcards_serve_the_hosts_below_them();
	registrable_domains_are_found();
	return 0;
}
