/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "net/loglist_builtin.h"
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/wire/mimic_log.h>

#include "../support/make_loglist.h"

static void
merges_chromes_and_apples_lists(void)
{
	static const char *const names[] = { "google-2026-04-19.json",
		"apple-2026-02-19.json" };
	struct loglist *l = loglists_load(names, 2);
	const struct loglist_log *log;

	CHECK(l->n == 168); /* distinct log_ids of both, by jq and sort -u */
	/* The operator is named differently, and is known by its logs. */
	for (size_t i = 0; i < l->n; i++)
		CHECK(strcmp(l->v[i].operator, "IPng GmbH") != 0);
	for (size_t i = 1; i < l->n; i++) /* logs of an operator are adjacent */
		CHECK(strcasecmp(l->v[i - 1].operator, l->v[i].operator) <= 0);
	/* Apple has it as readonly, Google retired it later: it is read. */
	log = loglists_find(l, "Let's Encrypt 'Oak2026h2'");
	CHECK(log->state == LOGLIST_READONLY);
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
	CHECK(retired == 2); /* Google's; the two of Oak are readonly */
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
warns_of_a_duplicate_and_keeps_the_first(void)
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
warns_of_a_contradiction_and_keeps_the_first(void)
{
	struct loglist *l = loglist_new();

	CHECK(loglists_add(l, "x", LOG(WHO "," AT)));
	CHECK(loglists_add(
	    l, "y", LOG(WHO ",\"mmd\":60,\"url\":\"https://other.test/\"")));
	CHECK(l->n == 1);
	CHECK(strcmp(l->v[0].url, "https://ct.example.test/a/") == 0);
	CHECK(loglists_warns(l,
	    "y: https://ct.example.test/a/ has the URL "
	    "https://other.test/ here"));
	loglist_free(l);
}

static void
finds_an_operator_by_its_logs(void)
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

/* A usable entry prevails over one with a fault, in any order. */
static void
takes_the_entry_that_can_be_used(void)
{
	static const char bad[] =
	    "{\"log_id\":\"" ID "\",\"description\":\"bad\"," AT "}";
	static const char good[] = "{\"description\":\"good\"," WHO "," AT "}";

	for (int i = 0; i < 4; i++) {
		struct loglist *l = loglist_new();
		char *first =
		    mem_printf(LIST(OPERATOR("Op", "{" WHO2 "," AT "},%s%s%s")),
		        i % 2 ? good : bad, i < 2 ? "," : "",
		        i >= 2      ? ""
		            : i % 2 ? bad
		                    : good);
		char *second =
		    mem_printf(LIST(OPERATOR("Op", "{" WHO2 "," AT "},%s")),
		        i % 2 ? bad : good);

		CHECK(loglists_add(l, "x", first));
		CHECK(i < 2 || loglists_add(l, "y", second));
		CHECK(l->n == 2);
		CHECK(loglists_find(l, "good")->fault == NULL);
		CHECK(loglists_warns(l, "key: not base64"));
		loglist_free(l);
		free(first);
		free(second);
	}
}

/* The store knows how a log is reached whose entry in the list has a fault. */
static void
reads_a_stored_log_whose_list_entry_is_faulty(void)
{
	struct loglist *l = loglist_new(), *known = loglist_new();

	CHECK(loglists_add(known, "x", LOG(WHO "," AT)));
	CHECK(loglists_add(l, "x",
	    SECOND(WHO ",\"url\":\"ftp://a.test/\",\"state\":{\"retired\":{"
	               "\"timestamp\":\"2026-11-01T00:00:00Z\"}}")));
	loglist_merge_log(l, &known->v[0]);
	CHECK(l->n == 2);
	for (size_t i = 0; i < l->n; i++)
		CHECK(l->v[i].fault == NULL && l->v[i].listed);
	CHECK(loglist_find(l, known->v[0].id)->state == LOGLIST_RETIRED);
	CHECK(
	    strcmp(loglist_find(l, known->v[0].id)->url, known->v[0].url) == 0);
	loglist_free(l);
	loglist_free(known);
}

/* Which of two lists' states prevails, in either order. */
static void
reads_on_where_one_list_says_so(void)
{
	static const struct {
		const char *a, *b;
		enum loglist_state want;
	} states[] = {
		/* The later is not the truer where one of them is readonly. */
		{ "\"readonly\":{\"timestamp\":\"2026-01-01T00:00:00Z\"}",
		    "\"retired\":{\"timestamp\":\"2026-05-01T00:00:00Z\"}",
		    LOGLIST_READONLY },
		{ "\"readonly\":{\"timestamp\":\"2026-01-01T00:00:00Z\"}",
		    "\"rejected\":{\"timestamp\":\"2026-05-01T00:00:00Z\"}",
		    LOGLIST_READONLY },
		{ "\"rejected\":{\"timestamp\":\"2026-01-01T00:00:00Z\"}",
		    "\"retired\":{\"timestamp\":\"2026-05-01T00:00:00Z\"}",
		    LOGLIST_RETIRED },
		{ "\"qualified\":{}", "\"retired\":{}", LOGLIST_QUALIFIED },
	};

	for (size_t i = 0; i < 2 * sizeof states / sizeof *states; i++) {
		struct loglist *l = loglist_new();
		const char *a = states[i / 2].a, *b = states[i / 2].b;
		char *x = mem_printf(
		    LOG(WHO "," AT ",\"state\":{%s}"), i % 2 ? a : b);
		char *y = mem_printf(
		    LOG(WHO "," AT ",\"state\":{%s}"), i % 2 ? b : a);

		CHECK(loglists_add(l, "x", x) && loglists_add(l, "y", y));
		CHECK(l->n == 1 && l->v[0].state == states[i / 2].want);
		loglist_free(l);
		free(x);
		free(y);
	}
}

static void
finds_the_end_of_a_log(void)
{
	static const struct {
		const char *members, *ended; /* NULL: not said */
		bool valid;                  /* on the first of November */
	} logs[] = {
		{ "\"state\":{\"retired\":{\"timestamp\":"
		  "\"2026-05-01T00:00:00Z\"}}",
		    "2026-05-01T00:00:00Z", true },
		{ "\"state\":{\"retired\":{\"timestamp\":"
		  "\"2024-05-01T00:00:00Z\"}}",
		    "2024-05-01T00:00:00Z", false },
		{ "\"state\":{\"usable\":{\"timestamp\":"
		  "\"2024-05-01T00:00:00Z\"}}",
		    NULL, true },
		{ "\"state\":{\"rejected\":{}}", NULL, true },
		/* The earlier of both ends; the later of both validities. */
		{ "\"state\":{\"retired\":{\"timestamp\":"
		  "\"2025-08-01T00:00:00Z\"}},\"temporal_interval\":{"
		  "\"start_inclusive\":\"2026-01-01T00:00:00Z\","
		  "\"end_exclusive\":\"2027-01-01T00:00:00Z\"}",
		    "2025-08-01T00:00:00Z", true },
		{ "\"state\":{\"retired\":{\"timestamp\":"
		  "\"2026-10-31T00:00:00Z\"}},\"temporal_interval\":{"
		  "\"start_inclusive\":\"2026-01-01T00:00:00Z\","
		  "\"end_exclusive\":\"2026-07-01T00:00:00Z\"}",
		    "2026-07-01T00:00:00Z", false },
	};
	int64_t now;

	CHECK(time_parse("2026-11-01T00:00:00Z", &now));
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		char *json = mem_printf(LOG(WHO "," AT ",%s"), logs[i].members);
		struct loglist *l = loglist_new();
		int64_t want = INT64_MAX;

		CHECK(loglists_add(l, "x", json));
		CHECK(
		    logs[i].ended == NULL || time_parse(logs[i].ended, &want));
		CHECK(loglist_ended(&l->v[0]) == want);
		CHECK(loglist_holds_valid(&l->v[0], now) == logs[i].valid);
		loglist_free(l);
		free(json);
	}
}

/* The entry of a mimic log; the caller frees. */
static char *
mimic_entry(int number)
{
	char *path = mem_printf("loglists/mimic-%d.spki.der", number), *json;
	struct bytes key = test_data(path);
	char key_text[TEXT_BASE64_LEN(91) + 1];
	char id_text[TEXT_BASE64_LEN(SHA256_SIZE) + 1];
	uint8_t id[SHA256_SIZE];

	CHECK(key.n == 91);
	sha256_digest(key, id);
	text_base64(key, key_text);
	text_base64((struct bytes){ id, sizeof id }, id_text);
	json = mem_printf(
	    "{\"log_id\":\"%s\",\"key\":\"%s\",\"description\":\"mimic\"," AT
	    ",\"state\":{\"usable\":{}}}",
	    id_text, key_text);
	free((void *)key.p);
	free(path);
	return json;
}

static void
refuses_mimic_logs(void)
{
	for (int i = 1; i <= 2; i++) {
		char *entry = mimic_entry(i);
		char *alone = mem_printf(LIST(OPERATOR("Op", "%s")), entry);
		char *second = mem_printf(
		    LIST(OPERATOR("Op", "{" WHO "," AT "},%s")), entry);
		struct loglist *l = loglist_new();
		struct loglist_log known;
		const char *why;
		struct buf error;

		buf_init(&error, 4096);
		CHECK(!loglist_merge(l, bytes_of(alone), "x", &error));
		CHECK(strstr(buf_text(&error), MIMIC_LOG_REASON) != NULL);
		CHECK(loglists_add(l, "x", second));
		CHECK(loglist_skip(loglists_find(l, "mimic"), time_now(),
		          &why) == LOGLIST_FORBIDDEN &&
		    strcmp(why, MIMIC_LOG_REASON) == 0);
		/* Neither does a log that an older version has read. */
		known = *loglists_find(l, "mimic");
		known.fault = NULL;
		loglist_merge_log(l, &known);
		CHECK(loglist_skip(loglists_find(l, "mimic"), time_now(),
		          &why) == LOGLIST_FORBIDDEN);
		CHECK(tree_head_key_new(
		          blob_view(loglists_find(l, "mimic")->key)) == NULL);
		buf_fini(&error);
		loglist_free(l);
		free(entry);
		free(alone);
		free(second);
	}
}

static void
skips_by_state_interval_and_place(void)
{
	static const struct {
		const char *members, *why;
		enum loglist_skip skip;
	} logs[] = {
		{ "\"state\":{\"pending\":{}}", NULL, LOGLIST_READ },
		{ "\"state\":{\"qualified\":{}}", NULL, LOGLIST_READ },
		{ "\"state\":{\"usable\":{}}", NULL, LOGLIST_READ },
		{ "\"state\":{\"readonly\":{}}", NULL, LOGLIST_READ },
		{ "\"state\":{\"retired\":{}}", "retired", LOGLIST_OVER },
		{ "\"state\":{\"rejected\":{}}", "rejected", LOGLIST_OVER },
		{ "\"state\":{\"retired\":{\"timestamp\":"
		  "\"2026-11-01T00:00:00Z\"}}",
		    "retired", LOGLIST_OVER },
		/* It is to be retired in a second. */
		{ "\"state\":{\"retired\":{\"timestamp\":"
		  "\"2026-11-01T00:00:01Z\"}}",
		    NULL, LOGLIST_READ },
		{ "\"log_type\":\"prod\"", NULL, LOGLIST_READ },
		{ "\"log_type\":\"test\"", "test log", LOGLIST_TEST },
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2026-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2026-07-01T00:00:00Z\"}",
		    "expired shard", LOGLIST_EXPIRED },
		/* Thirty days of grace end with the first of November. */
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2026-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2026-10-02T00:00:00Z\"}",
		    NULL, LOGLIST_READ },
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2026-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2026-10-01T23:59:59Z\"}",
		    "expired shard", LOGLIST_EXPIRED },
		{ "\"temporal_interval\":{\"start_inclusive\":"
		  "\"2030-01-01T00:00:00Z\",\"end_exclusive\":"
		  "\"2031-01-01T00:00:00Z\"}",
		    NULL, LOGLIST_READ },
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
		CHECK(loglist_skip(&l->v[0], now, &why) == logs[i].skip);
		CHECK((why == NULL) == (logs[i].why == NULL));
		CHECK(why == NULL || strcmp(why, logs[i].why) == 0);
		loglist_free(l);
		free(json);
	}
	l = loglists_load(names, 1);
	for (size_t i = 0; i < l->n; i++) {
		const char *why;

		placeholders +=
		    loglist_skip(&l->v[i], now, &why) == LOGLIST_FORBIDDEN &&
		    strcmp(why, "placeholder") == 0;
	}
	CHECK(placeholders == 2); /* Geomys' and IPng's */
	loglist_free(l);
}

/* ---- for browsers' policies ---- */

static void
reads_the_states_of_each_vendor(void)
{
	static const char *const names[] = { "google-2026-04-19.json",
		"apple-2026-02-19.json" };
	struct loglist *both = loglists_load(names, 2);
	struct loglist *one = loglists_load(names, 1);
	const struct loglist_log *log;

	CHECK(both->has[LOGLIST_CHROME] && both->has[LOGLIST_APPLE]);
	CHECK(one->has[LOGLIST_CHROME] && !one->has[LOGLIST_APPLE]);
	log = loglists_find(both, "Let's Encrypt 'Oak2026h2'");
	CHECK(log->trust[LOGLIST_CHROME].state == LOGLIST_RETIRED);
	CHECK(log->trust[LOGLIST_APPLE].state == LOGLIST_READONLY);
	log = loglists_find(one, "Let's Encrypt 'Oak2026h2'");
	CHECK(log->trust[LOGLIST_APPLE].state == LOGLIST_UNKNOWN);
	loglist_free(both);
	loglist_free(one);
}

#define BEFORE(name, time) "{\"name\":\"" name "\",\"end_time\":\"" time "\"}"

static void
finds_earlier_operators_of_a_log(void)
{
	struct loglist *l = loglist_new();
	int64_t first, second;

	CHECK(time_parse("2020-01-01T00:00:00Z", &first));
	CHECK(time_parse("2021-01-01T00:00:00Z", &second));
	CHECK(loglists_add(l, "apple",
	    "{\"assetVersion\":1," /* without the earlier operators */
	    "\"operators\":[" OPERATOR("Op", "{" WHO "," AT "}") "]}"));
	CHECK(loglists_add(l, "chrome",
	    LOG(WHO "," AT ",\"previous_operators\":[" BEFORE(
	        "Second", "2021-01-01T00:00:00Z") "," BEFORE("First",
	        "2020-01-01T00:00:00Z") "]")));
	CHECK(l->n == 1 && l->v[0].n_previous == 2);
	CHECK(strcmp(loglist_operator_at(&l->v[0], first - 1), "First") == 0);
	CHECK(strcmp(loglist_operator_at(&l->v[0], first), "Second") == 0);
	CHECK(strcmp(loglist_operator_at(&l->v[0], second - 1), "Second") == 0);
	CHECK(strcmp(loglist_operator_at(&l->v[0], second), "Op") == 0);
	loglist_free(l);
	/* One that cannot be read is said, and the log is used. */
	l = loglist_new();
	CHECK(loglists_add(l, "broken",
	    LOG(WHO "," AT ",\"previous_operators\":[{\"name\":\"X\"}]")));
	CHECK(l->n == 1 && l->v[0].n_previous == 0 && l->v[0].fault == NULL);
	CHECK(loglists_warns(l, "previous_operators"));
	loglist_free(l);
}

int
main(void)
{
	merges_chromes_and_apples_lists();
	the_order_of_lists_changes_names_only();
	builds_in_chromes_list();
	warns_of_a_duplicate_and_keeps_the_first();
	warns_of_a_contradiction_and_keeps_the_first();
	finds_an_operator_by_its_logs();
	adds_a_log_that_no_list_names();
	takes_the_entry_that_can_be_used();
	reads_a_stored_log_whose_list_entry_is_faulty();
	reads_on_where_one_list_says_so();
	finds_the_end_of_a_log();
	refuses_mimic_logs();
	skips_by_state_interval_and_place();
	reads_the_states_of_each_vendor();
	finds_earlier_operators_of_a_log();
	return 0;
}
