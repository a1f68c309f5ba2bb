/* SPDX-License-Identifier: Apache-2.0 */
/* loglist_load: lists of files and servers, and their copies. */
#include <dirent.h>
#include <limits.h>
#include <zlib.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/loglist_load.h>

#include "../support/load_lists.h"
#include "../support/make_loglist.h"
#include "../support/test_server.h"
#include "../support/tmpdir.h"

static void
takes_the_list_of_a_server(void)
{
	struct loglist_load l;

	new_state();
	SERVE(status, "200 OK");
	SERVE(list, google);
	CHECK(load_one(&l, list_url));
	CHECK(l.logs->n == 56 && l.n_sources == 1 && !l.stale);
	CHECK(strcmp(l.sources[0].name, list_url) == 0);
	CHECK(l.sources[0].error == NULL && l.sources[0].logs == 56);
	CHECK(l.sources[0].fetched == time_now());
	CHECK(l.sources[0].dated == l.logs->timestamp);
	loglist_load_fini(&l);
}

static void
inflates_a_list_sent_as_gzip(void)
{
	static uint8_t gz[1 << 16];
	z_stream s = { .next_in = (z_const Bytef *)google.p,
		.avail_in = (uInt)google.n,
		.next_out = gz,
		.avail_out = sizeof gz };
	struct loglist_load l;

	new_state();
	CHECK(deflateInit2(&s, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
	          Z_DEFAULT_STRATEGY) == Z_OK);
	CHECK(deflate(&s, Z_FINISH) == Z_STREAM_END);
	SERVE(list, ((struct bytes){ gz, s.total_out }));
	deflateEnd(&s);
	CHECK(load_one(&l, list_url) && l.logs->n == 56);
	loglist_load_fini(&l);
	SERVE(list.n, s.total_out - 1);
	CHECK(load_one(&l, list_url));
	CHECK(strstr(l.sources[0].error, "gzip") != NULL);
	loglist_load_fini(&l);
	SERVE(list, google);
}

static void
merges_all_lists(void)
{
	char *path = data_path("loglists/apple-2026-02-19.json");
	const char *const names[] = { list_url, path };
	struct loglist_load l;

	new_state();
	CHECK(load(&l, names, 2, NULL, NULL));
	CHECK(l.logs->n == 168 && l.n_sources == 2);
	CHECK(l.sources[0].logs == 56 && l.sources[1].logs == 112);
	CHECK(l.sources[1].fetched == 0 && l.sources[1].dated == 0);
	CHECK(l.logs->timestamp == l.sources[0].dated);
	loglist_load_fini(&l);
	free(path);
}

static void
has_one_built_in(void)
{
	struct loglist_load l;

	CHECK(load(&l, NULL, 0, NULL, NULL));
	CHECK(l.logs->n == 56 && strcmp(l.sources[0].name, "built in") == 0);
	loglist_load_fini(&l);
}

/* The built-in list stands in for a list that cannot be loaded. */
static void
falls_back_to_the_built_in(void)
{
	struct loglist_load_options o = { .names =
		                              (const char *const[]){ list_url },
		.n = 1,
		.or_builtin = true };
	struct loglist_load l;

	new_state();
	o.dir = dir;
	SERVE(etag, NULL);
	SERVE(status, "404 Not Found");
	buf_clear(&error);
	CHECK(loglist_load(&l, http, &o, &error));
	CHECK(l.n_sources == 2 && l.logs->n == 56 && l.stale);
	CHECK(strstr(l.sources[0].error, "404") != NULL);
	CHECK(strcmp(l.sources[1].name, "built in") == 0);
	CHECK(l.sources[1].dated != 0);
	loglist_load_fini(&l);
	o.or_builtin = false;
	CHECK(!loglist_load(&l, http, &o, &error) && l.stale);
	loglist_load_fini(&l);
	/* Once there is a copy, that is used. */
	o.or_builtin = true;
	SERVE(status, "200 OK");
	SERVE(list, google);
	CHECK(loglist_load(&l, http, &o, &error));
	CHECK(l.n_sources == 1 && !l.stale);
	loglist_load_fini(&l);
	SERVE(status, "404 Not Found");
	CHECK(loglist_load(&l, http, &o, &error));
	CHECK(l.n_sources == 1 && l.sources[0].error != NULL);
	loglist_load_fini(&l);
	SERVE(status, "200 OK");
}

/* ---- the runs after it ---- */

static void
unchanged_is_success(void)
{
	int64_t first = time_now();
	struct loglist_load l;

	new_state();
	SERVE(etag, "\"v1\"");
	later(&l, first, 0);
	loglist_load_fini(&l);
	SERVE(list, bytes_of("not to be sent")); /* with 304 it is not */
	for (int64_t day = 1; day < 200; day += 60) {
		later(&l, first, day);
		CHECK(!l.stale && l.sources[0].error == NULL);
		CHECK(l.sources[0].fetched == time_now());
		loglist_load_fini(&l);
	}
	/* The day of the last 304 counts when the server then fails. */
	SERVE(status, NULL);
	later(&l, first, 200);
	CHECK(!l.stale && l.sources[0].error != NULL);
	CHECK(l.sources[0].fetched == first + 181 * TIME_DAY);
	loglist_load_fini(&l);
	SERVE(status, "200 OK");
	SERVE(list, google);
	SERVE(etag, NULL);
	time_set(first);
}

static void
keeps_the_last_good_list(void)
{
	static const struct {
		const char *status, *body, *why;
	} cases[] = {
		{ NULL, "", list_url },
		{ "500 Oops", "x", "HTTP status 500: x" },
		{ "302 Found", "", "redirects are not followed" },
		{ "200 OK", "", "not JSON" },
		{ "200 OK", "<html>Captive portal</html>", "not JSON" },
		{ "200 OK", "{}", "not a log list" },
		{ "200 OK", "{\"operators\":[]}", "has no usable log" },
		{ "200 OK", "{\"operators\":[", "not JSON" },
	};
	int64_t first = time_now();
	struct loglist_load l;

	new_state();
	later(&l, first, 0);
	loglist_load_fini(&l);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		SERVE(status, cases[i].status);
		SERVE(list, bytes_of(cases[i].body));
		later(&l, first, 1);
		CHECK(!l.stale && l.sources[0].fetched == first);
		CHECK(strstr(l.sources[0].error, cases[i].why) != NULL);
		loglist_load_fini(&l);
	}
	SERVE(list, ((struct bytes){ google.p, google.n / 2 }));
	later(&l, first, 70);
	CHECK(!l.stale && l.sources[0].error != NULL);
	loglist_load_fini(&l);
	later(&l, first, 71); /* by now it is too old to rely on */
	CHECK(l.stale);
	loglist_load_fini(&l);
	SERVE(list, google);
	later(&l, first, 72);
	CHECK(!l.stale && l.sources[0].error == NULL);
	loglist_load_fini(&l);
	time_set(first);
}

static void
loads_one_list_if_another_fails(void)
{
	char *path = data_path("loglists/apple-2026-02-19.json");
	const char *const names[] = { list_url, path };
	struct loglist_load l;

	new_state();
	SERVE(status, NULL);
	CHECK(load(&l, names, 2, NULL, NULL));
	CHECK(l.logs->n == 166 && l.stale && l.sources[0].error != NULL);
	loglist_load_fini(&l);
	CHECK(!load_one(&l, list_url));
	CHECK(strstr(buf_text(&error), "cannot load a log list") != NULL);
	CHECK(l.stale);
	loglist_load_fini(&l);
	SERVE(status, "200 OK");
	free(path);
}

/* The path of the only file in DIR/lists; the caller frees. */
static char *
find_copy(void)
{
	char *folder = mem_printf("%s/lists", dir), *path = NULL;
	struct dirent *e;
	DIR *d = opendir(folder);

	CHECK(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			CHECK(path == NULL);
			path = mem_printf("%s/%s", folder, e->d_name);
		}
	closedir(d);
	free(folder);
	return path;
}

static void
uses_no_damaged_copy(void)
{
	char *path = data_path("loglists/apple-2026-02-19.json"), *copy;
	const char *const names[] = { list_url, path };
	struct loglist_load l;
	struct buf was;

	new_state();
	CHECK(load_one(&l, list_url));
	loglist_load_fini(&l);
	copy = find_copy();
	buf_init(&was, LIMIT_PAGE);
	CHECK(file_read(copy, false, &was, &error) == FILE_OK);
	CHECK(was.n > google.n);
	SERVE(status, NULL);
	for (size_t n = 0; n < was.n; n += n < 100 ? 1 : 9999) {
		CHECK(file_replace(copy, (struct bytes){ was.p, n }, &error));
		CHECK(!load_one(&l, list_url));
		loglist_load_fini(&l);
	}
	CHECK(load(&l, names, 2, NULL, NULL)); /* nor does it stop others */
	CHECK(l.logs->n == 166);
	loglist_load_fini(&l);
	CHECK(file_replace(copy, buf_view(&was), &error));
	CHECK(load_one(&l, list_url));
	loglist_load_fini(&l);
	SERVE(status, "200 OK");
	buf_fini(&was);
	free(copy);
	free(path);
}

/* ---- what else is said ---- */

static void
reports_the_age_of_a_list(void)
{
	struct loglist_load l;
	int64_t was = time_now(), day;

	CHECK(time_parse("2026-05-03T13:39:58Z", &day)); /* 14 days on */
	time_set(day);
	CHECK(load(&l, NULL, 0, NULL, NULL));
	CHECK(l.logs->n_warnings == 0);
	loglist_load_fini(&l);
	time_set(day + TIME_DAY);
	CHECK(load(&l, NULL, 0, NULL, NULL));
	CHECK(l.logs->n_warnings == 1);
	CHECK(strcmp(l.logs->warnings[0],
	          "built in: this log list is of 2026-04-19, 15 days old; it "
	          "lacks newer logs") == 0);
	loglist_load_fini(&l);
	time_set(was);
}

static void
warns_if_no_copy_can_be_saved(void)
{
	char *in_the_way;
	struct loglist_load l;

	new_state();
	in_the_way = mem_printf("%s/lists", dir);
	CHECK(file_replace(in_the_way, bytes_of("x"), &error));
	CHECK(load_one(&l, list_url));
	CHECK(l.logs->n == 56 && l.sources[0].error == NULL);
	CHECK(l.logs->n_warnings == 1);
	CHECK(
	    strstr(l.logs->warnings[0], "cannot save a copy of the log list"));
	loglist_load_fini(&l);
	free(in_the_way);
}

static void
refuses_missing_old_and_wrong_lists(void)
{
	char *legacy = data_path("loglists/legacy-v1-2018-03-03.json");
	struct loglist_load l;

	CHECK(!load_one(&l, "/nonexistent/list.json"));
	CHECK(strstr(buf_text(&error), "/nonexistent/list.json: No such"));
	loglist_load_fini(&l);
	CHECK(!load_one(&l, legacy));
	CHECK(strstr(buf_text(&error), "old schema v1") != NULL);
	loglist_load_fini(&l);
	CHECK(!load_one(&l, "ftp://ct.test/list.json"));
	CHECK(strstr(buf_text(&error), "neither https") != NULL);
	loglist_load_fini(&l);
	free(legacy);
}

/* A cache may hold an old list for clients that accept gzip. */
static void
asks_again_without_compression(void)
{
	char *key = data_path("loglists/google-pubkey.pem");
	const char *name = list_url;
	struct loglist_load l;

	new_state();
	SERVE(list, google);
	SERVE(plain, older);
	SERVE(signature, sig);
	CHECK(load(&l, &name, 1, sig_url, key));
	CHECK(l.logs->n == 75 && l.sources[0].error == NULL);
	loglist_load_fini(&l);
	/* Once: both are wrong. */
	SERVE(plain, google);
	CHECK(load(&l, &name, 1, sig_url, key));
	CHECK(l.logs->n == 75 && l.sources[0].error != NULL);
	loglist_load_fini(&l);
	SERVE(plain, (struct bytes){ 0 });
	free(key);
}

/* ---- time ---- */

static void
fetches_lists_in_parallel(void)
{
	char *other = mem_printf("%s?2", list_url);
	const char *const names[] = { list_url, other };
	struct loglist_load l;

	new_state();
	/* No answer before both are asked for. */
	SERVE(wait_for, atomic_load(&server.requests) + 2);
	CHECK(load(&l, names, 2, NULL, NULL));
	CHECK(l.sources[0].error == NULL && l.sources[1].error == NULL);
	loglist_load_fini(&l);
	SERVE(wait_for, 0);
	free(other);
}

static void
uses_the_copy_after_the_time_limit(void)
{
	struct loglist_load l;

	new_state();
	CHECK(load_one(&l, list_url));
	loglist_load_fini(&l);
	SERVE(wait_for, INT_MAX);
	until = time_mono() + 200;
	CHECK(load_one(&l, list_url));
	CHECK(l.logs->n == 56 && !l.stale);
	CHECK(strstr(l.sources[0].error, "--max-time") != NULL);
	SERVE(wait_for, 0);
	loglist_load_fini(&l);
	/* Without a copy there is no list. */
	new_state();
	SERVE(wait_for, INT_MAX);
	until = time_mono() + 200;
	CHECK(!load_one(&l, list_url) && l.stale);
	CHECK(strstr(buf_text(&error), "--max-time") != NULL);
	SERVE(wait_for, 0);
	loglist_load_fini(&l);
	until = 0;
}

int
main(void)
{
	begin();
	takes_the_list_of_a_server();
	inflates_a_list_sent_as_gzip();
	merges_all_lists();
	has_one_built_in();
	falls_back_to_the_built_in();
	unchanged_is_success();
	keeps_the_last_good_list();
	loads_one_list_if_another_fails();
	uses_no_damaged_copy();
	asks_again_without_compression();
	fetches_lists_in_parallel();
	uses_the_copy_after_the_time_limit();
	reports_the_age_of_a_list();
	warns_if_no_copy_can_be_saved();
	refuses_missing_old_and_wrong_lists();
	end();
	return 0;
}
