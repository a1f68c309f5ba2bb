/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: the decision table, row by row, and chains. */
#include <string.h>

#include <ctwatch/policy/verdict.h>

#include "../support/make_cert.h"
#include "../support/make_pinset.h"
#include "../support/verdict_scene.h"

static void
a_compromised_key_is_critical_in_any_position(void)
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
	          .made.ca_name = "Other CA", .in.first_of_key = true),
	    "CTW002/high");
	/* A name that is escaped where it is shown is no other name. */
	FOUND(SCENE(UNKNOWN, "DNS:odd.example",
	          .made.ca_name = "F\xc5\x91tan\xc3\xbas, \"AG\""),
	    "CTW002/high CTW010/high CTW000/medium");
	FOUND(SCENE(UNKNOWN, "DNS:odd.example",
	          .made.ca_name = "F\xc5\x91tan\xc3\xbas, \"AG"),
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
	          .made.ca_name = "Other CA"),
	    "CTW002/high CTW005/note");
}

static void
a_retired_key_may_be_seen_again_but_not_used_again(void)
{
	FOUND(SCENE(RETIRED, "DNS:www.example.com"), "CTW006/high");
	EXPECTED(SCENE(RETIRED, "DNS:www.example.com",
	             .made.not_before = make_cert_day("2026-08-25")),
	    "CTW013/note");
}

static void
a_proposed_key_is_a_note(void)
{
	FOUND(SCENE(PROPOSED, "DNS:www.example.com"), "CTW001/note");
	FOUND(SCENE(PROPOSED, "DNS:www.example.com", .ca = CA_STRANGE,
	          .made.ca_name = "Other CA"),
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
	FOUND(SCENE(UNKNOWN, NULL, .made.subject = "www.example.com"),
	    "CTW001/critical");
}

static void
another_encoding_is_another_pin_of_the_same_key(void)
{
	struct scene odd = { .key = ACTIVE_ODD,
		.made = { .names = "DNS:www.example.com" } };
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
a_ca_pin_matches_a_new_key(void)
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
	          .made.ca_name = "Other CA"),
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
an_excluded_host_gives_no_finding(void)
{
	check(SCENE(UNKNOWN, "DNS:status.example.com"), "", false, __LINE__);
	FOUND(SCENE(UNKNOWN, "DNS:status.example.com,DNS:www.example.com"),
	    "CTW001/critical");
}

static void
a_relinquished_domain_expects_none_of_our_keys(void)
{
	check(SCENE(UNKNOWN, "DNS:www.gone.example"), "", true, __LINE__);
	FOUND(SCENE(ACTIVE, "DNS:www.gone.example"), "CTW017/high");
	FOUND(SCENE(UNKNOWN, "DNS:www.gone.example",
	          .made.not_before = make_cert_day("2026-08-25")),
	    "CTW001/critical");
}

static void
the_validation_level_is_compared(void)
{
	FOUND(SCENE(ACTIVE, "DNS:www.ov.example", .in.first_of_key = true),
	    "CTW011/medium");
	FOUND(SCENE(ACTIVE, "DNS:www.ov.example", .in.first_of_key = true,
	          .made.policies = "2.23.140.1.2.1"),
	    "CTW011/medium");
	EXPECTED(SCENE(ACTIVE, "DNS:www.ov.example", .in.first_of_key = true,
	             .made.policies = "1.3.6.1.5,2.23.140.1.2.2"),
	    "");
}

static void
severities_are_modified(void)
{
	FOUND(SCENE(UNKNOWN, "DNS:www.monitor.example"), "CTW001/medium");
	FOUND(SCENE(UNKNOWN, "DNS:www.low.example"), "CTW001/high");
	/* Ended, yet after the last run: one step less. */
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com",
	          .in.now = make_cert_day("2027-01-01"),
	          .in.last_run = make_cert_day("2026-12-20")),
	    "CTW001/high");
	/* Expired before the last run began: a lower severity. */
	FOUND(SCENE(UNKNOWN, "DNS:www.example.com", .ca = CA_STRANGE,
	          .in.now = make_cert_day("2027-01-01"),
	          .in.last_run = make_cert_day("2026-12-31")),
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
a_given_host_is_judged_alone(void)
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
a_chain_counts_only_if_it_verifies(void)
{
	struct bytes good = make_cert_der(&(struct make_cert){ .key = keys[CA],
	    .ca_key = keys[CA],
	    .basic = "CA:TRUE",
	    .subject = "Test CA" });
	struct bytes forged =
	    make_cert_der(&(struct make_cert){ .key = keys[CA],
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
	make_cert_free(good);
	make_cert_free(forged);
	free((void *)(uintptr_t)chain.p);
	free((void *)(uintptr_t)false_chain.p);
}

int
main(void)
{
	make_pinset();
	a_compromised_key_is_critical_in_any_position();
	an_active_key_is_expected();
	our_key_on_another_name_is_found();
	a_backup_key_begins_a_rotation();
	a_retired_key_may_be_seen_again_but_not_used_again();
	a_proposed_key_is_a_note();
	an_unknown_key_is_critical();
	another_encoding_is_another_pin_of_the_same_key();
	a_ca_pin_matches_a_new_key();
	a_watched_name_expects_nothing();
	a_wildcard_reaches_the_hosts_below();
	an_excluded_host_gives_no_finding();
	a_relinquished_domain_expects_none_of_our_keys();
	the_validation_level_is_compared();
	severities_are_modified();
	names_are_read_as_clients_read_them();
	a_given_host_is_judged_alone();
	a_chain_counts_only_if_it_verifies();
	pinset_free(pinset);
	for (int i = 0; i < N_KEYS; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}
