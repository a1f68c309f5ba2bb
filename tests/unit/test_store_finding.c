/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/store/store.h>

#include "../support/test_state.h"

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

int
main(void)
{
	findings_live();
	findings_are_found_by_an_unambiguous_prefix();
	return 0;
}
