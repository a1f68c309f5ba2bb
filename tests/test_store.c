/* SPDX-License-Identifier: Apache-2.0 */
/* The store keeps what it is given, and tells who else is at it. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/sandbox.h>
#include <ctwatch/base/time.h>
#include <ctwatch/store/store.h>

#include "state.h"

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

/* The range of n leaves, each the hash of its number. */
static void
count_to(uint64_t n, struct tree_range *r)
{
	struct tree_hash leaf;

	tree_range_init(r, 0);
	for (uint64_t i = 0; i < n; i++) {
		tree_leaf((struct bytes){ (uint8_t *)&i, sizeof i }, &leaf);
		tree_range_add(r, &leaf);
	}
}

static struct store_log
a_log(uint8_t id, uint64_t next, uint64_t verified)
{
	struct store_log log = { .id = { id },
		.next = next,
		.verified = verified,
		.has_range = true };

	count_to(next, &log.range);
	count_to(verified, &log.proved);
	return log;
}

static bool
same_range(const struct tree_range *a, const struct tree_range *b)
{
	return a->begin == b->begin && a->end == b->end && a->n == b->n &&
	    memcmp(a->node, b->node, a->n * sizeof *a->node) == 0 &&
	    memcmp(a->level, b->level, a->n) == 0;
}

static void
logs_come_back_as_they_went(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(7, 13, 8), got, *all;
	const struct bytes none = { NULL, 0 };
	size_t n;

	store_log_describe(&log, "Oak", "Example", "https://log.example/",
	    "https://submit.example/", bytes_of("key"));
	log.mmd = 86400000;
	log.start = 5;
	log.is_static = log.listed = true;
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
	CHECK(memcmp(got.id, log.id, DIGEST_SIZE) == 0);
	CHECK(strcmp(got.description, "Oak") == 0);
	CHECK(strcmp(got.operator, "Example") == 0);
	CHECK(strcmp(got.url, "https://log.example/") == 0);
	CHECK(strcmp(got.submission_url, "https://submit.example/") == 0);
	CHECK(bytes_is(got.key, "key"));
	CHECK(got.mmd == 86400000 && got.start == 5);
	CHECK(got.is_static && got.listed && got.has_range);
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
	log = a_log(9, 0, 0);
	log.has_range = false;
	CHECK(store_log_save(s, &log));
	log = a_log(8, 0, 0);
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

/* One log's damage is its own: it begins anew from a head. */
static void
a_range_that_does_not_fit_is_no_range(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(7, 13, 8), got;

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
nothing_uncommitted_survives_a_close(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(1, 5, 0), got;

	CHECK(store_log_save(s, &log) && store_commit(s));
	log = a_log(1, 6, 0);
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
a_second_run_is_kept_out_and_told_by_whom(void)
{
	char *dir = tmpdir_new();
	struct store *run, *command, *reader;
	struct store_log log = a_log(1, 1, 0);
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
	snprintf(
	    who, sizeof who, "another run is on: PID %d, since 20", (int)pid);
	refuses(dir, STORE_RUN, who);
	/* Others need not wait for it. */
	reader = state_open(dir, STORE_READ);
	CHECK(store_value_save(reader, "x", bytes_of("y")) == false);
	store_close(reader);
	command = state_open(dir, STORE_WRITE);
	CHECK(store_value_save(command, "x", bytes_of("y")));
	CHECK(store_commit(command));
	store_close(command);
	/* A run that was killed keeps nobody out. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	run = state_open(dir, STORE_RUN);
	store_close(run);
	close(fds[0]);
	close(fds[1]);
	tmpdir_remove(dir);
}

static void
says_why_it_cannot_open(void)
{
	char *dir = tmpdir_new(), *path = mem_printf("%s/state.db", dir);
	char *below = mem_printf("%s/state.db/x", dir);
	char *deep = mem_printf("%s/a/b/c", dir);
	struct stat st;
	FILE *f;

	refuses(dir, STORE_READ, "`ctwatch run' makes it");
	store_close(state_open(dir, STORE_WRITE));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	refuses(below, STORE_RUN, "Not a directory");
	store_close(state_open(deep, STORE_RUN));
	CHECK(stat(deep, &st) == 0 && (st.st_mode & 0777) == 0700);

	state_change(dir, "PRAGMA user_version = 1000");
	refuses(dir, STORE_RUN, "newer ctwatch");
	refuses(dir, STORE_READ, "newer ctwatch");
	CHECK(remove(path) == 0);
	state_change(dir, "CREATE TABLE somebody_elses (x)");
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
	struct store_log log = a_log(1, 5, 0), got;
	struct stat st;

	CHECK(store_log_save(s, &log) && store_commit(s));
	store_close(s);
	state_change(dir,
	    "DROP TABLE journal; DROP TABLE checkpoint; DROP TABLE key;"
	    "ALTER TABLE finding DROP COLUMN changed;"
	    "ALTER TABLE refused DROP COLUMN extra_data;"
	    "DROP TABLE outbox;"
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

/* ---- heads ---- */

struct heads {
	size_t n, conflicts, raw;
	uint64_t first, last;
};

static void
count_head(void *arg, const struct store_head *h)
{
	struct heads *heads = arg;

	if (heads->n++ == 0)
		heads->first = h->head.size;
	heads->last = h->head.size;
	heads->conflicts += h->state == STORE_HEAD_CONFLICT;
	heads->raw += h->raw.n;
}

static struct store_head
a_head(uint64_t size, uint64_t timestamp, enum store_head_state state)
{
	return (struct store_head){ .log_id = { 1 },
		.head = { .size = size,
		    .timestamp = timestamp,
		    .root = { { (uint8_t)size } },
		    .n_signature = 3,
		    .signature = { 1, 2, 3 } },
		.seen = (int64_t)timestamp,
		.state = state,
		.raw = bytes_of("{\"tree_size\"...") };
}

static void
heads_are_found_by_state_and_size(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(1, 0, 0);
	struct store_head h;
	struct head got;
	struct heads heads = { 0 };
	uint8_t other[DIGEST_SIZE] = { 2 };

	CHECK(store_log_save(s, &log));
	h = a_head(10, 1000, STORE_HEAD_SIGNED);
	CHECK(store_head_save(s, &h));
	CHECK(!store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	h.state = STORE_HEAD_PROVED;
	CHECK(store_head_save(s, &h));
	CHECK(store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	CHECK(got.size == 10 && got.timestamp == 1000 && got.root.b[0] == 10);
	CHECK(got.n_signature == 3 && got.signature[2] == 3);
	h.state = STORE_HEAD_SIGNED; /* a state is not lowered */
	CHECK(store_head_save(s, &h));
	CHECK(store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	h = a_head(20, 2000, STORE_HEAD_SIGNED);
	CHECK(store_head_save(s, &h));
	h = a_head(30, 3000, STORE_HEAD_CONFLICT);
	CHECK(store_head_save(s, &h));
	CHECK(store_head_last(s, log.id, STORE_HEAD_SIGNED, &got));
	CHECK(got.size == 20);
	CHECK(store_head_last(s, log.id, STORE_HEAD_PROVED, &got));
	CHECK(got.size == 10);
	CHECK(store_head_last(s, log.id, STORE_HEAD_CONFLICT, &got));
	CHECK(got.size == 30);
	CHECK(store_head_at(s, log.id, 20, &got) && got.size == 20);
	CHECK(!store_head_at(s, log.id, 21, &got));
	CHECK(!store_head_at(s, other, 20, &got));
	CHECK(store_heads_each(s, NULL, count_head, &heads));
	CHECK(heads.n == 3 && heads.conflicts == 1);
	CHECK(heads.first == 10 && heads.last == 30);
	CHECK(heads.raw == 3 * h.raw.n);
	heads.n = 0;
	CHECK(store_heads_each(s, other, count_head, &heads) && heads.n == 0);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

static size_t
heads_after(struct store *s, enum store_head_state state, uint64_t n,
    uint64_t step, uint64_t first)
{
	struct heads heads = { 0 };
	struct store_head h;

	for (uint64_t i = 0; i < n; i++) {
		h = a_head(first + i, first + i * step, state);
		CHECK(store_head_save(s, &h));
	}
	CHECK(store_heads_each(s, h.log_id, count_head, &heads));
	CHECK(heads.first == first && heads.last == first + n - 1);
	return heads.n;
}

static void
heads_do_not_grow_without_bound(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(1, 0, 0);
	struct heads heads = { 0 };
	struct store_head h;
	static uint8_t raw[BOUNDS_HEAD_RAW + 1];

	CHECK(store_log_save(s, &log));
	/* A head an hour for ten days: the first, and one of each day. */
	CHECK(heads_after(s, STORE_HEAD_PROVED, 240, TIME_HOUR, 1) == 11);
	store_close(s);
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_save(s, &log));
	CHECK(heads_after(s, STORE_HEAD_SIGNED, BOUNDS_HEADS_SIGNED + 1, 1000,
	          1) == BOUNDS_HEADS_SIGNED + 1);
	CHECK(heads_after(s, STORE_HEAD_SIGNED, BOUNDS_HEADS_SIGNED + 9, 1000,
	          1) == BOUNDS_HEADS_SIGNED + 1);
	store_close(s);
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_save(s, &log));
	CHECK(heads_after(s, STORE_HEAD_CONFLICT, BOUNDS_HEADS_CONFLICT, 1,
	          1) == BOUNDS_HEADS_CONFLICT);
	h = a_head(1000, 5, STORE_HEAD_CONFLICT);
	CHECK(store_head_save(s, &h));
	CHECK(store_heads_each(s, NULL, count_head, &heads));
	CHECK(heads.n == BOUNDS_HEADS_CONFLICT && heads.last < 1000);
	store_close(s);
	/* An answer of unusual length is left out, its head is not. */
	s = state_open(dir, STORE_RUN);
	CHECK(store_log_save(s, &log));
	h = a_head(1, 1, STORE_HEAD_SIGNED);
	h.raw = (struct bytes){ raw, BOUNDS_HEAD_RAW };
	CHECK(store_head_save(s, &h));
	h = a_head(2, 2, STORE_HEAD_SIGNED);
	h.raw = (struct bytes){ raw, BOUNDS_HEAD_RAW + 1 };
	CHECK(store_head_save(s, &h));
	heads = (struct heads){ 0 };
	CHECK(store_heads_each(s, NULL, count_head, &heads));
	CHECK(heads.n == 2 && heads.raw == BOUNDS_HEAD_RAW);
	store_close(s);
	tmpdir_remove(dir);
}

/* ---- certificates ---- */

static struct store_cert
a_cert(uint8_t id, enum leaf_kind kind)
{
	return (struct store_cert){ .tbs_sha256 = { id },
		.kind = kind,
		.der = bytes_of(kind == LEAF_X509 ? "certificate" : "tbs"),
		.first_seen = 100,
		.last_seen = 100 };
}

static struct store_sighting
a_sighting(uint8_t log, uint64_t index, uint8_t cert)
{
	return (struct store_sighting){ .log_id = { log },
		.index = index,
		.timestamp = index + 1000,
		.leaf_hash = { 5, cert },
		.tbs_sha256 = { cert },
		.notes = STORE_NOTE_INDEX };
}

static void
a_final_certificate_replaces_its_precertificate(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(1, 13, 8);
	struct store_cert c = a_cert(3, LEAF_PRECERT), got;
	struct store_sighting at = a_sighting(1, 4, 3), *v;
	static const struct store_gap unproved = { 9, 11, true, "root" },
	                              unread = { 4, 5, false, "html" };
	uint8_t stamp[DIGEST_SIZE] = { 42 }, nobody[DIGEST_SIZE] = { 4 };
	size_t n;

	CHECK(store_log_save(s, &log));
	c.precert = bytes_of("pre");
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_judged(s, c.tbs_sha256, stamp));
	CHECK(store_cert_load(s, c.tbs_sha256, &got));
	CHECK(got.kind == LEAF_PRECERT && bytes_is(got.der, "tbs"));
	CHECK(bytes_is(got.precert, "pre") && got.chain.n == 0);
	CHECK(got.judged[0] == 42);
	store_cert_fini(&got);

	/* The same sighting again is none. */
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_load(s, c.tbs_sha256, &got) && got.judged[0] == 42);
	store_cert_fini(&got);

	c = a_cert(3, LEAF_X509);
	c.chain = bytes_of("chain");
	c.chain_complete = true;
	c.issuer_key_hash[0] = 9;
	c.first_seen = c.last_seen = 200;
	at = a_sighting(1, 12, 3);
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_load(s, c.tbs_sha256, &got));
	CHECK(got.kind == LEAF_X509 && bytes_is(got.der, "certificate"));
	CHECK(bytes_is(got.precert, "pre") && bytes_is(got.chain, "chain"));
	CHECK(got.chain_complete && got.issuer_key_hash[0] == 9);
	CHECK(got.first_seen == 100 && got.last_seen == 200);
	CHECK(got.judged[0] == 0); /* there is something new to judge */
	store_cert_fini(&got);

	/* A precertificate that comes later takes nothing away. */
	c = a_cert(3, LEAF_PRECERT);
	at = a_sighting(1, 9, 3);
	CHECK(store_sighting_add(s, &c, &at));
	CHECK(store_cert_load(s, c.tbs_sha256, &got));
	CHECK(got.kind == LEAF_X509 && bytes_is(got.der, "certificate"));
	CHECK(bytes_is(got.chain, "chain") && got.chain_complete);
	store_cert_fini(&got);
	CHECK(!store_cert_load(s, nobody, &got));

	CHECK(store_gap_add(s, log.id, &unproved));
	CHECK(store_gap_add(s, log.id, &unread));
	v = store_sightings(s, c.tbs_sha256, &n);
	CHECK(n == 3);
	CHECK(v[0].index == 4 && v[0].verified);
	CHECK(v[1].index == 9 && !v[1].verified);
	CHECK(v[2].index == 12 && !v[2].verified);
	CHECK(v[2].timestamp == 1012 && v[2].leaf_hash[1] == 3);
	CHECK(v[2].notes == STORE_NOTE_INDEX && v[2].log_id[0] == 1);
	free(v);
	log = a_log(1, 13, 13);
	CHECK(store_log_save(s, &log));
	v = store_sightings(s, c.tbs_sha256, &n);
	CHECK(n == 3 && v[0].verified && !v[1].verified && v[2].verified);
	free(v);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* Marks each certificate as judged, while being stepped through them. */
struct judge {
	struct store *s;
	uint8_t stamp[DIGEST_SIZE];
	unsigned ids;
};

static void
judge(void *arg, const struct store_cert *c)
{
	struct judge *j = arg;

	j->ids = j->ids * 10 + c->tbs_sha256[0];
	CHECK(bytes_is(c->der, "certificate"));
	CHECK(store_cert_judged(j->s, c->tbs_sha256, j->stamp));
}

static void
each_certificate_is_judged_once_for_a_stamp(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(1, 0, 0);
	struct judge j = { s, { 1 }, 0 };
	struct store_cert c;
	struct store_sighting at;

	CHECK(store_log_save(s, &log));
	for (uint8_t i = 3; i > 0; i--) {
		c = a_cert(i, LEAF_X509);
		at = a_sighting(1, i, i);
		CHECK(store_sighting_add(s, &c, &at));
	}
	CHECK(store_certs_each(s, j.stamp, judge, &j) && j.ids == 123);
	j.ids = 0;
	CHECK(store_certs_each(s, j.stamp, judge, &j) && j.ids == 0);
	at.log_id[0] = 1;
	at.index = 77;
	CHECK(store_sighting_add(s, &c, &at)); /* the last one, again */
	CHECK(store_certs_each(s, j.stamp, judge, &j) && j.ids == 1);
	j.stamp[0] = 2;
	j.ids = 0;
	CHECK(store_certs_each(s, j.stamp, judge, &j) && j.ids == 123);
	j.ids = 0;
	CHECK(store_certs_each(s, NULL, judge, &j) && j.ids == 123);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

static void
a_sighting_needs_its_log(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_cert c = a_cert(1, LEAF_X509);
	struct store_sighting at = a_sighting(1, 1, 1);

	CHECK(store_sighting_add(s, &c, &at));
	CHECK(!store_commit(s));
	CHECK(strstr(store_error(s), "FOREIGN KEY") != NULL);
	store_close(s);
	tmpdir_remove(dir);
}

/* ---- what was not read ---- */

/* The gaps as text: "0-5 5-7! " where ! is unproved. */
static void
gaps_are(struct store *s, const uint8_t *log, const char *want)
{
	size_t n;
	struct store_gap *v = store_gaps(s, log, &n);
	struct buf got;

	buf_init(&got, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&got, "%u-%u%s ", (unsigned)v[i].from,
		    (unsigned)v[i].to, v[i].unproved ? "!" : "");
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "gaps %s\n", buf_text(&got));
	CHECK(strcmp(buf_text(&got), want) == 0);
	buf_fini(&got);
	free(v);
}

static void
gaps_join_and_are_cut(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(1, 0, 0);
	struct store_gap g = { 10, 20, false, "html" };

	CHECK(store_log_save(s, &log));
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "10-20 ");
	g = (struct store_gap){ 20, 30, false, "html" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "10-30 ");
	g = (struct store_gap){ 5, 12, false, "html" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "5-30 ");
	CHECK(store_gap_remove(s, log.id, 10, 12));
	gaps_are(s, log.id, "5-10 12-30 ");
	g = (struct store_gap){ 14, 16, true, "root" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "5-10 12-14 14-16! 16-30 ");
	g = (struct store_gap){ 10, 12, false, "slow" };
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "5-10 10-12 12-14 14-16! 16-30 ");
	CHECK(store_gap_remove(s, log.id, 0, 6));
	CHECK(store_gap_remove(s, log.id, 25, 99));
	CHECK(store_gap_remove(s, log.id, 14, 16));
	CHECK(store_gap_remove(s, log.id, 14, 14));
	gaps_are(s, log.id, "6-10 10-12 12-14 16-25 ");
	CHECK(store_gap_remove(s, log.id, 0, 99));
	gaps_are(s, log.id, "");
	g.to = g.from;
	CHECK(store_gap_add(s, log.id, &g));
	gaps_are(s, log.id, "");
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

struct refusals {
	size_t n, matches, bytes;
	uint64_t first;
};

static void
count_refused(void *arg, const struct store_refused *r)
{
	struct refusals *c = arg;

	if (c->n++ == 0)
		c->first = r->index;
	c->matches += r->match != NULL && strcmp(r->match, "bank.example") == 0;
	c->bytes += r->leaf_input.n;
	CHECK(strcmp(r->reason, "not-der") == 0);
}

static void
refused_entries_are_kept_up_to_a_bound(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = a_log(1, 0, 0);
	struct store_refused r = { .log_id = { 1 },
		.reason = "not-der",
		.leaf_input = bytes_of("leaf"),
		.seen = 5 };
	struct refusals c = { 0 };

	CHECK(store_log_save(s, &log));
	r.index = 1000000;
	r.match = "bank.example";
	CHECK(store_refused_add(s, &r));
	CHECK(store_refused_add(s, &r)); /* twice is once */
	r.match = NULL;
	for (r.index = 0; r.index < 2 * BOUNDS_REFUSED_KEPT; r.index++)
		CHECK(store_refused_add(s, &r));
	CHECK(store_refused_each(s, 5, count_refused, &c));
	CHECK(c.matches == 1 && c.bytes == 4);
	CHECK(c.n >= BOUNDS_REFUSED_KEPT + 1 && c.first > 0);
	CHECK(c.n <= 2 * BOUNDS_REFUSED_KEPT);
	/* More are kept of those that may concern somebody. */
	r.match = "bank.example";
	for (r.index = 2000000;
	     r.index < 2000000 + BOUNDS_REFUSED_MATCHES_KEPT - 1; r.index++)
		CHECK(store_refused_add(s, &r));
	r.match = NULL;
	for (uint64_t i = 0; i <= BOUNDS_REFUSED_KEPT; i++, r.index++)
		CHECK(store_refused_add(s, &r)); /* so that it is looked */
	c = (struct refusals){ 0 };
	CHECK(store_refused_each(s, 5, count_refused, &c));
	CHECK(c.matches == BOUNDS_REFUSED_MATCHES_KEPT);
	r.match = "bank.example";
	CHECK(store_refused_add(s, &r));
	r.match = NULL;
	for (uint64_t i = 0; i <= BOUNDS_REFUSED_KEPT; i++)
		CHECK(++r.index && store_refused_add(s, &r));
	c = (struct refusals){ 0 };
	CHECK(store_refused_each(s, 5, count_refused, &c));
	CHECK(c.matches == BOUNDS_REFUSED_MATCHES_KEPT);
	c.n = 0;
	CHECK(store_refused_each(s, 6, count_refused, &c) && c.n == 0);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* ---- findings ---- */

static struct store_finding
a_finding(const char *id, int64_t run)
{
	struct store_finding f = { .severity = 3,
		.rule = (char *)(uintptr_t) "CTW001",
		.message = (char *)(uintptr_t) "unknown key",
		.first_seen = run * 100,
		.last_seen = run * 100,
		.first_run = run,
		.last_run = run };

	snprintf(f.id, sizeof f.id, "%s", id);
	return f;
}

static void
finding_is(struct store *s, const char *id, enum store_status status,
    const char *reason, int64_t first, int64_t last)
{
	struct store_finding f;

	CHECK(store_finding_load(s, id, &f));
	CHECK(f.status == status);
	CHECK((reason == NULL) == (f.reason == NULL));
	CHECK(reason == NULL || strcmp(reason, f.reason) == 0);
	CHECK(f.first_seen == first && f.last_seen == last);
	CHECK(strcmp(f.rule, "CTW001") == 0 && f.severity == 3);
	CHECK(strcmp(f.message, "unknown key") == 0 && f.detail == NULL);
	store_finding_fini(&f);
}

static void
findings_live(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f = a_finding("abc1", 1);

	CHECK(store_run_begin(s, 100) == 1);
	CHECK(store_finding_save(s, &f));
	finding_is(s, "abc1", STORE_NEW, NULL, 100, 100);
	CHECK(store_run_begin(s, 200) == 2);
	f = a_finding("abc1", 2);
	CHECK(store_finding_save(s, &f));
	finding_is(s, "abc1", STORE_OPEN, NULL, 100, 200);

	CHECK(store_finding_status(
	    s, "abc1", STORE_SUPPRESSED, 400, "known to the web team"));
	CHECK(store_run_begin(s, 300) == 3);
	f = a_finding("abc1", 3);
	CHECK(store_finding_save(s, &f));
	finding_is(
	    s, "abc1", STORE_SUPPRESSED, "known to the web team", 100, 300);
	CHECK(store_run_begin(s, 400) == 4); /* its day has come */
	finding_is(s, "abc1", STORE_OPEN, NULL, 100, 300);

	CHECK(store_finding_status(s, "abc1", STORE_CLOSED, 0, "approved"));
	CHECK(store_run_begin(s, 500) == 5);
	finding_is(s, "abc1", STORE_CLOSED, "approved", 100, 300);
	f = a_finding("abc1", 5);
	CHECK(store_finding_save(s, &f)); /* approved no longer */
	finding_is(s, "abc1", STORE_NEW, NULL, 100, 500);

	time_set(7000);
	CHECK(store_finding_status(
	    s, "abc1", STORE_CLOSED, 0, "by hand: a test of ours"));
	time_set(8000);
	f = a_finding("abc1", 6);
	CHECK(store_finding_save(s, &f));
	finding_is(
	    s, "abc1", STORE_CLOSED, "by hand: a test of ours", 100, 600);
	CHECK(!store_finding_status(s, "abc", STORE_OPEN, 0, NULL));
	CHECK(store_finding_load(s, "abc1", &f) && f.changed == 7000);
	store_finding_fini(&f);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

static void
note_id(void *arg, const struct store_finding *f)
{
	buf_printf(arg, "%s ", f->id);
}

static void
findings_are_found_by_an_unambiguous_prefix(void)
{
	char *dir = tmpdir_new();
	struct buf ids;
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f = a_finding("abc1", 2);

	CHECK(store_finding_save(s, &f));
	f = a_finding("abd", 1);
	CHECK(store_finding_save(s, &f));
	f = a_finding("abc", 3);
	f.severity = 4;
	CHECK(store_finding_save(s, &f));
	CHECK(!store_finding_load(s, "ab", &f));
	CHECK(!store_finding_load(s, "", &f));
	CHECK(!store_finding_load(s, "b", &f));
	CHECK(!store_finding_load(s, "abc12", &f));
	CHECK(!store_finding_load(s, "a%", &f));
	finding_is(s, "ABD", STORE_NEW, NULL, 100, 100);
	finding_is(s, "abc1", STORE_NEW, NULL, 200, 200);
	CHECK(
	    store_finding_load(s, "abc", &f)); /* a whole id is not a prefix */
	CHECK(f.severity == 4);
	store_finding_fini(&f);
	buf_init(&ids, 64);
	CHECK(store_findings_each(s, note_id, &ids));
	CHECK(bytes_is(buf_view(&ids), "abc abd abc1 "));
	buf_fini(&ids);
	store_close(s);
	tmpdir_remove(dir);
}

/* ---- the rest ---- */

static void
the_first_certificate_of_a_key_is_known(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	uint8_t key[DIGEST_SIZE] = { 1 }, other[DIGEST_SIZE] = { 2 };
	uint8_t a[DIGEST_SIZE] = { 'a' }, b[DIGEST_SIZE] = { 'b' };

	CHECK(store_key_first(s, key, a)); /* nothing is known */
	CHECK(store_key_note(s, key, a, 200));
	CHECK(store_key_first(s, key, a) && !store_key_first(s, key, b));
	CHECK(store_key_note(s, key, b, 200));
	CHECK(store_key_first(s, key, a) && !store_key_first(s, key, b));
	CHECK(store_key_note(s, key, b, 199));
	CHECK(!store_key_first(s, key, a) && store_key_first(s, key, b));
	CHECK(store_key_first(s, other, a));
	store_close(s);
	tmpdir_remove(dir);
}

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
	for (int64_t i = 3; i <= 1 + BOUNDS_RUN_REPORTS; i++) {
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
large_reports_push_out_old_ones_but_never_their_own(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	uint8_t *report = mem_alloc(BOUNDS_RUN_REPORT_BYTES + 1, 1);
	/* run 2 fills up to the limit what runs 1 and 3 leave; then one more
	 * byte, and then a report that is too large even alone */
	const size_t sizes[] = { 10, BOUNDS_RUN_REPORT_BYTES - 20, 10, 1,
		BOUNDS_RUN_REPORT_BYTES + 1 };
	const int64_t oldest[] = { 1, 1, 1, 2, 5 };
	struct buf out;

	buf_init(&out, 2 * BOUNDS_RUN_REPORT_BYTES);
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
	uint8_t sha256[DIGEST_SIZE];
	struct buf out;

	buf_init(&out, 100);
	buf_add_text(&out, "before ");
	digest_sha256(bytes_of("issuer"), sha256);
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

int
main(void)
{
	sorts_beside_the_state(); /* the first store says where */
	logs_come_back_as_they_went();
	a_range_that_does_not_fit_is_no_range();
	nothing_uncommitted_survives_a_close();
	a_second_run_is_kept_out_and_told_by_whom();
	says_why_it_cannot_open();
	an_older_file_is_migrated();
	heads_are_found_by_state_and_size();
	heads_do_not_grow_without_bound();
	a_final_certificate_replaces_its_precertificate();
	each_certificate_is_judged_once_for_a_stamp();
	a_sighting_needs_its_log();
	gaps_join_and_are_cut();
	refused_entries_are_kept_up_to_a_bound();
	findings_live();
	findings_are_found_by_an_unambiguous_prefix();
	the_first_certificate_of_a_key_is_known();
	runs_are_numbered_and_their_reports_kept();
	large_reports_push_out_old_ones_but_never_their_own();
	an_issuer_that_was_changed_is_not_loaded();
	return 0;
}
