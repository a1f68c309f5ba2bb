/* SPDX-License-Identifier: Apache-2.0 */
/* The findings that reports show: what changed is stored, and distinguished. */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/store/store_item.h>
#include <ctwatch/store/store_response.h>

#include "../support/test_state.h"

#define ID "00aa"

static const uint8_t tbs[SHA256_SIZE] = { 3 }, stamp[SHA256_SIZE] = { 42 };

static struct store_item
an_item(const char *id)
{
	struct store_item i = { .severity = 3, .first_run = 1 };

	snprintf(i.id, sizeof i.id, "%s", id);
	memcpy(i.tbs_sha256, tbs, sizeof tbs);
	return i;
}

/* Store a body in the report of a run; return the number of the item. */
static int64_t
put(struct store *s, int64_t run, const char *id, const char *body)
{
	const struct store_item_brief brief = { .about = (char *)(uintptr_t)id,
		.issuer = (char *)(uintptr_t) "CN=CA",
		.logged = (char *)(uintptr_t) "2026",
		.matched = 5 };
	struct store_item i = an_item(id);

	CHECK(store_item_put(
	    s, run, STORE_ITEM_FINDING, &i, &brief, bytes_of(body)));
	CHECK(i.number > 0);
	return i.number;
}

static void
add_number(void *arg, const struct store_item *i)
{
	*(unsigned *)arg |= 1U << i->number;
	CHECK(i->status == STORE_NEW || i->status == STORE_OPEN);
}

/* The report of a run has the items whose bits are set, and nothing expected. */
static void
run_has(struct store *s, int64_t run, unsigned want)
{
	unsigned got = 0;

	CHECK(store_items_of_run(s, run, STORE_ITEM_FINDING, add_number, &got));
	if (got != want)
		fprintf(stderr, "run %d: %x\n", (int)run, got);
	CHECK(got == want);
	CHECK(
	    store_items_of_run(s, run, STORE_ITEM_EXPECTED, add_number, &got));
	CHECK(got == want);
}

static void
body_is(struct store *s, int64_t number, const char *want)
{
	struct store_item_brief brief;
	struct buf got;

	buf_init(&got, 10000);
	CHECK(store_item_body(s, number, &got));
	CHECK(bytes_is(buf_view(&got), want));
	buf_fini(&got);
	CHECK(store_item_brief(s, number, &brief));
	CHECK(brief.matched == 5 && strcmp(brief.issuer, "CN=CA") == 0);
	store_item_brief_fini(&brief);
}

/* Items 1 and 2 are equal in runs 1 and 2; in run 3 one changes and one ends,
 * and run 3 can be reported again. */
static void
changed_items_are_stored(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	int64_t keep[2];

	for (int64_t run = 1; run <= 3; run++)
		CHECK(store_run_begin(s, run) == run);
	keep[0] = put(s, 1, "aa", "{\"id\":\"one\"}");
	keep[1] = put(s, 1, "bb", "two");
	CHECK(store_items_end(s, 1, keep, 2));
	CHECK(put(s, 2, "aa", "{\"id\":\"one\"}") == keep[0]);
	CHECK(put(s, 2, "bb", "two") == keep[1]);
	CHECK(store_items_end(s, 2, keep, 2));
	keep[0] = put(s, 3, "aa", "else");
	CHECK(store_items_end(s, 3, keep, 1));
	run_has(s, 1, 1 << 1 | 1 << 2);
	run_has(s, 2, 1 << 1 | 1 << 2);
	run_has(s, 3, 1 << 3);
	body_is(s, 1, "{\"id\":\"one\"}");
	body_is(s, 3, "else");
	/* another body for the same run replaces it */
	CHECK(put(s, 3, "aa", "again") == 3);
	run_has(s, 3, 1 << 3);
	body_is(s, 3, "again");
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* An item goes with the last report that shows it. */
static void
old_items_are_deleted_with_their_reports(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);

	CHECK(store_run_begin(s, 1) == 1);
	put(s, 1, "aa", "old");
	CHECK(store_run_end(s, 1, 1, 0, bytes_of("{}")));
	for (int64_t run = 2; run <= LIMIT_RUN_REPORTS + 1; run++) {
		CHECK(store_run_begin(s, run) == run);
		if (run == 2)
			put(s, 2, "aa", "new");
		run_has(s, 1, 1 << 1);
		CHECK(store_run_end(s, run, run, 0, bytes_of("{}")));
	}
	run_has(s, 1, 0);
	run_has(s, 2, 1 << 2);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* An item that ended counts for LIMIT_RUN_REPORT_BYTES with the last report that
 * shows it. */
static void
old_items_count_with_their_reports(void)
{
	char *dir = tmpdir_new(), *sql;
	struct store *s = state_open(dir, STORE_RUN);

	CHECK(store_run_begin(s, 1) == 1);
	put(s, 1, "aa", "one");
	put(s, 1, "bb", "two");
	CHECK(store_run_end(s, 1, 1, 0, bytes_of("{}")));
	CHECK(store_run_begin(s, 2) == 2);
	put(s, 2, "bb", "new");
	CHECK(store_run_end(s, 2, 2, 0, bytes_of("{}")));
	run_has(s, 1, 1 << 1 | 1 << 2);
	CHECK(store_commit(s));
	store_close(s);
	sql = mem_printf("UPDATE item SET bytes = %d WHERE number = 2",
	    LIMIT_RUN_REPORT_BYTES);
	state_change(dir, sql);
	free(sql);
	s = state_open(dir, STORE_RUN);
	CHECK(store_run_end(s, 2, 2, 0, bytes_of("{}")));
	run_has(s, 1, 1 << 1);
	run_has(s, 2, 1 << 1 | 1 << 3);
	CHECK(store_commit(s));
	store_close(s);
	tmpdir_remove(dir);
}

/* The items of a certificate are found without reading all others: the query is
 * that of the triggers. */
static void
items_are_found_by_certificate(void)
{
	char *dir = tmpdir_new();
	sqlite3_stmt *q;
	sqlite3 *db;

	store_close(state_open(dir, STORE_RUN));
	db = state_file(dir);
	CHECK(sqlite3_prepare_v2(db,
	          "EXPLAIN QUERY PLAN UPDATE item SET outdated = 1"
	          " WHERE tbs = x'00' AND until = 9223372036854775807",
	          -1, &q, NULL) == SQLITE_OK);
	CHECK(sqlite3_step(q) == SQLITE_ROW);
	CHECK(strstr((const char *)sqlite3_column_text(q, 3),
	          "item_tbs (tbs=?)") != NULL);
	sqlite3_finalize(q);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	tmpdir_remove(dir);
}

/* ---- outdated bodies ---- */

static struct store_finding
the_finding(const char *message)
{
	struct store_finding f = { .id = ID,
		.severity = 3,
		.rule = (char *)(uintptr_t) "CTW001",
		.message = (char *)(uintptr_t)message,
		.first_seen = 1,
		.last_seen = 1,
		.first_run = 1,
		.last_run = 1 };

	memcpy(f.tbs_sha256, tbs, sizeof tbs);
	return f;
}

static void
see(struct store *s, uint64_t index, int64_t time)
{
	const struct store_cert c = { .tbs_sha256 = { 3 },
		.der = bytes_of("certificate"),
		.first_seen = time,
		.last_seen = time };
	const struct store_sighting at = {
		.log_id = { 1 }, .index = index, .tbs_sha256 = { 3 }
	};

	CHECK(store_sighting_add(s, &c, &at));
}

static void
change_message(struct store *s)
{
	struct store_finding f = the_finding("other");

	CHECK(store_finding_save(s, &f));
}

static void
suppress(struct store *s)
{
	CHECK(store_finding_status(s, ID, STORE_SUPPRESSED, 9, "why"));
}

static void
see_again(struct store *s)
{
	see(s, 5, 1);
}

static void
see_later(struct store *s)
{
	see(s, 4, 2);
}

static void
prove(struct store *s)
{
	const uint8_t log[SHA256_SIZE] = { 1 };

	CHECK(store_sightings_proved(s, log, 0, 9));
}

static void
forget(struct store *s)
{
	const uint8_t log[SHA256_SIZE] = { 1 };

	CHECK(store_sightings_forget(s, log, 0, 9));
}

static void
look_up(struct store *s)
{
	CHECK(store_revocation_save(s,
	    &(struct store_revocation){ .tbs_sha256 = { 3 }, .checked = 1 }));
}

static void
report(struct store *s)
{
	CHECK(store_report_save(s,
	    &(struct store_report){
	        .finding = ID, .ground = (char *)(uintptr_t) "4.9.1.1" }));
}

static void
all(struct store *s)
{
	CHECK(store_items_outdate(s));
}

static void
note_number(void *arg, const struct store_item_finding *f)
{
	*(int64_t *)arg = f->item.number;
}

static int64_t
current(struct store *s)
{
	int64_t number = -1;

	CHECK(store_items_findings(s, note_number, &number));
	return number;
}

/* Whatever a body shows makes it outdated when it changes; but that the finding
 * is no longer new, and that it was judged again, does not. */
static void
changes_make_a_body_outdated(void)
{
	void (*const changes[])(struct store *) = { change_message, suppress,
		see_again, see_later, prove, forget, look_up, report, all };
	struct store_finding f = the_finding("first");
	struct store_log log = state_log(1, 9, 9);

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		char *dir = tmpdir_new();
		struct store *s = state_open(dir, STORE_RUN);

		CHECK(store_log_save(s, &log));
		CHECK(store_run_begin(s, 1) == 1);
		see(s, 4, 1);
		CHECK(store_cert_judged(s, tbs, stamp));
		CHECK(store_finding_save(s, &f));
		CHECK(current(s) == 0);
		CHECK(put(s, 1, ID, "body") == 1 && current(s) == 1);
		CHECK(store_run_end(s, 1, 1, 0, bytes_of("{}")));
		CHECK(store_run_begin(s, 2) == 2);
		CHECK(store_finding_save(s, &f));
		see(s, 4, 1);
		CHECK(store_cert_judged(s, tbs, stamp));
		CHECK(current(s) == 1);
		changes[i](s);
		if (current(s) != 0)
			fprintf(stderr, "change %zu\n", i);
		CHECK(current(s) == 0);
		/* The same body is current again. */
		CHECK(put(s, 2, ID, "body") == 1 && current(s) == 1);
		CHECK(store_commit(s));
		store_close(s);
		tmpdir_remove(dir);
	}
}

/* A damaged body is an error, and not an empty finding. */
static void
damage_is_reported(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct buf got;

	put(s, 1, "aa", "some body");
	CHECK(store_commit(s));
	store_close(s);
	state_change(dir, "UPDATE item SET body = substr(body, 1, 12)");
	s = state_open(dir, STORE_READ);
	buf_init(&got, 1000);
	CHECK(!store_item_body(s, 1, &got) && got.n == 0);
	CHECK(strstr(store_error(s), "damaged") != NULL);
	buf_fini(&got);
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	changed_items_are_stored();
	old_items_are_deleted_with_their_reports();
	old_items_count_with_their_reports();
	items_are_found_by_certificate();
	changes_make_a_body_outdated();
	damage_is_reported();
	return 0;
}
