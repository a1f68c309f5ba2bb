/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

#include "../support/make_loglist.h"

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
		struct loglist *l = loglists_load(&expected[i].name, 1);
		size_t is_static = 0, states[LOGLIST_STATE_MAX] = { 0 };

		for (size_t j = 0; j < l->n; j++) {
			is_static += l->v[j].kind == LOG_KIND_STATIC;
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
	struct loglist *l = loglists_load(name, 1);
	const struct loglist_log *log =
	    loglists_find(l, "Google 'Argon2026h1' log");
	uint8_t id[SHA256_SIZE];
	char text[TIME_TEXT];

	CHECK(text_unbase64_exact(bytes_of(ID), id, sizeof id));
	CHECK(memcmp(log->id, id, sizeof id) == 0);
	CHECK(strcmp(log->operator, "Google") == 0);
	CHECK(strcmp(log->url,
	          "https://ct.googleapis.com/logs/us1/argon2026h1/") == 0);
	CHECK(log->kind == LOG_KIND_RFC6962 && log->submission_url == NULL &&
	    log->listed);
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

	log = loglists_find(l, "Let's Encrypt 'Sycamore2026h1'");
	CHECK(log->kind == LOG_KIND_STATIC && log->mmd == TIME_MINUTE);
	CHECK(strcmp(log->url,
	          "https://mon.sycamore.ct.letsencrypt.org/2026h1/") == 0);
	CHECK(strcmp(log->submission_url,
	          "https://log.sycamore.ct.letsencrypt.org/2026h1/") == 0);

	log = loglists_find(l, "Sectigo 'Mammoth2026h1'");
	CHECK(log->state == LOGLIST_READONLY && log->has_final);
	CHECK(log->final_size == 65240567);
	loglist_free(l);
}

static void
refuses_every_proper_prefix(void)
{
	static const char json[] = LOG(WHO "," AT);
	struct loglist *l = loglist_new();
	struct buf error;

	buf_init(&error, 4096);
	for (size_t n = 0; n < strlen(json); n++) {
		buf_clear(&error);
		CHECK(!loglist_merge(l,
		    (struct bytes){ (const uint8_t *)json, n }, "x", &error));
		CHECK(error.n > 0 && l->n == 0);
	}
	CHECK(loglists_add(l, "x", json));
	buf_fini(&error);
	loglist_free(l);
}

static void
refuses_other_documents_as_lists(void)
{
	static const struct {
		const char *json, *why;
	} bad[] = {
		{ "", "x:1: not JSON" },
		{ "<html>502</html>", "x:1: not JSON" },
		{ "{}", "no array \"operators\"" },
		{ "[]", "no array \"operators\"" },
		{ "{\"operators\":{}}", "no array \"operators\"" },
		{ LIST(""), "has no usable log" },
		{ LIST("{\"name\":\"Op\",\"logs\":[]}"), "has no usable log" },
		{ LIST("7"), "has no usable log" },
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
		CHECK(!loglist_merge(l, bytes_of(bad[i].json), "x", &error));
		if (strstr(buf_text(&error), bad[i].why) == NULL)
			fprintf(stderr, "%zu: %s\n", i, buf_text(&error));
		CHECK(strstr(buf_text(&error), bad[i].why) != NULL);
	}
	CHECK(!loglist_merge(l, legacy, "old", &error));
	CHECK(strstr(buf_text(&error), "old: a log list of the old schema v1"));
	CHECK(!loglist_merge(l, cut, "cut", &error));
	CHECK(strstr(buf_text(&error), "cut:297: not JSON") != NULL);
	CHECK(l->n == 0 && l->n_warnings == 0);
	free((void *)legacy.p);
	free((void *)cut.p);
	buf_fini(&error);
	loglist_free(l);
}

static void
keeps_a_log_that_cannot_be_used_with_its_fault(void)
{
	static const struct {
		const char *json, *why;
	} bad[] = {
		{ SECOND("\"log_id\":\"" ID "\"," AT), ".key: not base64" },
		/* wrapped at 64 columns, as in PEM */
		{ SECOND("\"log_id\":\"" ID "\",\"key\":\""
		         "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEB/we6GOO/xwxivy4"
		         "HhkrYFAAPo6e\\n2nc346Wo2o2U+GvoPWSPJz91s/xrEvA3Bk9k"
		         "WHUUXVZS5morFEzsgdHqPg==\"," AT),
		    ".key: not base64" },
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
		    ".url: it has a user name" },
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
		const struct loglist_log *bad_log;
		const char *why;

		CHECK(loglists_add(l, "x", bad[i].json));
		CHECK(l->n == 2 && l->n_warnings == 1);
		bad_log = l->v[0].fault != NULL ? &l->v[0] : &l->v[1];
		CHECK(bad_log->fault != NULL && *bad_log->description != '\0');
		CHECK(strstr(l->warnings[0], bad_log->fault) != NULL);
		CHECK(loglist_skip(bad_log, time_now(), &why) ==
		        LOGLIST_UNUSABLE &&
		    strcmp(why, bad_log->fault) == 0);
		if (!loglists_warns(l, bad[i].why))
			fprintf(stderr, "%zu: %s\n", i, l->warnings[0]);
		CHECK(loglists_warns(l, bad[i].why));
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
		{ LOG(WHO ",\"url\":\"https://ct.test\""),
		    ".mmd: not a number" },
		{ LOG(WHO ",\"url\":\"https://ct.test\",\"mmd\":0"), ".mmd" },
		{ LOG(WHO ",\"url\":\"https://ct.test\",\"mmd\":-1"), ".mmd" },
		{ LOG(WHO "," AT ",\"state\":{}"), ".state: not an object" },
		{ LOG(WHO "," AT ",\"state\":7"), ".state: not an object" },
		{ LOG(WHO "," AT ",\"state\":{\"usable\":{},\"retired\":{}}"),
		    ".state: not an object with exactly one member" },
		{ LOG(WHO "," AT ",\"state\":{\"fine\":{}}"),
		    ".state: not a state" },
		{ LOG(WHO "," AT ",\"temporal_interval\":{}"),
		    "not an interval" },
	};

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct loglist *l = loglist_new();
		const char *why;

		CHECK(loglists_add(l, "x", odd[i].json));
		CHECK(l->n == 1 && l->n_warnings == 1 &&
		    loglists_warns(l, odd[i].why));
		CHECK(l->v[0].mmd == TIME_DAY);
		CHECK(l->v[0].state == LOGLIST_UNKNOWN);
		CHECK(l->v[0].interval_end == 0);
		CHECK(l->v[0].url[strlen(l->v[0].url) - 1] == '/');
		/* Without a description, the URL names it. */
		CHECK(strcmp(l->v[0].description, l->v[0].url) == 0);
		CHECK(loglist_skip(&l->v[0], time_now(), &why) == LOGLIST_READ);
		loglist_free(l);
	}
}

static void
shows_nothing_unescaped(void)
{
	struct loglist *l = loglist_new();

	CHECK(loglists_add(l, "x",
	    LIST(OPERATOR("\\u001b]0;Op",
	        "{\"description\":\"a\\u009bm\\nb\"," WHO "," AT "}"))));
	CHECK(strcmp(l->v[0].operator, "\\x1b]0;Op") == 0);
	CHECK(strcmp(l->v[0].description, "a\\xc2\\x9bm\\x0ab") == 0);
	loglist_free(l);
}

static void
keeps_the_limits(void)
{
	static const char begin[] =
	    "{\"operators\":[{\"logs\":[{" WHO "," AT "}";
	struct loglist *l = loglist_new();
	struct buf json, error;

	buf_init(&json, LIMIT_LOG_LIST + 1);
	buf_init(&error, 4096);
	buf_add_text(&json, begin);
	for (unsigned i = 1; i < LIMIT_LOGS; i++)
		buf_add_text(&json, ",0");
	buf_add_text(&json, "]}]}");
	CHECK(loglist_merge(l, buf_view(&json), "x", &error));
	CHECK(l->n == LIMIT_LOGS && l->n_warnings == LIMIT_LOGS - 1);
	json.n -= strlen("]}]}");
	buf_add_text(&json, ",0]}]}");
	CHECK(!loglist_merge(l, buf_view(&json), "x", &error));
	CHECK(strstr(buf_text(&error), "more than 4096 logs") != NULL);

	buf_clear(&json);
	buf_clear(&error);
	buf_add_text(&json, LOG(WHO "," AT));
	while (json.n < LIMIT_LOG_LIST)
		buf_add_byte(&json, ' ');
	CHECK(loglist_merge(l, buf_view(&json), "y", &error));
	buf_add_byte(&json, ' ');
	CHECK(!loglist_merge(l, buf_view(&json), "y", &error));
	CHECK(strstr(buf_text(&error), "more than 8388608 bytes") != NULL);
	buf_fini(&json);
	buf_fini(&error);
	loglist_free(l);
}

static void
list_must_not_point_at_this_network(void)
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
		CHECK(!loglists_add(l, "x", json));
		l->foreign = false;
		CHECK(loglists_add(l, "x", json));
		loglist_free(l);
		free(json);
	}
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		char *json = mem_printf(
		    LOG(WHO ",\"mmd\":60,\"url\":\"%s\""), outside[i]);
		struct loglist *l = loglist_new();

		l->foreign = true;
		CHECK(loglists_add(l, "x", json));
		loglist_free(l);
		free(json);
	}
}

int
main(void)
{
	reads_every_log_of_real_lists();
	reads_every_member();
	refuses_every_proper_prefix();
	refuses_other_documents_as_lists();
	keeps_a_log_that_cannot_be_used_with_its_fault();
	reads_on_where_little_is_wrong();
	shows_nothing_unescaped();
	keeps_the_limits();
	list_must_not_point_at_this_network();
	return 0;
}
