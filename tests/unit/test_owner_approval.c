/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rotate/owner_approval.h"
#include <ctwatch/base/buf.h>

#include "../support/test.h"

#define A "sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg="
#define B "sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o="

/* A pinset with a key of each state, an issuer, and these domains. */
#define PINSET(domains)                                                        \
	"{\"format\": \"ctwatch-pinset/1\", \"name\": \"x\", \"version\": 1,"  \
	"\"issuers\": [{\"id\": \"ca\", \"spki\": \"" B "\"}],"                \
	"\"keys\": [{\"id\": \"a\", \"spki\": \"" A                            \
	"\", \"state\": \"active\"}, {\"id\": \"b\", \"spki\": \"" B           \
	"\", \"state\": \"retired\"}], \"domains\": [" domains "]}"

#define OWNED(more)                                                            \
	"{\"pattern\": \"**.example.com\", \"keys\": [\"a\"], \"owner\": "     \
	"\"web\"" more "}"

/* Those who own what: web is alice's, app is bob's. */
static size_t alice = 0, bob = 1;
static struct approvers_owner owners[] = { { (char *)"web", &alice, 1 },
	{ (char *)"app", &bob, 1 } };
static const struct approvers trust = {
	.threshold = 2, .owners = owners, .n_owners = 2
};

static struct pinset *
load(const char *text)
{
	struct buf error;
	struct pinset *p;

	buf_init(&error, 4096);
	p = pinset_parse(bytes_of(text), "p", &error);
	if (p == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(p != NULL);
	buf_fini(&error);
	return p;
}

/* Is the change complete with these signatures? */
static bool
is_complete(const char *from, const char *to, bool by_alice, bool by_bob)
{
	struct pinset *p = load(from), *q = load(to);
	const bool signed_by[] = { by_alice, by_bob };
	struct buf out;
	bool ok;

	buf_init(&out, 4096);
	ok = owner_approval_check(p, q, &trust, signed_by, &out);
	CHECK(ok == (out.n == 0));
	buf_fini(&out);
	pinset_free(p);
	pinset_free(q);
	return ok;
}

/* Does the change of the one need alice, and her alone? */
static bool
needs_alice(const char *to)
{
	const char *from = PINSET(OWNED(""));

	return !is_complete(from, to, false, true) &&
	    is_complete(from, to, true, true);
}

static void
needs_the_owner_before(void)
{
	CHECK(is_complete(PINSET(OWNED("")), PINSET(OWNED("")), false, false));
	CHECK(!needs_alice(PINSET(OWNED(", \"note\": \"n\""))));
	CHECK(!needs_alice(PINSET(OWNED(", \"contact\": \"x@example.com\""))));
	/* Deleted; another owner, or none; mode; what it excludes. */
	CHECK(needs_alice(PINSET("")));
	CHECK(needs_alice(PINSET("{\"pattern\": \"**.example.com\", \"keys\": "
	                         "[\"a\"]}")));
	CHECK(needs_alice(PINSET("{\"pattern\": \"**.example.com\", \"keys\": "
	                         "[\"a\"], \"owner\": \"app\"}")));
	CHECK(needs_alice(PINSET(OWNED(", \"mode\": \"monitor\""))));
	CHECK(needs_alice(
	    PINSET(OWNED(", \"exclude\": [\"login.example.com\"]"))));
	CHECK(needs_alice(PINSET(OWNED(", \"issuers\": [\"ca\"]"))));
	CHECK(needs_alice(
	    PINSET(OWNED(", \"relinquished\": \"2026-01-01T00:00:00Z\""))));
	CHECK(!needs_alice(PINSET(OWNED(", \"criticality\": \"normal\""))));
	CHECK(needs_alice(PINSET(OWNED(", \"criticality\": \"low\""))));
	/* Effective keys: watched only; a retired key changes nothing. */
	CHECK(needs_alice(PINSET("{\"pattern\": \"**.example.com\", \"owner\": "
	                         "\"web\"}")));
	CHECK(is_complete(PINSET(OWNED("")),
	    PINSET("{\"pattern\": \"**.example.com\", \"keys\": [\"a\", "
	           "\"b\"], \"owner\": \"web\"}"),
	    false, false));
}

/* A more specific pattern takes names away from the owner. */
static void
needs_the_owner_above(void)
{
	CHECK(needs_alice(
	    PINSET(OWNED("") ", {\"pattern\": \"login.example.com\", \"keys\": "
	                     "[\"a\"]}")));
	CHECK(needs_alice(PINSET(
	    OWNED("") ", {\"pattern\": \"*.example.com\", \"keys\": [\"a\"], "
	              "\"owner\": \"app\"}")));
	CHECK(needs_alice(
	    PINSET(OWNED("") ", {\"pattern\": \"**.login.example.com\"}")));
	/* A wider one, and one elsewhere, take none. */
	CHECK(is_complete(PINSET("{\"pattern\": \"www.example.com\", \"keys\": "
	                         "[\"a\"], \"owner\": \"web\"}"),
	    PINSET("{\"pattern\": \"www.example.com\", \"keys\": [\"a\"], "
	           "\"owner\": \"web\"}, {\"pattern\": \"**.example.com\"}"),
	    false, false));
	CHECK(is_complete(PINSET(OWNED("")),
	    PINSET(OWNED("") ", {\"pattern\": \"notexample.com\"}"), false,
	    false));
	/* A specific pattern without an owner is below one that has one. */
	CHECK(!is_complete(
	    PINSET(OWNED("") ", {\"pattern\": \"login.example.com\"}"),
	    PINSET(OWNED("") ", {\"pattern\": \"login.example.com\", "
	                     "\"keys\": [\"a\"]}"),
	    false, true));
}

/* A new owner must approve. */
static void
needs_the_owner_after(void)
{
	const char *to = PINSET("{\"pattern\": \"**.example.com\", \"keys\": "
	                        "[\"a\"], \"owner\": \"app\"}");

	CHECK(!is_complete(PINSET(OWNED("")), to, true, false));
	CHECK(is_complete(PINSET(OWNED("")), to, true, true));
	CHECK(!is_complete(PINSET(""), to, true, false));
	CHECK(is_complete(PINSET(""), to, false, true));
}

int
main(void)
{
	needs_the_owner_before();
	needs_the_owner_above();
	needs_the_owner_after();
	return 0;
}
