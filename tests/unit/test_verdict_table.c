/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of the decision table where a known key, a pinned CA, a purpose
 * other than servers or the watch list decide.
 */
#include <string.h>

#include <openssl/rsa.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/policy/verdict.h>
#include <ctwatch/wire/der.h>

#include "../support/make_cert.h"
#include "../support/make_pinset.h"

enum {
	ACTIVE,
	RETIRED,
	PROPOSED,
	OWN_RSA,
	CA_PINNED,
	CA_RETIRED,
	CA_COMPROMISED,
	CA_PROPOSED,
	N_PINNED,
	UNKNOWN = N_PINNED,
	CA,
	N_KEYS
};
static EVP_PKEY *keys[N_KEYS];
static struct pinset *pinset;
static int wrong;

/* In it, %s are the pins of ACTIVE to CA_PROPOSED, in their order. */
static const char pinset_text[] =
    "{'format':'ctwatch-pinset/1','name':'test','version':1,"
    "'keys':["
    "{'id':'active','spki':'%s','state':'active'},"
    "{'id':'retired','spki':'%s','state':'retired',"
    "'retired':'2026-09-01T00:00:00Z'},"
    "{'id':'proposed','spki':'%s','state':'proposed'},"
    "{'id':'rsa','spki':'%s','state':'active'},"
    "{'id':'ca-pinned','spki':'%s','state':'active'},"
    "{'id':'ca-retired','spki':'%s','state':'retired',"
    "'retired':'2026-09-01T00:00:00Z'},"
    "{'id':'ca-compromised','spki':'%s','state':'compromised'},"
    "{'id':'ca-proposed','spki':'%s','state':'proposed'}],"
    "'issuers':[{'id':'ca','spki':"
    "'sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0='}],"
    "'domains':["
    "{'pattern':'**.own.example','keys':['active','retired','proposed',"
    "'rsa'],'exclude':['status.own.example']},"
    "{'pattern':'**.leaf.example','keys':['active']},"
    "{'pattern':'**.ca.example','kind':'ca','keys':['ca-pinned',"
    "'ca-retired','ca-compromised','ca-proposed']},"
    "{'pattern':'**.any.example','keys':['ca-pinned'],'position':'any'},"
    "{'pattern':'**.listed.example','issuers':['ca']},"
    "{'pattern':'**.both.example','keys':['active'],'issuers':['ca']},"
    "{'pattern':'www.nbcnews.com','keys':['active']}]}";

static void
make_pinset(void)
{
	char pins[N_PINNED][PINSET_PIN_TEXT];

	for (int i = 0; i < N_KEYS; i++)
		keys[i] = i == OWN_RSA ? EVP_RSA_gen(2048) : make_cert_key();
	for (int i = 0; i < N_PINNED; i++) {
		uint8_t pin[SHA256_SIZE];

		make_cert_pin(keys[i], pin);
		pinset_pin_format(pin, pins[i]);
	}
	pinset = pins_parse(mem_printf(pinset_text, pins[0], pins[1], pins[2],
	    pins[3], pins[4], pins[5], pins[6], pins[7]));
}

static struct watch *
make_watch(const char *item)
{
	struct watch *w = watch_new();
	struct buf error;

	buf_init(&error, 1000);
	for (size_t i = 0; i < pinset->n_domains; i++)
		CHECK(
		    watch_add(w, bytes_of(pinset->domains[i].pattern), &error));
	if (item != NULL)
		CHECK(watch_add(w, bytes_of(item), &error));
	buf_fini(&error);
	watch_build(w);
	return w;
}

/* A precertificate of the CA key, and what is watched beside the pinset. */
struct scene {
	int key, ca;
	const char *names, *usage, *watch;
	struct bytes tbs; /* or empty: made of the above */
};

static void
check(const struct scene *s, const char *want, bool expected, int line)
{
	struct watch *w = make_watch(s->watch);
	uint8_t issuer[SHA256_SIZE];
	struct make_cert m = { .key = keys[s->key],
		.ca_key = keys[s->ca],
		.names = s->names,
		.usage = s->usage };
	struct bytes tbs = s->tbs.n > 0 ? s->tbs : make_cert_tbs(&m);
	struct watch_hits hits;
	struct verdict v;
	struct cert c;
	struct buf got;

	make_cert_pin(keys[s->ca], issuer);
	CHECK(cert_parse_tbs(tbs, &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	verdict_judge(pinset,
	    &(struct verdict_input){ .der = tbs,
	        .kind = LEAF_PRECERT,
	        .issuer_key_hash = issuer,
	        .chain_complete = true,
	        .first_of_key = true,
	        .watch = w,
	        .hits = &hits,
	        .now = make_cert_day("2026-11-21") },
	    &v);
	buf_init(&got, 4096);
	for (size_t i = 0; i < v.n; i++)
		buf_printf(&got, "%s%s/%s", i > 0 ? " " : "", v.v[i].rule->id,
		    rules_severity_word(v.v[i].severity));
	if (strcmp(buf_text(&got), want) != 0 || v.expected != expected) {
		fprintf(stderr, "%s:%d: %s, not %s; expected %d\n", __FILE__,
		    line, buf_text(&got), want, v.expected);
		wrong++;
	}
	buf_fini(&got);
	verdict_fini(&v);
	watch_hits_free(&hits);
	watch_free(w);
	if (s->tbs.n == 0)
		make_cert_free(tbs);
}

#define CASE(k, c, ...)                                                        \
	&(struct scene)                                                        \
	{                                                                      \
		.key = (k), .ca = (c), __VA_ARGS__                             \
	}
#define EXPECTED(s, want) check(s, want, true, __LINE__)
#define FOUND(s, want)    check(s, want, false, __LINE__)

/* A pinned CA above says nothing about a key whose state the pinset has. */
static void
a_known_key_is_judged_before_the_ca_above(void)
{
	static const char *const names[] = { "DNS:www.ca.example",
		"DNS:www.any.example" };

	for (size_t i = 0; i < 2; i++) {
		EXPECTED(
		    CASE(UNKNOWN, CA_PINNED, .names = names[i]), "CTW007/note");
		FOUND(
		    CASE(ACTIVE, CA_PINNED, .names = names[i]), "CTW003/high");
		FOUND(
		    CASE(RETIRED, CA_PINNED, .names = names[i]), "CTW006/high");
		FOUND(CASE(PROPOSED, CA_PINNED, .names = names[i]),
		    "CTW001/note");
	}
}

static void
a_ca_key_that_is_not_usable_matches_nothing(void)
{
	static const int cas[] = { CA_RETIRED, CA_COMPROMISED, CA_PROPOSED };

	for (size_t i = 0; i < 3; i++)
		FOUND(CASE(UNKNOWN, cas[i], .names = "DNS:www.ca.example"),
		    "CTW001/critical");
	/* Its own entry says that a chain of the pinned CA is good. */
	EXPECTED(CASE(UNKNOWN, CA_PINNED, .names = "DNS:www.ca.example"),
	    "CTW007/note");
}

static void
a_proposed_key_is_unknown_to_other_domains(void)
{
	FOUND(
	    CASE(PROPOSED, CA, .names = "DNS:www.own.example"), "CTW001/note");
	FOUND(CASE(PROPOSED, CA, .names = "DNS:www.leaf.example"),
	    "CTW001/critical");
	FOUND(CASE(PROPOSED, CA, .names = "DNS:www.ca.example"),
	    "CTW001/critical");
	FOUND(CASE(PROPOSED, CA,
	          .names = "DNS:www.own.example,DNS:www.leaf.example"),
	    "CTW001/critical");
}

static void
a_watched_item_is_watched_also_if_the_pinset_excludes_it(void)
{
	static const char names[] = "DNS:status.own.example";

	FOUND(CASE(UNKNOWN, CA, .names = names), "");
	FOUND(CASE(UNKNOWN, CA, .names = names, .watch = "status.own.example"),
	    "CTW000/medium");
	FOUND(CASE(UNKNOWN, CA, .names = names, .watch = ".status.own.example"),
	    "CTW000/medium");
	/* A wider item does not bring back what the pinset excludes. */
	FOUND(CASE(UNKNOWN, CA, .names = names, .watch = "."), "");
	FOUND(CASE(UNKNOWN, CA, .names = names, .watch = ".example"), "");
}

/* ---- purposes ---- */

static void
certificates_for_other_purposes_are_medium(void)
{
	static const char *const other[] = { "emailProtection", "codeSigning",
		"clientAuth", "1.3.6.1.5.5.7.3.31", "1.2.3.4",
		"emailProtection,clientAuth" };
	static const char *const server[] = { "serverAuth,clientAuth", "" };
	static const char *const gated[] = { "msSGC", "nsSGC",
		"clientAuth,nsSGC" };

	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		FOUND(CASE(UNKNOWN, CA, .names = "DNS:www.own.example",
		          .usage = other[i]),
		    "CTW019/medium");
		FOUND(CASE(UNKNOWN, CA, .names = "DNS:www.both.example",
		          .usage = other[i]),
		    "CTW019/medium");
		FOUND(CASE(UNKNOWN, CA, .names = "DNS:*.nbcnews.com",
		          .usage = other[i]),
		    "CTW019/medium");
		FOUND(CASE(UNKNOWN, CA, .names = "DNS:www.listed.example",
		          .usage = other[i]),
		    "CTW000/medium CTW034/low");
		FOUND(CASE(PROPOSED, CA, .names = "DNS:www.leaf.example",
		          .usage = other[i]),
		    "CTW019/medium");
		/* Our own key is judged as ever. */
		FOUND(CASE(RETIRED, CA, .names = "DNS:www.own.example",
		          .usage = other[i]),
		    "CTW006/high CTW034/low");
	}
	for (size_t i = 0; i < sizeof server / sizeof *server; i++)
		FOUND(CASE(UNKNOWN, CA, .names = "DNS:www.leaf.example",
		          .usage = server[i]),
		    "CTW001/critical");
	/* OpenSSL accepts server gated cryptography for a server. */
	for (size_t i = 0; i < sizeof gated / sizeof *gated; i++)
		FOUND(CASE(UNKNOWN, CA, .names = "DNS:www.leaf.example",
		          .usage = gated[i]),
		    "CTW001/critical CTW034/low");
	FOUND(CASE(UNKNOWN, CA, .names = "DNS:www.leaf.example",
	          .usage = "emailProtection,anyExtendedKeyUsage"),
	    "CTW001/critical CTW034/medium");
}

/* ---- names that cannot be read ---- */

static void
a_name_that_may_match_is_ambiguous(void)
{
	FOUND(CASE(UNKNOWN, CA, .names = "DNS:www.nbcnews.com"),
	    "CTW001/critical");
	FOUND(CASE(UNKNOWN, CA, .names = "DNS:?.nbcnews.com"), "CTW061/medium");
	FOUND(
	    CASE(UNKNOWN, CA, .names = "DNS:?.nbcnews.com,DNS:www.nbcnews.com"),
	    "CTW001/critical");
	FOUND(CASE(UNKNOWN, CA, .names = "DNS:?.example.net",
	          .watch = "www.example.net"),
	    "CTW061/medium");
}

/* Addresses, principals, services and odd labels are no host names, and the
 * closest pattern decides about them as well. */
static void
other_names_of_ours_are_judged(void)
{
	static const char *const accounts[] = { "email:x@leaf.example",
		"email:x@mail.leaf.example",
		"otherName:1.3.6.1.4.1.311.20.2.3;UTF8:x@leaf.example",
		"otherName:1.3.6.1.5.5.7.8.8;UTF8:x@leaf.example" };
	static const char *const hosts[] = { "URI:https://leaf.example/",
		"otherName:1.3.6.1.5.5.7.8.7;IA5:_ldap.leaf.example",
		"DNS:a$.leaf.example",
		"email:x@leaf.example,DNS:www.leaf.example" };

	for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
		FOUND(CASE(UNKNOWN, CA, .names = accounts[i]), "CTW019/medium");
		EXPECTED(CASE(ACTIVE, CA, .names = accounts[i]), "");
	}
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		FOUND(CASE(UNKNOWN, CA, .names = hosts[i]), "CTW001/critical");
	FOUND(CASE(UNKNOWN, CA, .names = "DNS:a b.leaf.example"),
	    "CTW001/critical CTW061/medium");
	FOUND(CASE(UNKNOWN, CA, .names = "email:x@status.own.example"), "");
	FOUND(CASE(UNKNOWN, CA, .names = "email:x@status.own.example",
	          .watch = "status.own.example"),
	    "CTW000/medium");
}

static void
a_ca_that_may_issue_for_ours_is_critical(void)
{
	struct make_cert m = { .key = keys[UNKNOWN],
		.ca_key = keys[CA],
		.basic = "critical,CA:TRUE",
		.constraints = "permitted;DNS:own.example" };
	struct bytes tbs = make_cert_tbs(&m);

	FOUND(CASE(UNKNOWN, CA, .tbs = tbs), "CTW033/critical");
	make_cert_free(tbs);
	m.constraints = "permitted;DNS:example.net";
	tbs = make_cert_tbs(&m);
	FOUND(CASE(UNKNOWN, CA, .tbs = tbs, .watch = "www.example.net"),
	    "CTW033/critical");
	FOUND(CASE(UNKNOWN, CA, .tbs = tbs), "");
	make_cert_free(tbs);
	/* A name of ours in it counts more. */
	m.names = "DNS:www.own.example";
	tbs = make_cert_tbs(&m);
	FOUND(CASE(UNKNOWN, CA, .tbs = tbs), "CTW001/critical CTW033/critical");
	make_cert_free(tbs);
}

/* ---- one key, several encodings ---- */

/* Write the TBSCertificate with this SPKI in the place of its own. */
static struct bytes
with_spki(struct bytes tbs, struct bytes old, struct bytes spki)
{
	struct buf body, whole;
	struct der outer;
	struct bytes in = tbs;
	size_t at;

	CHECK(der_take(&in, DER_SEQUENCE, &outer));
	at = (size_t)(old.p - outer.body.p);
	buf_init(&body, 1 << 16);
	buf_init(&whole, 1 << 16);
	buf_add(&body, (struct bytes){ outer.body.p, at });
	buf_add(&body, spki);
	buf_add(
	    &body, (struct bytes){ old.p + old.n, outer.body.n - at - old.n });
	der_add_header(&whole, DER_SEQUENCE, body.n, 0);
	buf_add(&whole, buf_view(&body));
	buf_fini(&body);
	in = (struct bytes){ blob_copy(buf_view(&whole)).p, whole.n };
	buf_fini(&whole);
	return in;
}

/* Judge OWN_RSA under this AlgorithmIdentifier, and its digits as `lead`. */
static void
judge_rsa_as(struct bytes algorithm, int line)
{
	struct make_cert m = { .key = keys[OWN_RSA],
		.ca_key = keys[CA],
		.names = "DNS:www.own.example" };
	struct bytes tbs = make_cert_tbs(&m), spki, other;
	struct der outer, part;
	struct buf body, whole;
	struct verdict v;
	struct cert c;

	CHECK(cert_parse_tbs(tbs, &c) == CERT_OK);
	spki = c.spki;
	CHECK(der_take(&spki, DER_SEQUENCE, &outer));
	CHECK(der_take(&outer.body, DER_SEQUENCE, &part));
	buf_init(&body, 1 << 12);
	buf_init(&whole, 1 << 12);
	buf_add(&body, algorithm);
	buf_add(&body, outer.body); /* the BIT STRING */
	der_add_header(&whole, DER_SEQUENCE, body.n, 0);
	buf_add(&whole, buf_view(&body));
	other = with_spki(tbs, c.spki, buf_view(&whole));
	verdict_judge(pinset,
	    &(struct verdict_input){ .der = other,
	        .kind = LEAF_PRECERT,
	        .first_of_key = true,
	        .now = make_cert_day("2026-11-21") },
	    &v);
	if (v.n == 0 || strcmp(v.v[0].rule->id, "CTW001") != 0 ||
	    strstr(v.v[0].message, "your key rsa in another encoding") ==
	        NULL) {
		fprintf(stderr, "%s:%d: %s\n", __FILE__, line,
		    v.n > 0 ? v.v[0].message : "nothing");
		wrong++;
	}
	verdict_fini(&v);
	buf_fini(&body);
	buf_fini(&whole);
	free((void *)(uintptr_t)other.p);
	make_cert_free(tbs);
}

#define RSA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define PSS "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"

static void
an_rsa_key_is_known_in_each_encoding(void)
{
	judge_rsa_as((struct bytes){ (const uint8_t *)"\x30\x0b" PSS, 13 },
	    __LINE__); /* RSASSA-PSS without parameters */
	judge_rsa_as(
	    (struct bytes){ (const uint8_t *)"\x30\x0d" PSS "\x30\x00", 15 },
	    __LINE__); /* and with empty ones */
	judge_rsa_as((struct bytes){ (const uint8_t *)"\x30\x0b" RSA, 13 },
	    __LINE__); /* without NULL */
	judge_rsa_as(
	    (struct bytes){
	        (const uint8_t *)"\x30\x0e" RSA "\x05\x81\x00", 16 },
	    __LINE__); /* NULL with a length of two octets */
}

int
main(void)
{
	make_pinset();
	a_known_key_is_judged_before_the_ca_above();
	a_ca_key_that_is_not_usable_matches_nothing();
	a_proposed_key_is_unknown_to_other_domains();
	a_watched_item_is_watched_also_if_the_pinset_excludes_it();
	certificates_for_other_purposes_are_medium();
	a_name_that_may_match_is_ambiguous();
	other_names_of_ours_are_judged();
	a_ca_that_may_issue_for_ours_is_critical();
	an_rsa_key_is_known_in_each_encoding();
	pinset_free(pinset);
	for (int i = 0; i < N_KEYS; i++)
		EVP_PKEY_free(keys[i]);
	CHECK(wrong == 0);
	return 0;
}
