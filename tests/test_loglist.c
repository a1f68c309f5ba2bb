/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/embedded.h>
#include <ctwatch/net/loglist.h>

#include "test.h"

/* A real log: Google's Argon2026h1, as Chrome's list has it. */
#define ID "DleUvPOuqT4zGyyZB7P3kN+bwj1xMiXdIaklrGHFTiE="
#define KEY                                                                    \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEB/we6GOO/xwxivy4HhkrYFAAPo6e2nc"  \
	"346Wo2o2U+GvoPWSPJz91s/xrEvA3Bk9kWHUUXVZS5morFEzsgdHqPg=="
#define WHO "\"log_id\":\"" ID "\",\"key\":\"" KEY "\""
#define AT  "\"url\":\"https://ct.example.test/a/\",\"mmd\":86400"
/* Another: Argon2026h2. */
#define WHO2                                                                   \
	"\"log_id\":\"1219ENGn9XfCx+lf1wC/+YLJM1pl4dCzAXMXwMjFaXc=\","         \
	"\"key\":\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKjpni/66DIYrSlGK6Rf+"   \
	"e6F2c/"                                                               \
	"28ZUvDJ79N81+gyimAESAyeNZ++TRgjHWg9TVQnKHTSU0T1TtqDupFnSQTIg==\""
#define LIST(operators)      "{\"version\":\"1.0\",\"operators\":[" operators "]}"
#define OPERATOR(name, logs) "{\"name\":\"" name "\",\"logs\":[" logs "]}"
#define LOG(members)         LIST(OPERATOR("Op", "{" members "}"))
/* A list whose second log is the one asked about, so that the list stands. */
#define SECOND(members) LIST(OPERATOR("Op", "{" WHO2 "," AT "},{" members "}"))

static bool
add(struct loglist *l, const char *name, const char *json)
{
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = loglist_add(l, bytes_of(json), name, &error);
	CHECK(ok == (error.n == 0));
	buf_fini(&error);
	return ok;
}

static struct loglist *
load(const char *const *names, size_t n)
{
	struct loglist *l = loglist_new();
	struct buf error;

	buf_init(&error, 4096);
	for (size_t i = 0; i < n; i++) {
		char *path = mem_printf("loglists/%s", names[i]);
		struct bytes json = test_data(path);

		CHECK(loglist_add(l, json, names[i], &error));
		free((void *)json.p);
		free(path);
	}
	buf_fini(&error);
	return l;
}

static const struct loglist_log *
find(const struct loglist *l, const char *description)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].description, description) == 0)
			return &l->v[i];
	fprintf(stderr, "no log %s\n", description);
	exit(1);
}

/* Whether some warning holds text. */
static bool
warns(const struct loglist *l, const char *text)
{
	for (size_t i = 0; i < l->n_warnings; i++)
		if (strstr(l->warnings[i], text) != NULL)
			return true;
	return false;
}

/* ---- real lists ---- */

/*
 * Counted with jq, not with this program:
 *   jq '[.operators[] | (.logs//[])[], (.tiled_logs//[])[]] | length,
 *       map(select(.monitoring_url)) | length, group_by(.state|keys[0])'
 */
static void
reads_every_log_of_real_lists(void)
{
	static const struct {
		const char *name;
		size_t n, is_static, states[LOGLIST_STATE_MAX];
	} expected[] = {
		/* unknown, pending, qualified, usable, readonly, retired,
		 * rejected */
		{ "apple-2026-02-19.json", 166, 31,
		    { 0, 1, 12, 39, 6, 0, 108 } },
		{ "google-2025-12-30.json", 75, 26, { 0, 0, 5, 57, 9, 4, 0 } },
		{ "google-2026-04-19.json", 56, 21, { 0, 0, 0, 48, 4, 4, 0 } },
		{ "edge-states.json", 4, 0, { 0, 0, 1, 2, 0, 1, 0 } },
		{ "edge-tiled.json", 44, 3, { 0, 0, 8, 33, 0, 3, 0 } },
	};

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		struct loglist *l = load(&expected[i].name, 1);
		size_t is_static = 0, states[LOGLIST_STATE_MAX] = { 0 };

		for (size_t j = 0; j < l->n; j++) {
			is_static += l->v[j].is_static;
			states[l->v[j].state]++;
		}
		CHECK(l->n == expected[i].n);
		CHECK(l->n_warnings == 0);
		CHECK(is_static == expected[i].is_static);
		CHECK(memcmp(states, expected[i].states, sizeof states) == 0);
		loglist_free(l);
	}
}

static void
reads_every_member(void)
{
	static const char *const name[] = { "google-2026-04-19.json" };
	struct loglist *l = load(name, 1);
	const struct loglist_log *log = find(l, "Google 'Argon2026h1' log");
	uint8_t id[DIGEST_SIZE];
	char text[TIME_TEXT];

	CHECK(text_unbase64_exact(bytes_of(ID), id, sizeof id));
	CHECK(memcmp(log->id, id, sizeof id) == 0);
	CHECK(strcmp(log->operator, "Google") == 0);
	CHECK(strcmp(log->url,
	          "https://ct.googleapis.com/logs/us1/argon2026h1/") == 0);
	CHECK(!log->is_static && log->submission_url == NULL && log->listed);
	CHECK(log->mmd == TIME_DAY && log->key.n == 91 && !log->is_test);
	CHECK(log->state == LOGLIST_USABLE && !log->has_final);
	time_format(log->state_since, text);
	CHECK(strcmp(text, "2024-09-30T22:19:27Z") == 0);
	time_format(log->interval_start, text);
	CHECK(strcmp(text, "2026-01-01T00:00:00Z") == 0);
	time_format(log->interval_end, text);
	CHECK(strcmp(text, "2026-07-01T00:00:00Z") == 0);
	time_format(l->timestamp, text);
	CHECK(strcmp(text, "2026-04-19T13:39:58Z") == 0);

	log = find(l, "Let's Encrypt 'Sycamore2026h1'");
	CHECK(log->is_static && log->mmd == TIME_MINUTE);
	CHECK(strcmp(log->url,
	          "https://mon.sycamore.ct.letsencrypt.org/2026h1/") == 0);
	CHECK(strcmp(log->submission_url,
	          "https://log.sycamore.ct.letsencrypt.org/2026h1/") == 0);

	log = find(l, "Sectigo 'Mammoth2026h1'");
	CHECK(log->state == LOGLIST_READONLY && log->has_final);
	CHECK(log->final_size == 65240567);
	loglist_free(l);
}

static void
unites_chromes_and_apples_lists(void)
{
	static const char *const names[] = { "google-2026-04-19.json",
		"apple-2026-02-19.json" };
	struct loglist *l = load(names, 2);
	const struct loglist_log *log;

	CHECK(l->n == 168); /* distinct log_ids of both, by jq and sort -u */
	/* The operator is named differently, and is known by its logs. */
	for (size_t i = 0; i < l->n; i++)
		CHECK(strcmp(l->v[i].operator, "IPng GmbH") != 0);
	for (size_t i = 1; i < l->n; i++) /* operators stand together */
		CHECK(strcasecmp(l->v[i - 1].operator, l->v[i].operator) <= 0);
	/* Apple knew it as readonly, Google has retired it since. */
	log = find(l, "Let's Encrypt 'Oak2026h2'");
	CHECK(log->state == LOGLIST_RETIRED);
	CHECK(warns(l, "'Oak2026h2' is readonly here, retired in another"));
	/* Apple had it as qualified, Google as usable. */
	CHECK(find(l, "DigiCert 'Wyvern2027h2'")->state == LOGLIST_USABLE);
	CHECK(l->n_warnings == 2); /* the two shards of Oak */
	loglist_free(l);
}

static void
the_order_of_lists_changes_names_only(void)
{
	static const char *const names[] = { "apple-2026-02-19.json",
		"google-2026-04-19.json" };
	struct loglist *l = load(names, 2);
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

	CHECK(bytes_equal(embedded_log_list(), json));
	free((void *)json.p);
}

/* ---- what is refused ---- */

static void
refuses_every_proper_prefix(void)
{
	static const char json[] = LOG(WHO "," AT);
	struct loglist *l = loglist_new();
	struct buf error;

	buf_init(&error, 4096);
	for (size_t n = 0; n < strlen(json); n++) {
		buf_clear(&error);
		CHECK(!loglist_add(l,
		    (struct bytes){ (const uint8_t *)json, n }, "x", &error));
		CHECK(error.n > 0 && l->n == 0);
	}
	CHECK(add(l, "x", json));
	buf_fini(&error);
	loglist_free(l);
}

static void
refuses_what_is_no_list(void)
{
	static const struct {
		const char *json, *why;
	} bad[] = {
		{ "", "x:1: not JSON" },
		{ "<html>502</html>", "x:1: not JSON" },
		{ "{}", "no array \"operators\"" },
		{ "[]", "no array \"operators\"" },
		{ "{\"operators\":{}}", "no array \"operators\"" },
		{ LIST(""), "names no log" },
		{ LIST("{\"name\":\"Op\",\"logs\":[]}"), "names no log" },
		{ LIST("7"), "names no log" },
		{ LOG(AT), "x: operators[0].logs[0].key: not base64" },
		{ LOG(WHO "," AT) "x", "x:1: not JSON" },
		{ "\xef\xbb\xbf" LOG(WHO "," AT), "x:1: not JSON" },
		{ LOG(WHO "," WHO "," AT), "duplicate" },
		{ "{\"logs\":[],\"operators\":[]}", "schema v1" },
	};
	struct loglist *l = loglist_new();
	struct bytes legacy = test_data("loglists/legacy-v1-2018-03-03.json");
	struct bytes cut = test_data("loglists/edge-truncated.json");
	struct buf error;

	buf_init(&error, 4096);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buf_clear(&error);
		CHECK(!loglist_add(l, bytes_of(bad[i].json), "x", &error));
		if (strstr(buf_text(&error), bad[i].why) == NULL)
			fprintf(stderr, "%zu: %s\n", i, buf_text(&error));
		CHECK(strstr(buf_text(&error), bad[i].why) != NULL);
	}
	CHECK(!loglist_add(l, legacy, "old", &error));
	CHECK(strstr(buf_text(&error), "old: a log list of the old schema v1"));
	CHECK(!loglist_add(l, cut, "cut", &error));
	CHECK(strstr(buf_text(&error), "cut:297: not JSON") != NULL);
	CHECK(l->n == 0 && l->n_warnings == 0);
	free((void *)legacy.p);
	free((void *)cut.p);
	buf_fini(&error);
	loglist_free(l);
}

static void
refuses_one_log_and_keeps_the_others(void)
{
	static const struct {
		const char *json, *why;
	} bad[] = {
		{ SECOND("\"log_id\":\"" ID "\"," AT), ".key: not base64" },
		{ SECOND("\"key\":\"AAAA\"," AT), ".key: neither" },
		{ SECOND("\"key\":\"" KEY "\"," AT), ".log_id: not the SHA" },
		{ SECOND("\"log_id\":\"AAAA\",\"key\":\"" KEY "\"," AT),
		    ".log_id: not the SHA-256 of the key" },
		{ SECOND(WHO), ".url: missing" },
		{ SECOND(WHO ",\"url\":7"), ".url: missing" },
		{ SECOND(WHO "," AT ",\"monitoring_url\":\"https://m.test/\""),
		    ".url: both" },
		{ SECOND(WHO ",\"monitoring_url\":\"https://m.test/\""),
		    ".submission_url: missing" },
		{ SECOND(WHO ",\"submission_url\":\"https://m.test/\""),
		    ".monitoring_url: missing" },
		{ SECOND(WHO ",\"url\":\"gopher://ct.test/\""),
		    ".url: neither" },
		{ SECOND(WHO ",\"url\":\"https://a@ct.test/\""),
		    ".url: it names" },
		{ SECOND(WHO ",\"url\":\"https://ct.test/?x\""),
		    ".url: has a" },
		{ SECOND(WHO ",\"url\":\"https://ct.test/#x\""),
		    ".url: it has" },
		{ SECOND(WHO ",\"url\":\"https://ct.test/\\u001b[m\""),
		    ".url: it has" },
		{ LIST(OPERATOR("Op", "{" WHO2 "," AT "},7")),
		    "logs[1]: not an object" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct loglist *l = loglist_new();

		CHECK(add(l, "x", bad[i].json));
		CHECK(l->n == 1 && l->n_warnings == 1);
		if (!warns(l, bad[i].why))
			fprintf(stderr, "%zu: %s\n", i, l->warnings[0]);
		CHECK(warns(l, bad[i].why));
		CHECK(strncmp(l->warnings[0], "x: operators[0].logs[1]", 23) ==
		    0);
		loglist_free(l);
	}
}

/* What concerns the reading of a log less than its loss would. */
static void
reads_on_where_little_is_wrong(void)
{
	static const struct {
		const char *json, *why;
	} odd[] = {
		{ LOG(WHO ",\"url\":\"https://ct.test\""), ".mmd: no number" },
		{ LOG(WHO ",\"url\":\"https://ct.test\",\"mmd\":0"), ".mmd" },
		{ LOG(WHO ",\"url\":\"https://ct.test\",\"mmd\":-1"), ".mmd" },
		{ LOG(WHO "," AT ",\"state\":{}"), ".state: not an object" },
		{ LOG(WHO "," AT ",\"state\":7"), ".state: not an object" },
		{ LOG(WHO "," AT ",\"state\":{\"usable\":{},\"retired\":{}}"),
		    ".state: not an object with exactly one member" },
		{ LOG(WHO "," AT ",\"state\":{\"fine\":{}}"),
		    ".state: not a state" },
		{ LOG(WHO "," AT ",\"temporal_interval\":{}"), "no interval" },
	};

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct loglist *l = loglist_new();

		CHECK(add(l, "x", odd[i].json));
		CHECK(l->n == 1 && l->n_warnings == 1 && warns(l, odd[i].why));
		CHECK(l->v[0].mmd == TIME_DAY);
		CHECK(l->v[0].state == LOGLIST_UNKNOWN);
		CHECK(l->v[0].interval_end == 0);
		CHECK(l->v[0].url[strlen(l->v[0].url) - 1] == '/');
		/* Without a description, the URL names it. */
		CHECK(strcmp(l->v[0].description, l->v[0].url) == 0);
		CHECK(loglist_skip(&l->v[0], time_now()) == NULL);
		loglist_free(l);
	}
}

static void
shows_nothing_unescaped(void)
{
	struct loglist *l = loglist_new();

	CHECK(add(l, "x",
	    LIST(OPERATOR("\\u001b]0;Op",
	        "{\"description\":\"a\\u009bm\\nb\"," WHO "," AT "}"))));
	CHECK(strcmp(l->v[0].operator, "\\x1b]0;Op") == 0);
	CHECK(strcmp(l->v[0].description, "a\\xc2\\x9bm\\x0ab") == 0);
	loglist_free(l);
}

static void
says_a_duplicate_and_keeps_the_first(void)
{
	struct loglist *l = loglist_new();

	CHECK(add(l, "x",
	    LIST(OPERATOR("Op",
	        "{\"description\":\"a\"," WHO "," AT
	        "},{\"description\":\"b\"," WHO "," AT "}"))));
	CHECK(l->n == 1 && strcmp(l->v[0].description, "a") == 0);
	CHECK(warns(l, "x: a and b have one log_id; the first is used"));
	loglist_free(l);
}

static void
says_a_contradiction_and_keeps_the_first(void)
{
	struct loglist *l = loglist_new();

	CHECK(add(l, "x", LOG(WHO "," AT)));
	CHECK(add(
	    l, "y", LOG(WHO ",\"mmd\":60,\"url\":\"https://other.test/\"")));
	CHECK(l->n == 1);
	CHECK(strcmp(l->v[0].url, "https://ct.example.test/a/") == 0);
	CHECK(warns(l,
	    "y: https://ct.example.test/a/ is at "
	    "https://other.test/ here"));
	loglist_free(l);
}

static void
knows_an_operator_by_its_logs(void)
{
	struct loglist *l = loglist_new();

	CHECK(add(l, "x", LIST(OPERATOR("One", "{" WHO "," AT "}"))));
	CHECK(add(l, "y",
	    LIST(OPERATOR("One Ltd", "{" WHO2 "," AT "},{" WHO "," AT "}"))));
	CHECK(l->n == 2 && l->n_warnings == 0);
	CHECK(strcmp(l->v[0].operator, "One") == 0);
	CHECK(strcmp(l->v[1].operator, "One") == 0);
	loglist_free(l);
}

static void
holds_the_ceilings(void)
{
	static const char begin[] =
	    "{\"operators\":[{\"logs\":[{" WHO "," AT "}";
	struct loglist *l = loglist_new();
	struct buf json, error;

	buf_init(&json, BOUNDS_LOG_LIST + 1);
	buf_init(&error, 4096);
	buf_add_text(&json, begin);
	for (unsigned i = 1; i < BOUNDS_LOGS; i++)
		buf_add_text(&json, ",0");
	buf_add_text(&json, "]}]}");
	CHECK(loglist_add(l, buf_view(&json), "x", &error));
	CHECK(l->n == 1 && l->n_warnings == BOUNDS_LOGS - 1);
	json.n -= strlen("]}]}");
	buf_add_text(&json, ",0]}]}");
	CHECK(!loglist_add(l, buf_view(&json), "x", &error));
	CHECK(strstr(buf_text(&error), "more than 4096 logs") != NULL);

	buf_clear(&json);
	buf_clear(&error);
	buf_add_text(&json, LOG(WHO "," AT));
	while (json.n < BOUNDS_LOG_LIST)
		buf_add_byte(&json, ' ');
	CHECK(loglist_add(l, buf_view(&json), "y", &error));
	buf_add_byte(&json, ' ');
	CHECK(!loglist_add(l, buf_view(&json), "y", &error));
	CHECK(strstr(buf_text(&error), "more than 8388608 bytes") != NULL);
	buf_fini(&json);
	buf_fini(&error);
	loglist_free(l);
}

static void
lets_no_stranger_point_at_this_network(void)
{
	static const char *const inside[] = { "http://127.0.0.1:80/",
		"http://ct.test/", "file:///etc/", "https://127.0.0.1/",
		"https://[::1]/", "https://10.0.0.1/", "https://0x7f.1/",
		"https://2130706433/", "https://localhost/",
		"https://LOCALHOST:8443/", "https://a.localhost/",
		"https://10.0.0.1./" };
	static const char *const outside[] = { "https://ct.test/",
		"https://10.0.0.1.test/", "https://ct.test:8443/x",
		"https://notlocalhost/" };

	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
		char *json = mem_printf(
		    LOG(WHO ",\"mmd\":60,\"url\":\"%s\""), inside[i]);
		struct loglist *l = loglist_new();

		l->foreign = true;
		CHECK(!add(l, "x", json));
		l->foreign = false;
		CHECK(add(l, "x", json));
		loglist_free(l);
		free(json);
	}
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		char *json = mem_printf(
		    LOG(WHO ",\"mmd\":60,\"url\":\"%s\""), outside[i]);
		struct loglist *l = loglist_new();

		l->foreign = true;
		CHECK(add(l, "x", json));
		loglist_free(l);
		free(json);
	}
}

/* ---- what is read ---- */

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
		/* Thirty days of grace end with the first of November. */
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
		CHECK(add(l, "x", json));
		why = loglist_skip(&l->v[0], now);
		CHECK((why == NULL) == (logs[i].why == NULL));
		CHECK(why == NULL || strcmp(why, logs[i].why) == 0);
		loglist_free(l);
		free(json);
	}
	l = load(names, 1);
	for (size_t i = 0; i < l->n; i++) {
		const char *why = loglist_skip(&l->v[i], now);

		placeholders += why != NULL && strcmp(why, "placeholder") == 0;
	}
	CHECK(placeholders == 2); /* Geomys' and IPng's */
	loglist_free(l);
}

static void
adds_a_log_that_no_list_names(void)
{
	struct loglist *l = loglist_new();
	struct loglist_log log;

	CHECK(add(l, "x", LOG(WHO "," AT)));
	log = l->v[0];
	log.description = (char *)"another";
	loglist_add_log(l, &log);
	CHECK(l->n == 1);
	log.id[0] ^= 1;
	log.listed = false;
	loglist_add_log(l, &log);
	CHECK(l->n == 2 && !find(l, "another")->listed);
	CHECK(find(l, "another")->url != l->v[1].url);
	loglist_free(l);
}

int
main(void)
{
	reads_every_log_of_real_lists();
	reads_every_member();
	unites_chromes_and_apples_lists();
	the_order_of_lists_changes_names_only();
	builds_in_chromes_list();
	refuses_every_proper_prefix();
	refuses_what_is_no_list();
	refuses_one_log_and_keeps_the_others();
	reads_on_where_little_is_wrong();
	shows_nothing_unescaped();
	says_a_duplicate_and_keeps_the_first();
	says_a_contradiction_and_keeps_the_first();
	knows_an_operator_by_its_logs();
	holds_the_ceilings();
	lets_no_stranger_point_at_this_network();
	skips_by_state_interval_and_place();
	adds_a_log_that_no_list_names();
	return 0;
}
