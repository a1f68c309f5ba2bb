/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "net/loglist_builtin.h"
#include <ctwatch/base/time.h>

#include "../support/make_loglist.h"

static void
unites_chromes_and_apples_lists(void)
{
	static const char *const names[] = { "google-2026-04-19.json",
		"apple-2026-02-19.json" };
	struct loglist *l = loglists_load(names, 2);
	const struct loglist_log *log;

	CHECK(l->n == 168); /* distinct log_ids of both, by jq and sort -u */
	/* The operator is named differently, and is known by its logs. */
	for (size_t i = 0; i < l->n; i++)
		CHECK(strcmp(l->v[i].operator, "IPng GmbH") != 0);
	for (size_t i = 1; i < l->n; i++) /* operators stand together */
		CHECK(strcasecmp(l->v[i - 1].operator, l->v[i].operator) <= 0);
	/* Apple knew it as readonly, Google has retired it since. */
	log = loglists_find(l, "Let's Encrypt 'Oak2026h2'");
	CHECK(log->state == LOGLIST_RETIRED);
	CHECK(loglists_warns(
	    l, "'Oak2026h2' is readonly here, retired in another"));
	/* Apple had it as qualified, Google as usable. */
	CHECK(loglists_find(l, "DigiCert 'Wyvern2027h2'")->state ==
	    LOGLIST_USABLE);
	CHECK(l->n_warnings == 2); /* the two shards of Oak */
	loglist_free(l);
}

static void
the_order_of_lists_changes_names_only(void)
{
	static const char *const names[] = { "apple-2026-02-19.json",
		"google-2026-04-19.json" };
	struct loglist *l = loglists_load(names, 2);
	size_t retired = 0;

	CHECK(l->n == 168 && l->n_warnings == 2);
	for (size_t i = 0; i < l->n; i++) {
		CHECK(strcmp(l->v[i].operator, "IPng Networks") != 0);
		retired += l->v[i].state == LOGLIST_RETIRED;
	}
	CHECK(retired == 4); /* Google's; Apple had them otherwise */
	loglist_free(l);
}

static void
builds_in_chromes_list(void)
{
	struct bytes json = test_data("loglists/google-2026-04-19.json");

	CHECK(bytes_equal(loglist_builtin(), json));
	free((void *)json.p);
}

static void
says_a_duplicate_and_keeps_the_first(void)
{
	struct loglist *l = loglist_new();

	CHECK(loglists_add(l, "x",
	    LIST(OPERATOR("Op",
	        "{\"description\":\"a\"," WHO "," AT
	        "},{\"description\":\"b\"," WHO "," AT "}"))));
	CHECK(l->n == 1 && strcmp(l->v[0].description, "a") == 0);
	CHECK(
	    loglists_warns(l, "x: a and b have one log_id; the first is used"));
	loglist_free(l);
}

static void
says_a_contradiction_and_keeps_the_first(void)
{
	struct loglist *l = loglist_new();

	CHECK(loglists_add(l, "x", LOG(WHO "," AT)));
	CHECK(loglists_add(
	    l, "y", LOG(WHO ",\"mmd\":60,\"url\":\"https://other.test/\"")));
	CHECK(l->n == 1);
	CHECK(strcmp(l->v[0].url, "https://ct.example.test/a/") == 0);
	CHECK(loglists_warns(l,
	    "y: https://ct.example.test/a/ is at "
	    "https://other.test/ here"));
	loglist_free(l);
}

static void
knows_an_operator_by_its_logs(void)
{
	struct loglist *l = loglist_new();

	CHECK(loglists_add(l, "x", LIST(OPERATOR("One", "{" WHO "," AT "}"))));
	CHECK(loglists_add(l, "y",
	    LIST(OPERATOR("One Ltd", "{" WHO2 "," AT "},{" WHO "," AT "}"))));
	CHECK(l->n == 2 && l->n_warnings == 0);
	CHECK(strcmp(l->v[0].operator, "One") == 0);
	CHECK(strcmp(l->v[1].operator, "One") == 0);
	loglist_free(l);
}

static void
adds_a_log_that_no_list_names(void)
{
	struct loglist *l = loglist_new();
	struct loglist_log log;

	CHECK(loglists_add(l, "x", LOG(WHO "," AT)));
	log = l->v[0];
	log.description = (char *)"another";
	loglist_merge_log(l, &log);
	CHECK(l->n == 1);
	log.id[0] ^= 1;
	log.listed = false;
	loglist_merge_log(l, &log);
	CHECK(l->n == 2 && !loglists_find(l, "another")->listed);
	CHECK(loglists_find(l, "another")->url != l->v[1].url);
	loglist_free(l);
}

static void
skips_by_state_interval_and_place(void)
{
	static const struct {
		const char *members, *why;
	} logs[] = {
		{ "\"state\":{\"pending\":{}}", NULL },
		{ "\"state\":{\"qualified\":{}}", NULL },
		{ "\"state\":{\"usable\":{}}", NULL },
		{ "\"state\":{\"readonly\":{}}", NULL },
		{ "\"state\":{\"retired\":{}}", "retired" },
		{ "\"state\":{\"rejected\":{}}", "rejected" },
		{ "\"log_type\":\"prod\"", NULL },
		{ "\"log_type\":\"test\"", "test log" },
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2026-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2026-07-01T00:00:00Z\"}",
		    "expired shard" },
		/* Thirty days of shutdown_grace_ms end with the first of November. */
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2026-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2026-10-02T00:00:00Z\"}",
		    NULL },
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2026-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2026-10-01T23:59:59Z\"}",
		    "expired shard" },
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2030-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2031-01-01T00:00:00Z\"}",
		    NULL },
	};
	static const char *const names[] = { "google-2026-04-19.json" };
	int64_t now;
	struct loglist *l;
	size_t placeholders = 0;

	CHECK(time_parse("2026-11-01T00:00:00Z", &now));
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		char *json = mem_printf(LOG(WHO "," AT ",%s"), logs[i].members);
		const char *why;

		l = loglist_new();
		CHECK(loglists_add(l, "x", json));
		why = loglist_skip(&l->v[0], now);
		CHECK((why == NULL) == (logs[i].why == NULL));
		CHECK(why == NULL || strcmp(why, logs[i].why) == 0);
		loglist_free(l);
		free(json);
	}
	l = loglists_load(names, 1);
	for (size_t i = 0; i < l->n; i++) {
		const char *why = loglist_skip(&l->v[i], now);

		placeholders += why != NULL && strcmp(why, "placeholder") == 0;
	}
	CHECK(placeholders == 2); /* Geomys' and IPng's */
	loglist_free(l);
}

int
main(void)
{
	unites_chromes_and_apples_lists();
	the_order_of_lists_changes_names_only();
	builds_in_chromes_list();
	says_a_duplicate_and_keeps_the_first();
	says_a_contradiction_and_keeps_the_first();
	knows_an_operator_by_its_logs();
	adds_a_log_that_no_list_names();
	skips_by_state_interval_and_place();
	return 0;
}
