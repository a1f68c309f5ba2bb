/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/store/store.h>
#include <ctwatch/store/store_item.h>
#include <ctwatch/store/store_response.h>

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

/* End the last run, and begin the one of this number. */
static void
run_after(struct store *s, int64_t run)
{
	CHECK(store_run_end(s, run - 1, run * 100 - 50, 0, bytes_of("{}")));
	CHECK(store_run_begin(s, run * 100) == run);
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
	run_after(s, 2);
	f = a_finding("abc1", 2);
	CHECK(store_finding_save(s, &f));
	finding_is(s, "abc1", STORE_OPEN, NULL, 100, 200);

	CHECK(store_finding_status(
	    s, "abc1", STORE_SUPPRESSED, 400, "known to the web team"));
	run_after(s, 3);
	f = a_finding("abc1", 3);
	CHECK(store_finding_save(s, &f));
	finding_is(
	    s, "abc1", STORE_SUPPRESSED, "known to the web team", 100, 300);
	run_after(s, 4);
	CHECK(store_finding_end_suppressions(s, 399));
	finding_is(
	    s, "abc1", STORE_SUPPRESSED, "known to the web team", 100, 300);
	CHECK(store_finding_end_suppressions(s, 400)); /* its day has come */
	finding_is(s, "abc1", STORE_OPEN, NULL, 100, 300);

	CHECK(store_finding_status(s, "abc1", STORE_CLOSED, 0, "approved"));
	run_after(s, 5);
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

/* No report has shown what a run found that did not end: the next run does. */
static void
an_interrupted_run_leaves_new_findings(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f = a_finding("abc1", 1), got;

	CHECK(store_run_begin(s, 100) == 1);
	CHECK(store_run_since(s, 1) == 100);
	CHECK(store_finding_save(s, &f));
	run_after(s, 2);
	CHECK(store_run_since(s, 2) == 200);
	f = a_finding("abc2", 2);
	CHECK(store_finding_save(s, &f));
	CHECK(store_run_begin(s, 300) == 3); /* run 2 was killed */
	CHECK(store_run_since(s, 3) == 200);
	f = a_finding("abc3", 3);
	CHECK(store_finding_save(s, &f));
	CHECK(store_run_begin(s, 400) == 4); /* and so was run 3 */
	CHECK(store_run_since(s, 4) == 200);
	for (int i = 1; i <= 3; i++) {
		char id[16];

		snprintf(id, sizeof id, "abc%d", i);
		CHECK(store_finding_load(s, id, &got));
		CHECK(got.first_run == (i == 1 ? 1 : 4));
		CHECK(got.status == (i == 1 ? STORE_OPEN : STORE_NEW));
		CHECK(got.first_seen == i * 100);
		store_finding_fini(&got);
	}
	run_after(s, 5);
	CHECK(store_run_since(s, 5) == 500);
	CHECK(store_finding_load(s, "abc3", &got));
	CHECK(got.first_run == 4 && got.status == STORE_OPEN);
	store_finding_fini(&got);
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

static void
open_findings_are_found_by_their_rules(void)
{
	static char *const rules[] = { "CTW019", "CTW020", "CTW024", "CTW024",
		"CTW028", "CTW029" };
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	char id[] = "a0";
	struct buf ids;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct store_finding f = a_finding(id, 1);

		f.rule = rules[i];
		CHECK(store_finding_save(s, &f));
		id[1]++;
	}
	CHECK(store_finding_status(s, "a3", STORE_CLOSED, 0, "test"));
	CHECK(store_finding_status(s, "a4", STORE_SUPPRESSED, 0, "test"));
	buf_init(&ids, 64);
	CHECK(store_findings_open_each(s, "CTW020", "CTW028", note_id, &ids));
	CHECK(bytes_is(buf_view(&ids), "a1 a2 a4 "));
	buf_fini(&ids);
	store_close(s);
	tmpdir_remove(dir);
}

/* Save a finding about a certificate; with notAfter in the last report, if it
 * is not 0. */
static void
add(struct store *s, const char *id, uint8_t cert, int64_t not_after)
{
	static const struct store_item_brief none = { 0 };
	struct store_finding f = a_finding(id, 1);
	struct store_item i = { .not_after = not_after, .first_run = 1 };

	f.tbs_sha256[0] = cert;
	CHECK(store_finding_save(s, &f));
	memcpy(i.id, f.id, sizeof i.id);
	memcpy(i.tbs_sha256, f.tbs_sha256, sizeof i.tbs_sha256);
	CHECK(not_after == 0 ||
	    store_item_put(
	        s, 1, STORE_ITEM_FINDING, &i, &none, bytes_of("{}")));
}

static bool
is_2_or_6(void *arg, const uint8_t tbs[static SHA256_SIZE])
{
	(void)arg;
	return *tbs == 2 || *tbs == 6;
}

/* Those that may end at 1000 in run 2 are want. */
static void
these_may_end(struct store *s,
    bool (*judged)(void *arg, const uint8_t tbs[static SHA256_SIZE]),
    const char *want)
{
	struct buf ids;

	buf_init(&ids, 100);
	CHECK(store_findings_ending_each(s,
	    &(struct store_findings_ending){
	        .now = 1000, .run = 2, .expired = "expired", .judged = judged },
	    note_id, &ids));
	CHECK(bytes_is(buf_view(&ids), want));
	buf_fini(&ids);
}

static void
findings_that_may_end_are_found(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);

	add(s, "a0", 0, 0); /* not about a certificate */
	add(s, "a1", 1, 999);
	add(s, "a2", 2, 1000);
	add(s, "a3", 3, 1001);
	add(s, "a4", 4, 0);         /* in no report */
	add(s, "a5", 5, INT64_MAX); /* the certificate was not stored */
	add(s, "a6", 6, 1001);
	CHECK(store_finding_status(s, "a6", STORE_CLOSED, 0, "by hand"));
	add(s, "a7", 7, 1001);
	CHECK(store_finding_status(s, "a7", STORE_CLOSED, 0, "expired"));
	these_may_end(s, NULL, "a1 a4 a5 a7 ");
	these_may_end(s, is_2_or_6, "a1 a2 a4 a5 a7 ");
	CHECK(store_commit(s));
	store_close(s);
	state_change(dir,
	    "UPDATE item SET outdated = id = 'a3', not_after = iif(id = 'a7',"
	    " 999, not_after)");
	s = state_open(dir, STORE_RUN);
	these_may_end(s, NULL, "a1 a3 a4 a5 ");
	store_close(s);
	tmpdir_remove(dir);
}

static void
findings_that_answers_concern_are_found(void)
{
	static const enum store_revocation_status statuses[] = {
		STORE_REVOCATION_GOOD, STORE_REVOCATION_REVOKED,
		STORE_REVOCATION_UNKNOWN, STORE_REVOCATION_UNKNOWN
	};
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f = a_finding("b7", 1);
	char id[] = "a0";
	struct buf ids;

	for (uint8_t i = 0; i < 10; i++, id[1]++)
		add(s, id, i, 0);
	for (uint8_t i = 0; i < 4; i++)
		CHECK(store_revocation_save(s,
		    &(struct store_revocation){ .status = statuses[i],
		        .tbs_sha256 = { i + 1U },
		        .url =
		            i == 3 ? NULL : (char *)(uintptr_t) "http://a" }));
	for (int i = 5; i < 7; i++) /* due at 999 and 1000 */
		CHECK(store_report_save(s,
		    &(struct store_report){ .finding = { 'a', (char)('0' + i) },
		        .ground = (char *)(uintptr_t) "key",
		        .due = 994 + i }));
	f.rule = (char *)(uintptr_t) "CTW051";
	f.tbs_sha256[0] = 7;
	CHECK(store_finding_save(s, &f));
	CHECK(store_finding_status(s, "a2", STORE_CLOSED, 0, "test"));
	add(s, "c2", 2, 0);
	buf_init(&ids, 100);
	CHECK(store_findings_response_each(
	    s, "CTW050", "CTW052", 1000, note_id, &ids));
	CHECK(bytes_is(buf_view(&ids), "a3 a5 a7 b7 c2 "));
	buf_fini(&ids);
	store_close(s);
	tmpdir_remove(dir);
}

static void
certificates_of_findings_are_found(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f = a_finding("a9", 1);
	uint8_t(*tbs)[SHA256_SIZE];
	size_t n;

	add(s, "a0", 0, 0);
	add(s, "a1", 1, 0);
	add(s, "a2", 2, 0);
	CHECK(store_finding_status(s, "a2", STORE_CLOSED, 0, "test"));
	f.tbs_sha256[0] = 9;
	f.severity = 2;
	CHECK(store_finding_save(s, &f));
	tbs = store_findings_certs(s, 3, &n);
	CHECK(n == 1 && tbs[0][0] == 1);
	free(tbs);
	tbs = store_findings_certs(s, 2, &n);
	CHECK(n == 2 && tbs[0][0] == 1 && tbs[1][0] == 9);
	free(tbs);
	store_close(s);
	tmpdir_remove(dir);
}

/* After a commit there are n digests in the journal, the last of the findings
 * as they are. */
static void
digests_are(struct store *s, const char *dir, int n)
{
	struct buf faults;

	CHECK(store_commit(s));
	buf_init(&faults, 1000);
	CHECK(store_check(s, &faults));
	buf_fini(&faults);
	CHECK(state_number(dir,
	          "SELECT count(*) FROM journal WHERE"
	          " instr(CAST(record AS TEXT), 'findings-recorded')") == n);
}

static void
each_change_is_in_the_digest(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f = a_finding("abc1", 1);

	CHECK(store_run_begin(s, 100) == 1);
	CHECK(store_finding_save(s, &f));
	digests_are(s, dir, 1);
	run_after(s, 2); /* new becomes open */
	digests_are(s, dir, 2);
	f.last_run = 2;
	f.last_seen = 200;
	CHECK(store_finding_save(s, &f));
	digests_are(s, dir, 2);
	f.message = (char *)(uintptr_t) "another";
	CHECK(store_finding_save(s, &f));
	digests_are(s, dir, 3);
	CHECK(store_finding_status(s, "abc1", STORE_SUPPRESSED, 150, "wait"));
	digests_are(s, dir, 4);
	CHECK(store_finding_end_suppressions(s, 150));
	digests_are(s, dir, 5);
	store_close(s);
	tmpdir_remove(dir);
}

/* Up to schema 6 a finding about a certificate was one for each pattern. */
static void
findings_of_one_certificate_are_joined(void)
{
	static const struct {
		const char *old, *rule, *tbs, *reason;
		int severity, status;
		int64_t seen, until;
	} rows[] = {
		/* the one that is open stays open */
		{ "a1", "CTW001", "11", NULL, 4, STORE_OPEN, 300, 0 },
		{ "a2", "CTW001", "11", "known", 3, STORE_SUPPRESSED, 100, 9 },
		/* what people decided is carried over */
		{ "b1", "CTW000", "11", "known", 2, STORE_SUPPRESSED, 100, 50 },
		{ "b2", "CTW000", "11", "expired", 4, STORE_CLOSED, 200, 0 },
		{ "c1", "CTW002", "22", "approved", 3, STORE_CLOSED, 100, 0 },
		{ "c2", "CTW002", "22", "by hand: ok", 3, STORE_CLOSED, 90, 0 },
		/* findings about keys and logs keep their IDs */
		{ "d1", "CTW041", "22", NULL, 3, STORE_OPEN, 100, 0 },
		{ "e1", "CTW071", "00", NULL, 2, STORE_OPEN, 100, 0 },
	};
	char *dir = tmpdir_new(), *sql;
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f;

	store_close(s);
	state_make_older(dir,
	    "DROP TABLE finding_old; DROP TABLE watched; DROP TABLE searched;"
	    "DROP TABLE proof; DROP TABLE revocation; DROP TABLE crl;"
	    "DROP TABLE problem_report;" STATE_DROP_SINCE_10
	    "PRAGMA user_version = 6");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		sql = mem_printf(
		    "INSERT INTO finding VALUES ('%s', '%s', %d, %d,"
		    " CAST(replace(hex(zeroblob(16)), '00', '%s') AS BLOB),"
		    " '', 'm', '{}', %d, %d, 1, 2, nullif('%s', ''), %d, 0)",
		    rows[i].old, rows[i].rule, rows[i].severity, rows[i].status,
		    rows[i].tbs, (int)rows[i].seen, (int)rows[i].seen,
		    rows[i].reason != NULL ? rows[i].reason : "",
		    (int)rows[i].until);
		state_change(dir, sql);
		free(sql);
	}
	state_change(
	    dir, "UPDATE finding SET tbs = zeroblob(32) WHERE rule = 'CTW071'");
	s = state_open(dir, STORE_RUN);
	CHECK(state_number(dir, "SELECT count(*) FROM finding") == 5);
	CHECK(store_finding_load(s, "a1", &f) && strlen(f.id) == 64);
	CHECK(f.status == STORE_OPEN && f.severity == 4);
	CHECK(f.first_seen == 100 && f.last_seen == 300);
	store_finding_fini(&f);
	CHECK(store_finding_load(s, "a2", &f) && f.status == STORE_OPEN);
	store_finding_fini(&f);
	CHECK(store_finding_load(s, "b2", &f) && f.severity == 4);
	CHECK(f.status == STORE_SUPPRESSED && f.until == 50);
	CHECK(strcmp(f.reason, "known") == 0);
	store_finding_fini(&f);
	CHECK(store_finding_load(s, "c1", &f) && f.status == STORE_CLOSED);
	CHECK(strcmp(f.reason, "by hand: ok") == 0 && f.first_seen == 90);
	store_finding_fini(&f);
	CHECK(store_finding_load(s, "d1", &f) && strcmp(f.id, "d1") == 0);
	store_finding_fini(&f);
	CHECK(store_finding_load(s, "e1", &f) && strcmp(f.id, "e1") == 0);
	store_finding_fini(&f);
	store_close(s);
	tmpdir_remove(dir);
}

/* The ID is the one that a run gives to the same finding. */
static void
a_joined_finding_has_the_id_of_a_run(void)
{
	static const uint8_t tbs[SHA256_SIZE] = { 7 };
	char hex[2 * SHA256_SIZE + 1], *dir = tmpdir_new();
	const char *field = hex;
	struct store *s = state_open(dir, STORE_RUN);
	struct store_finding f = a_finding("00aa", 1);

	memcpy(f.tbs_sha256, tbs, SHA256_SIZE);
	CHECK(store_finding_save(s, &f) && store_commit(s));
	store_close(s);
	state_make_older(dir,
	    "DROP TABLE finding_old; DROP TABLE watched; DROP TABLE searched;"
	    "DROP TABLE proof; DROP TABLE revocation; DROP TABLE crl;"
	    "DROP TABLE problem_report;" STATE_DROP_SINCE_10
	    "PRAGMA user_version = 6");
	s = state_open(dir, STORE_RUN);
	text_hex((struct bytes){ tbs, SHA256_SIZE }, hex);
	rules_fingerprint(rules_find("CTW001"), &field, 1, f.id);
	finding_is(s, f.id, STORE_NEW, NULL, 100, 100);
	finding_is(s, "00aa", STORE_NEW, NULL, 100, 100);
	store_close(s);
	tmpdir_remove(dir);
}

int
main(void)
{
	findings_live();
	an_interrupted_run_leaves_new_findings();
	findings_are_found_by_an_unambiguous_prefix();
	open_findings_are_found_by_their_rules();
	findings_that_may_end_are_found();
	findings_that_answers_concern_are_found();
	certificates_of_findings_are_found();
	each_change_is_in_the_digest();
	findings_of_one_certificate_are_joined();
	a_joined_finding_has_the_id_of_a_run();
	return 0;
}
