/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db: one SQLite file, its statements prepared once, its first error kept.
 *
 * A query is put its values in order, stepped, and asked its columns in
 * order.  After the first failure every query is NULL and every step false,
 * so that a caller checks once, at the end.  One thread at a time.
 */
#ifndef CTWATCH_STORE_DB_H
#define CTWATCH_STORE_DB_H

#include <ctwatch/base/blob.h>
#include <ctwatch/wire/sha256.h>

struct db;
struct db_query;

/*
 * Open the file at path, which must exist: for reading alone, or for writing
 * with a write-ahead log and a full sync at each commit.  NULL with the
 * reason in *error.
 */
struct db *db_open(const char *path, bool writable, struct buf *error);
void db_close(struct db *db);

/* The first thing that went wrong, after the file's path; "" if nothing. */
const char *db_error(const struct db *db);

/* Remember an error of the caller's own, unless there is an earlier one. */
__attribute__((format(printf, 2, 3))) void db_fail(
    struct db *db, const char *fmt, ...);

/* Run statements that take and give no values. */
bool db_exec(struct db *db, const char *sql);

/*
 * The query of this text, which must be static: it is what the prepared
 * statement is found by.  Borrowed, and fresh: as it was before any put.
 */
struct db_query *db_query(struct db *db, const char *sql);

/* Put the next value.  It must live until the query is stepped to its end. */
void db_put_int(struct db_query *q, int64_t v);
void db_put_bytes(struct db_query *q, struct bytes v);
void db_put_digest(struct db_query *q, const uint8_t v[static SHA256_SIZE]);
void db_put_text(struct db_query *q, const char *v); /* NULL is null */

/* Step to the next row; false at the end, or on failure. */
bool db_row(struct db_query *q);

/* Run to the end; false on failure. */
bool db_run(struct db_query *q);

/* Leave the rows that are left; needed where db_row was true and is not
 * called again, so that no read lock stays behind. */
void db_done(struct db_query *q);

/* Take the next column of the row; bytes are borrowed until the next step,
 * and have no address only if the column is null. */
int64_t db_get_int(struct db_query *q);
struct bytes db_get_bytes(struct db_query *q);
struct blob db_get_blob(struct db_query *q); /* a copy */
void db_get_digest(struct db_query *q, uint8_t out[static SHA256_SIZE]);
char *db_get_text(struct db_query *q); /* owned by the caller; may be NULL */

/* Rows that the last statement changed. */
int64_t db_changes(const struct db *db);

/*
 * Copy the whole database to the file at path, consistent even while another
 * process writes, and check the copy.  What was at path is replaced by the
 * whole copy, or, when it fails (false, the reason in *error), left as it was.
 */
bool db_backup(struct db *db, const char *path, struct buf *error);

#endif
