/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/policy/pinset_audit.h>

#include "../support/make_cert.h"
#include "../support/make_pinset.h"

/* SHA-256 of "one" and "two". */
#define ONE "sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0="
#define TWO "sha256/P8TM/nRYcOLA2Z9x8w/wZWyN7dQcwdfT03aw2+aF4vM="

#define HEAD   "{'format':'ctwatch-pinset/1','name':'test','version':1"
#define HEAD_2 "{'format':'ctwatch-pinset/1','name':'test','version':2"
#define KEYS(a, b)                                                             \
	",'keys':[{'id':'a','spki':'" ONE "','state':'active'" a               \
	"},{'id':'b','spki':'" TWO "','state':'backup'" b "}]"
#define ALONE                                                                  \
	",'keys':[{'id':'a','spki':'" ONE "','state':'active'}],"              \
	"'domains':[{'pattern':'**.example.com','keys':['a']}]}"
#define DOMAIN(more)                                                           \
	",'domains':[{'pattern':'**.example.com','keys':['a','b']" more "}]}"

static int64_t
day(const char *date)
{
	int64_t t;

	CHECK(time_parse(date, &t));
	return t;
}

/* What was seen of "one", "two", ... on 2026-11-21, as rules and severities. */
static void
check(const char *text, const struct pinset_audit_key *keys, size_t n,
    const char *want, int line)
{
	static const char *const words[] = { "one", "two", "three" };
	struct pinset_audit_key v[3];
	struct pinset_audit_input in = { v, n, day("2026-11-21"),
		day("2026-01-01") };
	struct pinset *p = pins_parse(mem_strdup(text));
	struct pinset_audit h;
	struct buf got;

	for (size_t i = 0; i < n; i++) {
		v[i] = keys[i];
		sha256_digest(bytes_of(words[i]), v[i].spki_sha256);
	}
	pinset_audit_judge(p, &in, &h);
	buf_init(&got, 1024);
	for (size_t i = 0; i < h.n; i++)
		buf_printf(&got, "%s%s/%s %s", i > 0 ? ", " : "",
		    h.v[i].rule->id, rules_severity_word(h.v[i].severity),
		    h.v[i].subject);
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "line %d: %s\n", line, buf_text(&got));
	CHECK(strcmp(buf_text(&got), want) == 0);
	buf_fini(&got);
	pinset_audit_fini(&h);
	pinset_free(p);
}

#define JUDGED(text, n, want, ...)                                             \
	check(text, (const struct pinset_audit_key[]){ __VA_ARGS__ }, n, want, \
	    __LINE__)
#define SEEN(date)                                                             \
	{                                                                      \
		.first_seen = 1, .not_after = day(date)                        \
	}

static void
a_valid_pinset_gives_no_finding(void)
{
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 1, "", SEEN("2027-02-01"));
	/* The same dates at their edges: more than 30 days left. */
	JUDGED(HEAD ",'expires':'2026-12-22'" KEYS("", "") DOMAIN(""), 1, "",
	    SEEN("2026-12-22"));
}

static void
certificates_that_expire_are_reported_in_time(void)
{
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 1, "CTW020/medium a",
	    SEEN("2026-12-21"));
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 1, "CTW020/medium a",
	    SEEN("2026-11-24"));
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 1, "CTW020/high a",
	    SEEN("2026-11-23"));
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 1, "CTW021/high a",
	    SEEN("2026-11-20"));
	JUDGED(HEAD ",'policy':{'warn_days':[60]}" KEYS("", "") DOMAIN(""), 1,
	    "CTW020/high a", SEEN("2027-01-20"));
}

/* warn_days hold for the dates that the pinset plans for keys. */
static void
keys_that_end_are_reported_in_time(void)
{
	static const char *const ends[] = { "not_after", "retire_after" };

	for (size_t i = 0; i < 2; i++) {
		char *text = mem_printf(HEAD KEYS(",'%s':'%s'", "") DOMAIN(""),
		    ends[i], "2026-12-22");

		JUDGED(text, 1, "", SEEN("2027-02-01"));
		free(text);
		text = mem_printf(HEAD KEYS(",'%s':'%s'", "") DOMAIN(""),
		    ends[i], "2026-12-21");
		JUDGED(text, 1, "CTW024/low a", SEEN("2027-02-01"));
		free(text);
		text = mem_printf(HEAD KEYS(",'%s':'%s'", "") DOMAIN(""),
		    ends[i], "2026-11-23");
		JUDGED(text, 1, "CTW024/medium a", SEEN("2027-02-01"));
		free(text);
	}
	JUDGED(HEAD ",'policy':{'warn_days':[60]}" KEYS(
	           "", ",'not_after':'2027-01-20'") DOMAIN(""),
	    1, "CTW024/medium b", SEEN("2027-02-01"));
}

static void
an_expired_pinset_is_reported(void)
{
	JUDGED(HEAD ",'expires':'2026-12-21'" KEYS("", "") DOMAIN(""), 1,
	    "CTW022/medium test", SEEN("2027-02-01"));
	JUDGED(HEAD ",'expires':'2026-11-20'" KEYS("", "") DOMAIN(""), 1,
	    "CTW022/high test", SEEN("2027-02-01"));
}

static void
a_pinned_ca_that_expires_is_reported(void)
{
	JUDGED(HEAD KEYS("", "") DOMAIN(",'kind':'ca'"), 1, "",
	    { .ca_not_after = day("2028-01-01") });
	JUDGED(HEAD KEYS("", "") DOMAIN(",'kind':'ca'"), 1, "CTW023/medium a",
	    { .ca_not_after = day("2027-01-01") });
	JUDGED(HEAD KEYS("", "") DOMAIN(",'kind':'ca'"), 0, "CTW026/medium a",
	    { .first_seen = 0 });
}

static void
the_schedule_of_the_file_is_kept(void)
{
	JUDGED(HEAD KEYS(",'retire_after':'2026-11-01'", "") DOMAIN(""), 1,
	    "CTW024/medium a", SEEN("2027-02-01"));
	JUDGED(HEAD KEYS(",'not_after':'2026-11-01'", "") DOMAIN(""), 1,
	    "CTW024/low a", SEEN("2027-02-01"));
	JUDGED(HEAD KEYS("", ",'not_before':'2026-11-01'") DOMAIN(""), 1,
	    "CTW024/low b", SEEN("2027-02-01"));
	JUDGED(HEAD KEYS("", ",'not_before':'2026-12-01'") DOMAIN(""), 1, "",
	    SEEN("2027-02-01"));
}

static void
a_short_lead_without_backup_is_high(void)
{
#define CONSUMER ",'consumers':[{'id':'app','lead_days':45}]"
	JUDGED(HEAD CONSUMER KEYS("", "")
	           DOMAIN(",'consumers':['app'],'mode':'monitor'"),
	    2, "CTW025/high a", SEEN("2026-12-30"), SEEN("2027-01-10"));
	JUDGED(HEAD CONSUMER KEYS("", "")
	           DOMAIN(",'consumers':['app'],'mode':'monitor'"),
	    1, "", SEEN("2026-12-30"));
	JUDGED(HEAD CONSUMER KEYS("", "")
	           DOMAIN(",'consumers':['app'],'mode':'monitor'"),
	    2, "", SEEN("2027-01-05"), SEEN("2027-01-10"));
}

static void
an_active_key_must_be_seen(void)
{
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 0, "CTW026/medium a",
	    { .first_seen = 0 });
}

static void
a_backup_must_be_there_and_unused(void)
{
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 2, "CTW027/high **.example.com",
	    SEEN("2027-02-01"), SEEN("2027-02-01"));
	/* A pattern is called what the file calls it. */
	JUDGED(HEAD KEYS("", "") ",'domains':[{'pattern':'b\xc3\xbc"
	                         "cher.example',"
	                         "'keys':['a','b']}]}",
	    2,
	    "CTW027/high b\xc3\xbc"
	    "cher.example",
	    SEEN("2027-02-01"), SEEN("2027-02-01"));
	/* A first version without a backup is a beginning. */
	JUDGED(HEAD ALONE, 1, "CTW027/low **.example.com", SEEN("2027-02-01"));
	JUDGED(
	    HEAD_2 ALONE, 1, "CTW027/high **.example.com", SEEN("2027-02-01"));
	JUDGED(HEAD KEYS("", "") DOMAIN(",'mode':'monitor'"), 2, "",
	    SEEN("2027-02-01"), SEEN("2027-02-01"));
	JUDGED(HEAD ",'policy':{'min_pins':3}" KEYS("", "") DOMAIN(""), 1,
	    "CTW027/high **.example.com", SEEN("2027-02-01"));
	JUDGED(HEAD KEYS(",'location':'dc1'", ",'location':'dc1'") DOMAIN(""),
	    1, "CTW028/low **.example.com", SEEN("2027-02-01"));
	JUDGED(HEAD KEYS(",'location':'dc1'", ",'location':'dc2'") DOMAIN(""),
	    1, "", SEEN("2027-02-01"));
}

/* The primes are new each time. */
static void
keys_that_share_a_prime_are_factored(void)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = BN_new(), *q = BN_new(), *r = BN_new();
	struct bytes a, b;

	for (BIGNUM **v = (BIGNUM *[]){ p, q, r, NULL }; *v != NULL; v++)
		CHECK(BN_generate_prime_ex(*v, 512, 0, NULL, NULL, NULL) == 1);
	BN_mul(q, p, q, ctx);
	BN_mul(r, p, r, ctx);
	a = make_cert_rsa(q, 65537);
	b = make_cert_rsa(r, 65537);
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 2, "CTW046/critical " TWO,
	    { .spki = a, .first_seen = 1, .not_after = day("2027-02-01") },
	    { .spki = b });
	JUDGED(HEAD KEYS("", "") DOMAIN(""), 2, "",
	    { .spki = a, .first_seen = 1, .not_after = day("2027-02-01") },
	    { .spki = a });
	make_cert_free(a);
	make_cert_free(b);
	BN_free(p);
	BN_free(q);
	BN_free(r);
	BN_CTX_free(ctx);
}

int
main(void)
{
	a_valid_pinset_gives_no_finding();
	certificates_that_expire_are_reported_in_time();
	keys_that_end_are_reported_in_time();
	an_expired_pinset_is_reported();
	a_pinned_ca_that_expires_is_reported();
	the_schedule_of_the_file_is_kept();
	a_short_lead_without_backup_is_high();
	an_active_key_must_be_seen();
	a_backup_must_be_there_and_unused();
	keys_that_share_a_prime_are_factored();
	return 0;
}
