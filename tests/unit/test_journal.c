/* SPDX-License-Identifier: Apache-2.0 */
/* A change of the journal is detected. */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/store/journal.h>

#include "../support/test_state.h"

/* A journal of n records, a checkpoint kept after each of them. */
static char *
a_journal(unsigned n, bool checkpoints, struct journal_checkpoint *last)
{
	char *dir = tmpdir_new(), object[16];
	struct store *s = state_open(dir, STORE_WRITE);

	for (unsigned i = 1; i <= n; i++) {
		snprintf(object, sizeof object, "finding-%u", i);
		CHECK(journal_add(
		    s, "alice", "finding-closed", object, "a test", NULL));
		CHECK(journal_checkpoint(s, last) && last->size == i);
		CHECK(!checkpoints || journal_checkpoint_save(s, last, i));
	}
	CHECK(store_commit(s));
	store_close(s);
	return dir;
}

static void
verifies(const char *dir, const struct journal_checkpoint *since)
{
	struct journal_checkpoint now;
	struct store *s = state_open(dir, STORE_WRITE);
	struct buf error;

	buf_init(&error, 4096);
	CHECK(journal_verify(s, since, &now, &error));
	CHECK(error.n == 0);
	buf_fini(&error);
	store_close(s);
}

static void
fails(const char *dir, const struct journal_checkpoint *since, const char *why)
{
	struct journal_checkpoint now;
	struct store *s = state_open(dir, STORE_WRITE);
	struct buf error;

	buf_init(&error, 4096);
	CHECK(!journal_verify(s, since, &now, &error));
	if (strstr(buf_text(&error), why) == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(strstr(buf_text(&error), why) != NULL);
	buf_fini(&error);
	store_close(s);
}

/* ---- records ---- */

static const char first_record[] =
    "{\"action\":\"pinset-activated\",\"actor\":\"alice\","
    "\"detail\":{\"a\":1,\"b\":[true]},\"number\":1,"
    "\"object\":\"example\",\"reason\":\"new key\","
    "\"time\":\"2026-11-21T09:00:00Z\"}";

static void
check_record(void *arg, const struct journal_record *r)
{
	unsigned *n = arg;

	CHECK(r->number == ++*n);
	CHECK(strcmp(r->time, "2026-11-21T09:00:00Z") == 0);
	if (r->number == 1) {
		CHECK(bytes_is(r->leaf, first_record));
		CHECK(strcmp(r->actor, "alice") == 0);
		CHECK(strcmp(r->action, "pinset-activated") == 0);
		CHECK(strcmp(r->object, "example") == 0);
		CHECK(strcmp(r->reason, "new key") == 0);
		CHECK(strcmp(r->detail, "{\"a\":1,\"b\":[true]}") == 0);
	} else {
		CHECK(strcmp(r->reason, "caf\\xe9") == 0);
		CHECK(strcmp(r->detail, "{}") == 0);
	}
}

static void
records_are_canonical_and_leaves_of_a_tree(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_WRITE);
	struct journal_checkpoint c;
	struct merkle_hash leaf;
	unsigned n = 0;

	CHECK(journal_checkpoint(s, &c) && c.size == 0);
	CHECK(journal_add(s, "alice", "pinset-activated", "example", "new key",
	    " { \"b\": [ true ],  \"a\": 1 } "));
	CHECK(journal_checkpoint(s, &c) && c.size == 1);
	merkle_leaf_hash(bytes_of(first_record), &leaf);
	CHECK(merkle_equal(&leaf, &c.root)); /* RFC 6962, 2.1: MTH of one */
	CHECK(journal_add(s, "bob", "x", "y", "caf\xe9", NULL));
	CHECK(store_commit(s));
	CHECK(journal_each(s, check_record, &n) && n == 2);
	CHECK(journal_add(s, "bob", "x", "y", "not committed", NULL));
	store_close(s);
	s = state_open(dir, STORE_WRITE);
	n = 0;
	CHECK(journal_each(s, check_record, &n) && n == 2);
	CHECK(!journal_add(s, "bob", "x", "y", "z", "[1]"));
	CHECK(strstr(store_error(s), "not an object") != NULL);
	store_close(s);
	tmpdir_remove(dir);
}

static void
the_actor_is_the_user_who_called_sudo(void)
{
	char *actor;

	setenv("SUDO_USER", "alice", 1);
	actor = journal_actor();
	CHECK(strcmp(actor, "alice") == 0);
	free(actor);
	unsetenv("SUDO_USER");
	actor = journal_actor();
	CHECK(*actor != '\0' && strcmp(actor, "alice") != 0);
	free(actor);
}

/* ---- tampering ---- */

/* Every way to rewrite seven records, and what is said about it. */
static void
rewritten_records_are_detected(void)
{
	static const struct {
		const char *sql, *why;
	} table[] = {
		{ "UPDATE journal SET record = replace(record, 'finding-3',"
		  " 'finding-9') WHERE number = 3",
		    "records 1 to 3 do not match a stored checkpoint" },
		{ "UPDATE journal SET record = CAST(record || ' ' AS BLOB)"
		  " WHERE number = 1",
		    "records 1 to 1 do not" },
		{ "DELETE FROM journal WHERE number = 4",
		    "record 4 is missing" },
		{ "DELETE FROM journal WHERE number = 4;"
		  "UPDATE journal SET number = number - 1 WHERE number > 4",
		    "records 1 to 4 do not" },
		{ "DELETE FROM journal WHERE number = 7",
		    "there are 6, but a checkpoint of 7" },
		{ "DELETE FROM journal", "there are 0, but a checkpoint of 7" },
		{ "INSERT INTO journal VALUES (0, 'x')",
		    "record 1 is missing" },
		{ "UPDATE checkpoint SET root = zeroblob(32) WHERE size = 5",
		    "records 1 to 5 do not" },
	};
	struct journal_checkpoint last;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *dir = a_journal(7, true, &last);

		verifies(dir, NULL);
		verifies(dir, &last);
		state_change(dir, table[i].sql);
		fails(dir, NULL, table[i].why);
		tmpdir_remove(dir);
	}
}

/* Who rewrites the checkpoints as well is caught by one kept elsewhere. */
static void
a_stored_checkpoint_detects_removed_records(void)
{
	struct journal_checkpoint last, longer;
	char *dir = a_journal(5, false, &last);
	struct store *s;

	verifies(dir, NULL);
	verifies(dir, &last);
	s = state_open(dir, STORE_WRITE);
	CHECK(journal_add(s, "bob", "x", "y", "z", NULL) && store_commit(s));
	CHECK(journal_checkpoint(s, &longer) && longer.size == 6);
	store_close(s);
	verifies(dir, &last); /* what was added is no change */
	verifies(dir, &longer);
	state_change(dir,
	    "UPDATE journal SET record = replace(record, 'alice', 'mallory')"
	    " WHERE number = 5");
	verifies(dir, NULL);
	fails(dir, &last, "records 1 to 5 do not match the given checkpoint");
	fails(dir, &longer, "records 1 to 6 do not");
	state_change(dir, "DELETE FROM journal WHERE number > 4");
	fails(dir, &last, "there are 4, but a checkpoint of 5");
	tmpdir_remove(dir);
}

static void
a_checkpoint_is_stored_once(void)
{
	struct journal_checkpoint c;
	char *dir = a_journal(2, true, &c);
	struct store *s = state_open(dir, STORE_WRITE);

	CHECK(journal_checkpoint_save(s, &c, 5) && store_commit(s));
	store_close(s);
	CHECK(state_number(dir, "SELECT count(*) FROM checkpoint") == 2);
	CHECK(state_number(dir, "SELECT max(time) FROM checkpoint") == 2);
	tmpdir_remove(dir);
}

static void
a_checkpoint_is_text(void)
{
	/* SHA-256 of "": the root of no records. */
	static const char empty[] = "ctwatch-journal\n0\n47DEQpj8HBSa+/"
	                            "TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
	static const char *const bad[] = {
		"other\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
		"ctwatch-journal\n\n47DEQpj8HBSa+/"
		"TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
		"ctwatch-journal\n1x\n47DEQpj8HBSa+/"
		"TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
		"ctwatch-journal\n1234567890123456789\n"
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
		"ctwatch-journal\n0\n47DEQpj8HBSa+/"
		"TImW+5JCeuQeRkm5NMpJWZG3hSuF==\n",
	};
	struct journal_checkpoint c, got;
	char *dir = a_journal(0, false, &c);
	struct store *s = state_open(dir, STORE_WRITE);
	struct bytes text;
	struct buf out;

	buf_init(&out, 4096);
	CHECK(journal_checkpoint(s, &c));
	CHECK(journal_checkpoint_write(&c, &out));
	CHECK(bytes_is(buf_view(&out), empty));
	text = buf_view(&out);
	CHECK(journal_checkpoint_parse(text, &got));
	CHECK(got.size == 0 && merkle_equal(&got.root, &c.root));
	for (size_t n = 0; n < text.n; n++)
		CHECK(!journal_checkpoint_parse(
		    (struct bytes){ text.p, n }, &got));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!journal_checkpoint_parse(bytes_of(bad[i]), &got));
	buf_add_text(&out, "\n\xe2\x80\x94 example signature\n");
	CHECK(journal_checkpoint_parse(buf_view(&out), &got));
	buf_fini(&out);
	store_close(s);
	tmpdir_remove(dir);
}

/* The faults that a check of the store in dir finds. */
static bool
check_says(const char *dir, const char *want)
{
	struct store *s = state_open(dir, STORE_READ);
	struct buf faults;
	bool ok;

	buf_init(&faults, 4096);
	ok = store_check(s, &faults);
	ok = want == NULL ? ok : !ok && strstr(buf_text(&faults), want) != NULL;
	if (!ok)
		fprintf(stderr, "%s\n", buf_text(&faults));
	buf_fini(&faults);
	store_close(s);
	return ok;
}

/* A finding that is closed, changed or deleted outside the program is noticed,
 * also after the program changed findings again. */
static void
findings_changed_outside_are_noticed(void)
{
	static const char *const changes[] = {
		"UPDATE finding SET status = 3 WHERE id = 'a1'",
		"UPDATE finding SET detail = '{\"x\": 1}' WHERE id = 'a1'",
		"UPDATE finding SET severity = 0 WHERE id = 'a1'",
		"DELETE FROM finding WHERE id = 'a2'",
	};
	struct store_finding f = { .rule = (char *)(uintptr_t) "CTW001",
		.message = (char *)(uintptr_t) "unknown key",
		.detail = (char *)(uintptr_t) "{}",
		.severity = 3 };

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		char *dir = tmpdir_new();
		struct store *s = state_open(dir, STORE_WRITE);

		memcpy(f.id, "a1", 3);
		CHECK(store_finding_save(s, &f));
		memcpy(f.id, "a2", 3);
		CHECK(store_finding_save(s, &f));
		state_end(s);
		CHECK(check_says(dir, NULL));
		s = state_open(dir, STORE_WRITE);
		CHECK(store_finding_status(s, "a1", STORE_OPEN, 0, NULL));
		state_end(s);
		CHECK(check_says(dir, NULL));
		state_change(dir, changes[i]);
		CHECK(check_says(dir, "outside the program since record 2"));
		s = state_open(dir, STORE_WRITE);
		memcpy(f.id, "a3", 3);
		CHECK(store_finding_save(s, &f));
		state_end(s);
		CHECK(check_says(dir, "outside the program before record 3"));
		tmpdir_remove(dir);
	}
}

int
main(void)
{
	int64_t now;

	CHECK(time_parse("2026-11-21T09:00:00Z", &now));
	time_set(now);
	records_are_canonical_and_leaves_of_a_tree();
	the_actor_is_the_user_who_called_sudo();
	rewritten_records_are_detected();
	a_stored_checkpoint_detects_removed_records();
	a_checkpoint_is_stored_once();
	a_checkpoint_is_text();
	findings_changed_outside_are_noticed();
	return 0;
}
