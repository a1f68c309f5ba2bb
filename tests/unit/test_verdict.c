/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/core_names.h>

#include <ctwatch/policy/verdict.h>

#include "../support/make_cert.h"
#include "../support/make_pinset.h"

/*
 * The keys of the pinset below, and those that it lacks; of them, two are
 * others with their points compressed.
 */
enum {
	ACTIVE,
	BACKUP,
	RETIRED,
	COMPROMISED,
	PROPOSED,
	OTHER,
	CA_PINNED,
	CA,
	CA_STRANGE,
	UNKNOWN,
	ACTIVE_ODD,
	COMPROMISED_ODD,
	N_KEYS
};
static EVP_PKEY *keys[N_KEYS];
static struct pinset *pinset;
static int64_t now;

/* In it, %s are the pins of ACTIVE to CA, in their order. */
static const char pinset_text[] =
    "{'format':'ctwatch-pinset/1','name':'test','version':1,"
    "'keys':["
    "{'id':'active','spki':'%s','state':'active'},"
    "{'id':'backup','spki':'%s','state':'backup'},"
    "{'id':'retired','spki':'%s','state':'retired',"
    "'retired':'2026-09-01T00:00:00Z'},"
    "{'id':'compromised','spki':'%s','state':'compromised'},"
    "{'id':'proposed','spki':'%s','state':'proposed'},"
    "{'id':'other','spki':'%s','state':'active'},"
    "{'id':'ca-pinned','spki':'%s','state':'active'}],"
    "'issuers':[{'id':'ca','spki':'%s','name':'Test CA'},"
    "{'id':'odd','name':'F\xc5\x91tan\xc3\xbas, \\'AG\\'','spki':"
    "'sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0='}],"
    "'domains':["
    "{'pattern':'**.example.com','keys':['active','backup','retired',"
    "'compromised','proposed'],'issuers':['ca'],"
    "'exclude':['status.example.com']},"
    "{'pattern':'api.pinned.example','keys':['active']},"
    "{'pattern':'**.ca.example','kind':'ca','keys':['ca-pinned']},"
    "{'pattern':'**.leafca.example','keys':['active','ca-pinned']},"
    "{'pattern':'**.other.example','keys':['other']},"
    "{'pattern':'**.monitor.example','keys':['active'],'mode':'monitor'},"
    "{'pattern':'**.low.example','keys':['active'],'criticality':'low'},"
    "{'pattern':'**.gone.example','keys':['active'],"
    "'relinquished':'2026-09-01'},"
    "{'pattern':'**.ov.example','keys':['active'],"
    "'policy_oids':['2.23.140.1.2.2']},"
    "{'pattern':'watched.example'},"
    "{'pattern':'listed.example','issuers':['ca']},"
    "{'pattern':'odd.example','issuers':['odd']}]}";

static EVP_PKEY *
compressed(EVP_PKEY *key)
{
	EVP_PKEY *odd = EVP_PKEY_dup(key);

	CHECK(EVP_PKEY_set_utf8_string_param(odd,
	          OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
	          OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED) == 1);
	return odd;
}

static void
make_pinset(void)
{
	char pins[CA + 1][PINSET_PIN_TEXT], *json;

	for (int i = 0; i < ACTIVE_ODD; i++)
		keys[i] = mint_key();
	keys[ACTIVE_ODD] = compressed(keys[ACTIVE]);
	keys[COMPROMISED_ODD] = compressed(keys[COMPROMISED]);
	for (int i = 0; i <= CA; i++) {
		uint8_t pin[SHA256_SIZE];

		mint_pin(keys[i], pin);
		pinset_pin_format(pin, pins[i]);
	}
	json = mem_printf(pinset_text, pins[0], pins[1], pins[2], pins[3],
	    pins[4], pins[5], pins[6], pins[7]);
	pinset = pins_parse(json);
	now = mint_day("2026-11-21");
}

/* "CTW001/critical CTW002/critical", in the verdict's order. */
static char *
summary(const struct verdict *v)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < v->n; i++)
		buf_printf(&b, "%s%s/%s", i > 0 ? " " : "", v->v[i].rule->id,
		    rules_severity_word(v->v[i].severity));
	return buf_detach(&b);
}

/* What is judged, and how, unless zero: a precertificate of CA. */
struct scene {
	struct mint mint;
	struct verdict_input in;
	int key, ca;
	bool final; /* the whole certificate, no issuer_key_hash */
};

static struct verdict
judge(const struct scene *s)
{
	struct scene c = *s;
	uint8_t issuer[SHA256_SIZE];
	struct verdict v;

	c.mint.key = keys[c.key];
	c.mint.ca_key = keys[c.ca != 0 ? c.ca : CA];
	mint_pin(c.mint.ca_key, issuer);
	c.in.der = c.final ? mint_cert(&c.mint) : mint_tbs(&c.mint);
	c.in.kind = c.final ? LEAF_X509 : LEAF_PRECERT;
	if (!c.final)
		c.in.issuer_key_hash = issuer;
	if (c.in.now == 0)
		c.in.now = now;
	verdict_judge(pinset, &c.in, &v);
	mint_free(c.in.der);
	return v;
}

static void
check(const struct scene *s, const char *want, bool expected, int line)
{
	struct verdict v = judge(s);
	char *got = summary(&v);

	if (strcmp(got, want) != 0 || v.expected != expected)
		fprintf(stderr, "%s:%d: %s, not %s; expected %d\n", __FILE__,
		    line, got, want, v.expected);
	CHECK(strcmp(got, want) == 0);
	CHECK(v.expected == expected);
	free(got);
	verdict_fini(&v);
}

#define SCENE(k, n, ...)                                                       \
	&(struct scene)                                                        \
	{                                                                      \
		.key = (k), .mint = { .names = (n) }, __VA_ARGS__              \
	}
#define EXPECTED(s, want) check(s, want, true, __LINE__)
#define FOUND(s, want)    check(s, want, false, __LINE__)

/* The decision table, row by row. */

static void
a_compromised_key_is_critical_wherever_it_stands(void)
{
	FOUND(SCENE(COMPROMISED, "DNS:www.example.com"), "CTW004/critical");
	FOUND(SCENE(COMPROMISED, "DNS:www.other.example"), "CTW004/critical");
	FOUND(SCENE(COMPROMISED, "DNS:www.example.com", .ca = CA_STRANGE),
	    "CTW004/critical CTW002/high CTW010/high");
	FOUND(SCENE(COMPROMISED, "DNS:watched.example"),
	    "CTW004/critical CTW000/medium");
}

static void
an_active_key_is_expected(void)
{
	EXPECTED(
	    SCENE(ACTIVE, "DNS:www.example.com", .in.first_of_key = true), "");
	EXPECTED(SCENE(ACTIVE, "DNS:example.com"), "CTW013/note");
	EXPECTED(SCENE(ACTIVE, "DNS:*.example.com"), "CTW013/note");
	FOUND(SCENE(ACTIVE, "DNS:www.example.com", .ca = CA_STRANGE,
	          .in.first_of_key = true),
	    "CTW002/high CTW010/high");
	FOUND(SCENE(ACTIVE, "DNS:www.example.com", .ca = CA_STRANGE,
	          .mint.ca_name = "Other CA", .in.first_of_key = true),
	    "CTW002/high");
	/* A name that is escaped where it is shown is no other name. */
	FOUND(SCENE(UNKNOWN, "DNS:odd.example",
	          .mint.ca_name = "F\xc5\x91tan\xc3\xbas, \"AG\""),
	    "CTW002/high CTW010/high CTW000/medium");
	FOUND(SCENE(UNKNOWN, "DNS:odd.example",
	          .mint.ca_name = "F\xc5\x91tan\xc3\xbas, \"AG"),
	    "CTW002/high CTW000/medium");
}

static void
our_key_on_another_name_is_found(void)
{
	FOUND(SCENE(OTHER, "DNS:www.example.com"), "CTW003/high");
	FOUND(SCENE(ACTIVE, "DNS:www.other.example"), "CTW003/high");
	FOUND(
	    SCENE(ACTIVE, "DNS:watched.example"), "CTW003/high CTW000/medium");
	/* A name that is not in the pinset, beside one that is. */
	FOUND(SCENE(ACTIVE, "DNS:www.example.com,DNS:www.unrelated.example",
	          .in.first_of_key = true),
	    "CTW003/high");
}

static void
a_backup_key_begins_a_rotation(void)
{
	EXPECTED(SCENE(BACKUP, "DNS:www.example.com"), "CTW005/note");
	FOUND(SCENE(BACKUP, "DNS:www.example.com", .ca = CA_STRANGE,
	          .mint.ca_name = "Other CA"),
	    "CTW002/high CTW005/note");
}

static void
a_retired_key_may_be_seen_again_but_not_used_again(void)
{
	FOUND(SCENE(RETIRED, "DNS:www.example.com"), "CTW006/high");
	EXPECTED(SCENE(RETIRED, "DNS:www.example.com",
	             .mint.not_before = mint_day("2026-08-25")),
	    "CTW013/note");
}

static void
a_proposed_key_is_a_note(void)
{
	FOUND(SCENE(PROPOSED, "DNS:www.example.com"), "CTW001/note");
	FOUND(SCENE(PROPOSED, "DNS:www.example.com", .ca = CA_STRANGE,
	          .mint.ca_name = "Other CA"),
	    "CTW002/high CTW001/note");
}

static void
an_unknown_key_is_critical(void)
{
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com"), "CTW001/critical");
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com", .ca = CA_STRANGE),
	    "CTW001/critical CTW002/critical CTW010/high");
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com,DNS:www.unrelated.example"),
	    "CTW001/critical CTW012/medium");
	FOUND(SCENE(UNKNOWN, NULL, .mint.subject = "www.example.com"),
	    "CTW001/critical");
}

static void
another_encoding_is_another_pin_of_the_same_key(void)
{
	struct scene odd = { .key = ACTIVE_ODD,
		.mint = { .names = "DNS:www.example.com" } };
	struct verdict v = judge(&odd);

	CHECK(v.n == 1 && strcmp(v.v[0].rule->id, "CTW001") == 0);
	CHECK(v.key == NULL && !v.expected);
	CHECK(strstr(v.v[0].message,
	          ", but is your key active in another encoding") != NULL);
	verdict_fini(&v);
	FOUND(SCENE(COMPROMISED_ODD, "DNS:www.example.com"), "CTW004/critical");
	FOUND(SCENE(COMPROMISED_ODD, "DNS:watched.example"),
	    "CTW004/critical CTW000/medium");
}

static void
a_ca_pin_speaks_for_the_key(void)
{
	EXPECTED(SCENE(UNKNOWN, "DNS:www.ca.example", .ca = CA_PINNED),
	    "CTW007/note");
	FOUND(SCENE(UNKNOWN, "DNS:www.leafca.example", .ca = CA_PINNED),
	    "CTW008/high");
	FOUND(SCENE(UNKNOWN, "DNS:www.ca.example", .in.chain_complete = true),
	    "CTW001/critical");
	/* Without the chain it is unknown. */
	FOUND(SCENE(UNKNOWN, "DNS:www.ca.example"), "CTW018/medium");
}

static void
a_watched_name_expects_nothing(void)
{
	FOUND(SCENE(UNKNOWN, "DNS:watched.example"), "CTW000/medium");
	FOUND(SCENE(UNKNOWN, "DNS:watched.example", .in.new_issuer = true),
	    "CTW000/medium CTW015/low");
	FOUND(SCENE(UNKNOWN, "DNS:listed.example", .in.new_issuer = true),
	    "CTW000/medium");
	FOUND(SCENE(UNKNOWN, "DNS:listed.example", .ca = CA_STRANGE,
	          .mint.ca_name = "Other CA"),
	    "CTW002/high CTW000/medium");
}

static void
a_wildcard_reaches_the_hosts_below(void)
{
	FOUND(SCENE(UNKNOWN, "DNS:*.pinned.example"), "CTW009/critical");
	FOUND(SCENE(OTHER, "DNS:*.pinned.example"), "CTW009/high");
	EXPECTED(SCENE(ACTIVE, "DNS:*.pinned.example"), "CTW013/note");
	FOUND(SCENE(UNKNOWN, "DNS:ap*.pinned.example"),
	    "CTW009/critical CTW061/medium");
	/* No pinned host is one label below. */
	check(
	    SCENE(UNKNOWN, "DNS:*.v1.api.pinned.example"), "", false, __LINE__);
}

static void
what_is_excluded_is_nobodys_business(void)
{
	check(SCENE(UNKNOWN, "DNS:status.example.com"), "", false, __LINE__);
	FOUND(SCENE(UNKNOWN, "DNS:status.example.com,DNS:www.example.com"),
	    "CTW001/critical");
}

static void
a_relinquished_domain_is_others(void)
{
	check(SCENE(UNKNOWN, "DNS:www.gone.example"), "", true, __LINE__);
	FOUND(SCENE(ACTIVE, "DNS:www.gone.example"), "CTW017/high");
	FOUND(SCENE(UNKNOWN, "DNS:www.gone.example",
	          .mint.not_before = mint_day("2026-08-25")),
	    "CTW001/critical");
}

static void
the_validation_level_is_compared(void)
{
	FOUND(SCENE(ACTIVE, "DNS:www.ov.example", .in.first_of_key = true),
	    "CTW011/medium");
	FOUND(SCENE(ACTIVE, "DNS:www.ov.example", .in.first_of_key = true,
	          .mint.policies = "2.23.140.1.2.1"),
	    "CTW011/medium");
	EXPECTED(SCENE(ACTIVE, "DNS:www.ov.example", .in.first_of_key = true,
	             .mint.policies = "1.3.6.1.5,2.23.140.1.2.2"),
	    "");
}

static void
severities_are_modified(void)
{
	FOUND(SCENE(UNKNOWN, "DNS:www.monitor.example"), "CTW001/medium");
	FOUND(SCENE(UNKNOWN, "DNS:www.low.example"), "CTW001/high");
	/* Ended, yet after the last run: one step less. */
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com",
	          .in.now = mint_day("2027-01-01"),
	          .in.last_run = mint_day("2026-12-20")),
	    "CTW001/high");
	/* Expired before the last run began: a lower severity. */
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com", .ca = CA_STRANGE,
	          .in.now = mint_day("2027-01-01"),
	          .in.last_run = mint_day("2026-12-31")),
	    "CTW001/low CTW002/note CTW010/note");
}

static void
names_are_read_as_clients_read_them(void)
{
	FOUND(SCENE(UNKNOWN, "DNS:WWW.Example.COM"), "CTW001/critical");
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com."), "CTW001/critical");
	check(SCENE(UNKNOWN, "DNS:www.example.com.evil.test"), "", false,
	    __LINE__);
	check(SCENE(UNKNOWN, "DNS:notexample.com"), "", false, __LINE__);
}

static void
a_host_in_hand_is_judged_alone(void)
{
	FOUND(
	    SCENE(UNKNOWN, "DNS:elsewhere.test", .in.host = "www.example.com"),
	    "CTW001/critical CTW012/medium");
	EXPECTED(SCENE(ACTIVE, "DNS:www.example.com,DNS:www.other.example",
	             .in.host = "www.example.com", .in.first_of_key = true),
	    "");
	/* Excluded by the pinset, and named by the user. */
	FOUND(SCENE(UNKNOWN, "DNS:status.example.com",
	          .in.host = "status.example.com"),
	    "CTW000/medium");
	FOUND(SCENE(UNKNOWN, "DNS:elsewhere.test", .in.host = "elsewhere.test"),
	    "CTW000/medium");
}

/* ---- chains ---- */

/* One u24 vector. */
static struct bytes
vector(struct bytes der)
{
	uint8_t *p = mem_alloc(der.n + 3, 1);

	p[0] = (uint8_t)(der.n >> 16);
	p[1] = (uint8_t)(der.n >> 8);
	p[2] = (uint8_t)der.n;
	memcpy(p + 3, der.p, der.n);
	return (struct bytes){ p, der.n + 3 };
}

static void
a_chain_is_believed_only_when_it_verifies(void)
{
	struct bytes good = mint_cert(&(struct mint){ .key = keys[CA],
	    .ca_key = keys[CA],
	    .basic = "CA:TRUE",
	    .subject = "Test CA" });
	struct bytes forged = mint_cert(&(struct mint){ .key = keys[CA],
	    .ca_key = keys[CA],
	    .basic = "CA:TRUE",
	    .subject = "Test CA" });
	struct bytes chain = vector(good), false_chain = vector(forged);

	/* A final certificate needs its chain to tell its issuer. */
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com", .final = true),
	    "CTW001/critical CTW018/note");
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com", .final = true,
	          .in.chain = chain),
	    "CTW001/critical");
	/* The listed CA's certificate beside what another key signed. */
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com", .final = true,
	          .ca = CA_STRANGE, .in.chain = false_chain),
	    "CTW001/critical CTW018/note");
	mint_free(good);
	mint_free(forged);
	free((void *)(uintptr_t)chain.p);
	free((void *)(uintptr_t)false_chain.p);
}

/* ---- what a finding says ---- */

static void
fingerprints_depend_on_the_certificate_alone(void)
{
	struct bytes tbs = mint_tbs(&(struct mint){ .key = keys[UNKNOWN],
	    .ca_key = keys[CA],
	    .names = "DNS:www.example.com" });
	struct verdict_input in = {
		.der = tbs, .kind = LEAF_PRECERT, .now = now
	};
	struct verdict a, b;
	uint8_t digest[SHA256_SIZE];
	char hex[65], fingerprint[65];
	const char *field = hex;

	verdict_judge(pinset, &in, &a);
	in.sct_timestamp = (uint64_t)mint_day("2026-10-01");
	in.first_of_key = true;
	verdict_judge(pinset, &in, &b);
	CHECK(a.n > 0 && b.n == a.n);
	CHECK(strcmp(a.v[0].fingerprint, b.v[0].fingerprint) == 0);
	/* No SCT and no poison in it: the TBS hash is that of the bytes. */
	sha256_digest(tbs, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	rules_fingerprint(rules_find("CTW001"), &field, 1, fingerprint);
	CHECK(strcmp(a.v[0].fingerprint, fingerprint) == 0);
	CHECK(strcmp(a.v[0].subject, "**.example.com") == 0);
	verdict_fini(&a);
	verdict_fini(&b);
	mint_free(tbs);
}

static void
a_message_says_who_what_and_why(void)
{
	struct verdict v =
	    judge(SCENE(UNKNOWN, "DNS:www.example.com,DNS:api.example.com",
	        .mint.ca_name = "Evil \033[31m CA"));
	uint8_t digest[SHA256_SIZE];
	char pin[PINSET_PIN_TEXT];

	mint_pin(keys[UNKNOWN], digest);
	pinset_pin_format(digest, pin);
	CHECK(v.n > 0);
	CHECK(strncmp(v.v[0].message, "api.example.com and 1 more: ", 28) == 0);
	CHECK(strstr(v.v[0].message, pin) != NULL);
	CHECK(strstr(v.v[0].message, "Evil") != NULL);
	CHECK(strstr(v.v[0].message, "expected: active, backup") != NULL);
	for (const char *c = v.v[0].message; *c != '\0'; c++)
		CHECK(*c >= ' ' && *c <= '~');
	verdict_fini(&v);
}

/* One finding for all patterns: the most severe one is reported, all are
 * listed, and a duplicate name in the certificate counts once. */
static void
several_patterns_are_one_finding(void)
{
	struct verdict v = judge(SCENE(UNKNOWN,
	    "DNS:b.low.example,DNS:www.example.com,DNS:a.low.example,"
	    "DNS:*.pinned.example",
	    .mint.subject = "a.low.example"));

	CHECK(v.n == 2 && !v.expected);
	CHECK(strcmp(v.v[0].rule->id, "CTW001") == 0);
	CHECK(v.v[0].severity == RULES_CRITICAL);
	CHECK(strcmp(v.v[0].subject, "**.example.com") == 0);
	CHECK(v.v[0].n_patterns == 2);
	CHECK(strcmp(v.v[0].patterns[0], "**.example.com") == 0);
	CHECK(strcmp(v.v[0].patterns[1], "**.low.example") == 0);
	CHECK(v.v[0].n_names == 3);
	CHECK(strncmp(v.v[0].message, "www.example.com and 2 more: ", 28) == 0);
	CHECK(verdict_finding_has_name(&v.v[0], "A.low.example"));
	CHECK(!verdict_finding_has_name(&v.v[0], "*.pinned.example"));
	CHECK(verdict_finding_has_pattern(&v.v[0], "**.low.example"));
	CHECK(strcmp(v.v[1].rule->id, "CTW009") == 0);
	CHECK(v.v[1].n_patterns == 1 && v.v[1].n_names == 1);
	verdict_fini(&v);
}

static void
without_a_pinset_nothing_is_found(void)
{
	struct bytes tbs = mint_tbs(&(struct mint){ .key = keys[UNKNOWN],
	    .ca_key = keys[CA],
	    .names = "DNS:www.example.com" });
	struct verdict_input in = {
		.der = tbs, .kind = LEAF_PRECERT, .now = now
	};
	struct verdict v;

	verdict_judge(NULL, &in, &v);
	CHECK(v.n == 0 && !v.expected && v.key == NULL);
	verdict_fini(&v);
	in.host = "www.example.com";
	verdict_judge(NULL, &in, &v);
	CHECK(v.n == 1 && strcmp(v.v[0].rule->id, "CTW000") == 0);
	verdict_fini(&v);
	mint_free(tbs);
}

/* Every prefix of a certificate is judged without harm. */
static void
broken_certificates_are_survived(void)
{
	struct bytes der = mint_cert(&(struct mint){ .key = keys[UNKNOWN],
	    .ca_key = keys[CA],
	    .names = "DNS:www.example.com" });

	for (size_t n = 0; n < der.n; n++) {
		struct verdict_input in = { .der = { der.p, n },
			.now = now,
			.host = "www.example.com" };
		struct verdict v;

		verdict_judge(pinset, &in, &v);
		CHECK(v.n > 0 && !v.expected);
		verdict_fini(&v);
	}
	mint_free(der);
}

int
main(void)
{
	make_pinset();
	a_compromised_key_is_critical_wherever_it_stands();
	an_active_key_is_expected();
	our_key_on_another_name_is_found();
	a_backup_key_begins_a_rotation();
	a_retired_key_may_be_seen_again_but_not_used_again();
	a_proposed_key_is_a_note();
	an_unknown_key_is_critical();
	another_encoding_is_another_pin_of_the_same_key();
	a_ca_pin_speaks_for_the_key();
	a_watched_name_expects_nothing();
	a_wildcard_reaches_the_hosts_below();
	what_is_excluded_is_nobodys_business();
	a_relinquished_domain_is_others();
	the_validation_level_is_compared();
	severities_are_modified();
	names_are_read_as_clients_read_them();
	a_host_in_hand_is_judged_alone();
	a_chain_is_believed_only_when_it_verifies();
	fingerprints_depend_on_the_certificate_alone();
	a_message_says_who_what_and_why();
	several_patterns_are_one_finding();
	without_a_pinset_nothing_is_found();
	broken_certificates_are_survived();
	pinset_free(pinset);
	for (int i = 0; i < N_KEYS; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}
