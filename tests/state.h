/* SPDX-License-Identifier: Apache-2.0 */
/* state: the stores of tests, and what stands in their files. */
#ifndef STATE_H
#define STATE_H

#include <sqlite3.h>

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

#endif
