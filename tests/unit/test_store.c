/* SPDX-License-Identifier: Apache-2.0 */
/* The store keeps what it is given, and names a run that has it open. */
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/sandbox.h>
#include <ctwatch/store/store.h>

#include "../support/test_state.h"

/* The error of an open that must fail holds this text. */
static void
refuses(const char *dir, enum store_mode mode, const char *text)
{
	struct buf error;

	buf_init(&error, 4096);
	CHECK(store_open(dir, mode, &error) == NULL);
	if (strstr(buf_text(&error), text) == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(strstr(buf_text(&error), text) != NULL);
	buf_fini(&error);
}

static bool
same_range(const struct merkle_range *a, const struct merkle_range *b)
{
	return a->begin == b->begin && a->end == b->end && a->n == b->n &&
	    memcmp(a->node, b->node, a->n * sizeof *a->node) == 0 &&
	    memcmp(a->level, b->level, a->n) == 0;
}

static void
logs_are_loaded_as_they_were_saved(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(7, 13, 8), got, *all;
	const struct bytes none = { NULL, 0 };
	size_t n;

	store_log_describe(&log, "Oak", "Example", "https://log.example/",
	    "https://submit.example/", bytes_of("key"));
	log.mmd = 86400000;
	log.start = 5;
	log.kind = LOG_KIND_STATIC;
	log.listed = true;
	log.first = 3;
	log.page = 256;
	log.added = 11;
	log.progress = 12;
	log.mismatches = 2;
	CHECK(!store_log_load(s, log.id, &got));
	CHECK(store_log_save(s, &log));
	CHECK(store_commit(s));
	store_close(s);

	s = state_open(dir, STORE_READ);
	CHECK(store_log_load(s, log.id, &got));
	CHECK(memcmp(got.id, log.id, SHA256_SIZE) == 0);
	CHECK(strcmp(got.description, "Oak") == 0);
	CHECK(strcmp(got.operator, "Example") == 0);
	CHECK(strcmp(got.url, "https://log.example/") == 0);
	CHECK(strcmp(got.submission_url, "https://submit.example/") == 0);
	CHECK(bytes_is(blob_view(got.key), "key"));
	CHECK(got.mmd == 86400000 && got.start == 5);
	CHECK(got.kind == LOG_KIND_STATIC && got.listed && got.has_range);
	CHECK(got.first == 3 && got.next == 13 && got.verified == 8);
	CHECK(got.page == 256 && got.added == 11 && got.progress == 12);
	CHECK(got.mismatches == 2);
	CHECK(same_range(&got.range, &log.range));
	CHECK(same_range(&got.proved, &log.proved));
	store_log_fini(&got);
	CHECK(!store_log_save(s, &log)); /* for reading only */
	CHECK(*store_error(s) != '\0');
	store_close(s);

	s = state_open(dir, STORE_RUN);
	store_log_fini(&log);
	log = state_log(9, 0, 0);
	log.has_range = false;
	CHECK(store_log_save(s, &log));
	log = state_log(8, 0, 0);
	store_log_describe(&log, "Ash", NULL, NULL, NULL, none);
	CHECK(store_log_save(s, &log));
	all = store_logs(s, &n);
	CHECK(n == 3 && all[0].id[0] == 9 && all[1].id[0] == 8 &&
	    all[2].id[0] == 7);
	CHECK(!all[0].has_range && all[0].description == NULL);
	CHECK(all[1].has_range && all[1].range.n == 0);
	store_logs_free(all, n);
	store_close(s);
	store_log_fini(&log);
	tmpdir_remove(dir);
}

/* Damage of one log affects only that log: it restarts from a head. */
static void
a_range_that_does_not_fit_is_no_range(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(7, 13, 8), got;

	CHECK(store_log_save(s, &log) && store_commit(s));
	store_close(s);
	state_change(dir, "UPDATE log SET nodes = substr(nodes, 1, 64)");
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_load(s, log.id, &got));
	CHECK(!got.has_range && got.next == 13);
	store_log_fini(&got);
	store_close(s);
	tmpdir_remove(dir);
}

static void
a_close_drops_uncommitted_changes(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 5, 0), got;

	CHECK(store_log_save(s, &log) && store_commit(s));
	log = state_log(1, 6, 0);
	CHECK(store_log_save(s, &log));
	CHECK(store_log_load(s, log.id, &got) && got.next == 6);
	store_log_fini(&got);
	store_close(s);
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_load(s, log.id, &got) && got.next == 5);
	store_log_fini(&got);
	store_close(s);
	tmpdir_remove(dir);
}

/* ---- who may open ---- */

static void
a_second_run_is_refused_and_names_the_first(void)
{
	char *dir = tmpdir_new();
	struct store *run, *command, *reader;
	struct store_log log = state_log(1, 1, 0);
	char who[64];
	int fds[2];
	pid_t pid;
	char c;

	CHECK(pipe(fds) == 0);
	if ((pid = fork()) == 0) {
		run = state_open(dir, STORE_RUN);
		CHECK(store_log_save(run, &log) && store_commit(run));
		CHECK(write(fds[1], "x", 1) == 1);
		pause();
		_exit(1);
	}
	CHECK(read(fds[0], &c, 1) == 1);
	snprintf(who, sizeof who, "another run is active: PID %d, since 20",
	    (int)pid);
	refuses(dir, STORE_RUN, who);
	/* Others need not wait for it. */
	reader = state_open(dir, STORE_READ);
	CHECK(store_value_save(reader, "x", bytes_of("y")) == false);
	store_close(reader);
	command = state_open(dir, STORE_WRITE);
	CHECK(store_value_save(command, "x", bytes_of("y")));
	CHECK(store_commit(command));
	store_close(command);
	/* A killed run does not block others. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	run = state_open(dir, STORE_RUN);
	store_close(run);
	close(fds[0]);
	close(fds[1]);
	tmpdir_remove(dir);
}

static void
reports_why_it_cannot_open(void)
{
	char *dir = tmpdir_new(), *path = mem_printf("%s/state.db", dir);
	char *below = mem_printf("%s/state.db/x", dir);
	char *deep = mem_printf("%s/a/b/c", dir);
	struct stat st;
	FILE *f;

	refuses(dir, STORE_READ, "`ctwatch run' creates it");
	store_close(state_open(dir, STORE_WRITE));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	/* A group that may read the directory may read the file. */
	CHECK(chmod(dir, 0750) == 0);
	store_close(state_open(dir, STORE_WRITE));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
	CHECK(chmod(dir, 0700) == 0);
	store_close(state_open(dir, STORE_WRITE));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	refuses(below, STORE_RUN, "Not a directory");
	store_close(state_open(deep, STORE_RUN));
	CHECK(stat(deep, &st) == 0 && (st.st_mode & 0777) == 0700);

	state_change(dir, "PRAGMA user_version = 1000");
	refuses(dir, STORE_RUN, "newer ctwatch");
	refuses(dir, STORE_READ, "newer ctwatch");
	CHECK(remove(path) == 0);
	state_change(dir, "CREATE TABLE other_program (x)");
	refuses(dir, STORE_RUN, "not a state file of ctwatch");
	CHECK((f = fopen(path, "w")) != NULL);
	for (int i = 0; i < 1000; i++)
		fputs("This is no database. ", f);
	CHECK(fclose(f) == 0);
	refuses(dir, STORE_RUN, "file is not a database");
	CHECK(remove(path) == 0 && mkdir(path, 0700) == 0);
	refuses(dir, STORE_RUN, "Is a directory");
	free(below);
	free(deep);
	free(path);
	tmpdir_remove(dir);
}

/* An older file gains the tables it lacks, loses nothing, and is kept. */
static void
an_older_file_is_migrated(void)
{
	char *dir = tmpdir_new(), *old = mem_printf("%s/state.db.v1", dir);
	char *path = mem_printf("%s/state.db", dir);
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 5, 0), got;
	struct stat st;

	CHECK(store_log_save(s, &log) && store_commit(s));
	store_close(s);
	state_make_older(dir,
	    "DROP TABLE journal; DROP TABLE checkpoint; DROP TABLE key;"
	    "ALTER TABLE finding DROP COLUMN changed;"
	    "ALTER TABLE refused DROP COLUMN extra_data;"
	    "DROP TABLE outbox; DROP VIEW verified_sighting;"
	    "DROP TABLE finding_old; DROP TABLE watched;"
	    "DROP TABLE searched; DROP TABLE proof; DROP TABLE revocation;"
	    "DROP TABLE crl; DROP TABLE problem_report;" STATE_DROP_SINCE_10
	    "PRAGMA user_version = 1");
	refuses(dir, STORE_READ, "written by an older ctwatch");
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_load(s, log.id, &got) && got.next == 5);
	store_log_fini(&got);
	store_close(s);
	state_change(dir, "INSERT INTO journal VALUES (1, x'')");
	CHECK(stat(old, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(rename(old, path) == 0);
	refuses(dir, STORE_READ, "schema 1");
	free(old);
	free(path);
	tmpdir_remove(dir);
}

/* ---- runs, issuers, small values ---- */

static void
runs_are_numbered_and_their_reports_kept(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_run run;
	struct buf out;

	buf_init(&out, 100);
	CHECK(!store_run_before(s, INT64_MAX, 0, &run));
	CHECK(store_run_begin(s, 1000) == 1);
	CHECK(!store_run_before(s, INT64_MAX, 0, &run)); /* it has not ended */
	CHECK(!store_run_report(s, 0, &out));
	CHECK(store_run_end(s, 1, 1500, 1, bytes_of("one")));
	CHECK(store_run_begin(s, 2000) == 2);
	CHECK(store_run_end(s, 2, 2500, 3, bytes_of("two")));
	CHECK(store_run_begin(s, 3000) == 3);
	CHECK(store_run_before(s, INT64_MAX, 0, &run) && run.number == 2);
	CHECK(run.started == 2000 && run.ended == 2500 && run.exit_status == 3);
	CHECK(store_run_before(s, INT64_MAX, 2, &run) && run.number == 1);
	CHECK(!store_run_before(s, INT64_MAX, 1, &run));
	CHECK(store_run_before(s, 2499, 0, &run) && run.number == 1);
	CHECK(store_run_before(s, 2500, 0, &run) && run.number == 2);
	CHECK(!store_run_before(s, 1499, 0, &run));
	CHECK(store_run_report(s, 0, &out) && bytes_is(buf_view(&out), "two"));
	buf_clear(&out);
	CHECK(store_run_report(s, 1, &out) && bytes_is(buf_view(&out), "one"));
	buf_clear(&out);
	CHECK(!store_run_report(s, 3, &out) && !store_run_report(s, 4, &out));
	for (int64_t i = 3; i <= 1 + LIMIT_RUN_REPORTS; i++) {
		CHECK(i == 3 || store_run_begin(s, i) == i);
		CHECK(store_run_report(s, 1, &out) == (i < 402));
		buf_clear(&out);
		CHECK(store_run_end(s, i, i, 0, bytes_of("more")));
	}
	CHECK(!store_run_report(s, 1, &out) && store_run_report(s, 2, &out));
	buf_fini(&out);
	store_close(s);
	tmpdir_remove(dir);
}

static void
large_reports_replace_old_ones_and_not_themselves(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	uint8_t *report = mem_alloc(LIMIT_RUN_REPORT_BYTES + 1, 1);
	/* run 2 fills up to the limit what runs 1 and 3 leave; then one more
	 * byte, and then a report that is too large even alone */
	const size_t sizes[] = { 10, LIMIT_RUN_REPORT_BYTES - 20, 10, 1,
		LIMIT_RUN_REPORT_BYTES + 1 };
	const int64_t oldest[] = { 1, 1, 1, 2, 5 };
	struct buf out;

	buf_init(&out, 2 * LIMIT_RUN_REPORT_BYTES);
	for (int64_t i = 1; i <= 5; i++) {
		CHECK(store_run_begin(s, i) == i);
		CHECK(store_run_end(
		    s, i, i, 0, (struct bytes){ report, sizes[i - 1] }));
		for (int64_t k = 1; k <= i; k++) {
			buf_clear(&out);
			CHECK(store_run_report(s, k, &out) ==
			    (k >= oldest[i - 1]));
		}
		CHECK(out.n == sizes[i - 1]);
	}
	buf_fini(&out);
	free(report);
	store_close(s);
	tmpdir_remove(dir);
}

static void
an_issuer_that_was_changed_is_not_loaded(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	uint8_t sha256[SHA256_SIZE];
	struct buf out;

	buf_init(&out, 100);
	buf_add_text(&out, "before ");
	sha256_digest(bytes_of("issuer"), sha256);
	CHECK(!store_issuer_load(s, sha256, &out));
	CHECK(store_issuer_save(s, bytes_of("issuer")));
	CHECK(store_issuer_save(s, bytes_of("issuer")));
	CHECK(store_issuer_load(s, sha256, &out));
	CHECK(bytes_is(buf_view(&out), "before issuer"));
	CHECK(store_commit(s));
	store_close(s);
	state_change(dir, "UPDATE issuer SET der = x'00'");
	s = state_open(dir, STORE_WRITE);
	CHECK(!store_issuer_load(s, sha256, &out));
	CHECK(bytes_is(buf_view(&out), "before issuer"));
	buf_clear(&out);
	CHECK(!store_check(s, &out));
	CHECK(strstr(buf_text(&out), "issuer 535c6f8eb511f5d9") != NULL);
	CHECK(strstr(buf_text(&out), ": its bytes were changed") != NULL);
	buf_clear(&out);
	CHECK(!store_value_load(s, "etag", &out));
	CHECK(store_value_save(s, "etag", bytes_of("1")));
	CHECK(store_value_save(s, "etag", bytes_of("")));
	CHECK(store_value_load(s, "etag", &out) && out.n == 0);
	CHECK(store_value_save(s, "etag", bytes_of("2")));
	CHECK(store_value_load(s, "etag", &out));
	CHECK(bytes_is(buf_view(&out), "2"));
	buf_fini(&out);
	store_close(s);
	tmpdir_remove(dir);
}

/* More than the cache holds, where nothing but the state may be written. */
static void
sorts_beside_the_state(void)
{
	char *dir = tmpdir_new();
	const struct sandbox_path state = { dir, true };
	struct buf ignored;
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0);
	if (pid == 0) {
		store_close(state_open(dir, STORE_RUN));
		buf_init(&ignored, 4096);
		sandbox_enter(
		    &(struct sandbox){ .paths = &state, .n = 1 }, &ignored);
		state_change(dir,
		    "PRAGMA cache_size = 10;"
		    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL"
		    " SELECT x + 1 FROM c LIMIT 10000)"
		    "SELECT * FROM (SELECT x, randomblob(400) AS y FROM c)"
		    " ORDER BY y");
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	tmpdir_remove(dir);
}

static const char *
watched_item(const void *arg, size_t i)
{
	return ((const char *const *)arg)[i];
}

/* An item is silent that nothing matched for so many runs and so long. */
static void
watched_items_are_followed(void)
{
	static const char *const items[] = { "a.example", "b.example" };
	const uint8_t set[SHA256_SIZE] = { 1 };
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_watched w;

	CHECK(store_run_begin(s, 1000) == 1);
	CHECK(store_watched_begin(s, 1, set, 2, watched_item, items));
	CHECK(store_watched_new(s, 1, 1, &w) && w.n == 1 && w.count == 2);
	store_watched_fini(&w);
	CHECK(store_run_end(s, 1, 1500, 0, bytes_of("{}")));
	CHECK(store_run_begin(s, 2000) == 2);
	CHECK(store_watched_begin(s, 2, set, 2, watched_item, items));
	CHECK(store_watched_new(s, 2, 9, &w) && w.n == 0 && w.count == 0);
	CHECK(store_watched_matched(s, "a.example", 2));
	CHECK(store_watched_silent(s, 2, 1, 1001, 9, &w) && w.count == 1);
	CHECK(w.n == 1 && strcmp(w.items[0], "b.example") == 0);
	store_watched_fini(&w);
	CHECK(store_watched_silent(s, 2, 2, 1001, 9, &w) && w.count == 0);
	CHECK(store_watched_silent(s, 2, 1, 1000, 9, &w) && w.count == 0);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	sorts_beside_the_state(); /* the first store says where */
	logs_are_loaded_as_they_were_saved();
	a_range_that_does_not_fit_is_no_range();
	a_close_drops_uncommitted_changes();
	a_second_run_is_refused_and_names_the_first();
	reports_why_it_cannot_open();
	an_older_file_is_migrated();
	runs_are_numbered_and_their_reports_kept();
	large_reports_replace_old_ones_and_not_themselves();
	an_issuer_that_was_changed_is_not_loaded();
	watched_items_are_followed();
	return 0;
}
