/* SPDX-License-Identifier: Apache-2.0 */
/* test_state: the stores of tests, and the content of their files. */
#ifndef TEST_STATE_H
#define TEST_STATE_H

#include <sqlite3.h>

#include <ctwatch/store/journal.h>
#include <ctwatch/store/store.h>

#include "tmpdir.h"

/* Open the store in dir, which must succeed. */
static inline struct store *
state_open(const char *dir, enum store_mode mode)
{
	struct buf error;
	struct store *s;

	buf_init(&error, 4096);
	s = store_open(dir, mode, &error);
	if (s == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	buf_fini(&error);
	CHECK(s != NULL);
	return s;
}

/* Commit and close a store, whose journal must be whole. */
static inline void
state_end(struct store *s)
{
	struct journal_checkpoint now;
	struct buf error;

	buf_init(&error, 4096);
	CHECK(journal_verify(s, NULL, &now, &error));
	buf_fini(&error);
	CHECK(store_commit(s));
	store_close(s);
}

/* SQL that removes what lists show of items. */
#define STATE_DROP_BRIEF                                                       \
	"ALTER TABLE item DROP COLUMN about;"                                  \
	"ALTER TABLE item DROP COLUMN issuer;"                                 \
	"ALTER TABLE item DROP COLUMN logged;"                                 \
	"ALTER TABLE item DROP COLUMN matched;"

/* SQL that makes room for certificates as they were up to schema 19: their bytes
 * are lost. */
#define STATE_DROP_CONTENT                                                     \
	"ALTER TABLE cert ADD COLUMN der BLOB NOT NULL DEFAULT x'';"           \
	"ALTER TABLE cert ADD COLUMN precert BLOB NOT NULL DEFAULT x'';"       \
	"ALTER TABLE cert ADD COLUMN chain BLOB NOT NULL DEFAULT x'';"         \
	"ALTER TABLE cert DROP COLUMN content; DROP TABLE path;"               \
	"ALTER TABLE cert DROP COLUMN path;"                                   \
	"ALTER TABLE cert DROP COLUMN has_chain;"                              \
	"ALTER TABLE cert DROP COLUMN has_precert;"

/* SQL that removes the items of reports; and what schemas from 10 on added. */
#define STATE_DROP_ITEM                                                        \
	"DROP TRIGGER IF EXISTS item_revocation;"                              \
	"DROP TRIGGER IF EXISTS item_report;"                                  \
	"DROP TRIGGER item_status; DROP TRIGGER item_finding;"                 \
	"DROP TRIGGER item_cert; DROP TRIGGER item_no_cert; DROP TABLE item;"
#define STATE_DROP_SINCE_10                                                    \
	STATE_DROP_ITEM STATE_DROP_CONTENT                                     \
	    "DROP TABLE name_index; DROP TABLE other_precert;"                 \
	    "DROP TABLE caa_judged; DROP TABLE caa;"                           \
	    "DROP VIEW missing_issuer; DROP TABLE chain_issuer;"               \
	    "ALTER TABLE log DROP COLUMN accused;"                             \
	    "ALTER TABLE log DROP COLUMN earliest;"                            \
	    "ALTER TABLE log DROP COLUMN earliest_at;"                         \
	    "ALTER TABLE log DROP COLUMN latest;"                              \
	    "ALTER TABLE log DROP COLUMN latest_at;"

static inline sqlite3 *
state_file(const char *dir)
{
	char *path = mem_printf("%s/state.db", dir);
	sqlite3 *db;

	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	free(path);
	return db;
}

/* Change its file behind the back of ctwatch. */
static inline void
state_change(const char *dir, const char *sql)
{
	sqlite3 *db = state_file(dir);

	CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* Make the state of dir one of schema 22, and change it to an older one. */
static inline void
state_make_older(const char *dir, const char *sql)
{
	const char *top = getenv("top_srcdir");
	char *path = mem_printf(
	    "%s/tests/support/schema_22.sql", top != NULL ? top : ".");
	struct bytes file = test_file(path);
	char *text = mem_printf("%.*s", (int)file.n, (const char *)file.p);

	state_change(dir, text);
	state_change(dir, sql);
	free(text);
	free((void *)(uintptr_t)file.p);
	free(path);
}

/* The one number that a query brings. */
static inline int64_t
state_number(const char *dir, const char *sql)
{
	sqlite3 *db = state_file(dir);
	sqlite3_stmt *q;
	int64_t n;

	CHECK(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK);
	CHECK(sqlite3_step(q) == SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	return n;
}

/* The range of n leaves, each the hash of its number. */
static inline void
state_count(uint64_t n, struct merkle_range *r)
{
	struct merkle_hash leaf;

	merkle_range_init(r, 0);
	for (uint64_t i = 0; i < n; i++) {
		merkle_leaf_hash(
		    (struct bytes){ (uint8_t *)&i, sizeof i }, &leaf);
		merkle_range_add(r, &leaf);
	}
}

/* A log that was read to next and proved to verified. */
static inline struct store_log
state_log(uint8_t id, uint64_t next, uint64_t verified)
{
	struct store_log log = { .id = { id },
		.next = next,
		.verified = verified,
		.has_range = true };

	state_count(next, &log.range);
	state_count(verified, &log.proved);
	return log;
}

#endif
