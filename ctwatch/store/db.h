/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db: one SQLite file with cached prepared statements and a sticky error.
 *
 * Bind the values of a query in order, step, and read the columns in order.
 * After the first failure every query is NULL and every step returns false, so
 * that a caller checks once, at the end.  One thread at a time.
 */
#ifndef CTWATCH_STORE_DB_H
#define CTWATCH_STORE_DB_H

#include <ctwatch/base/blob.h>
#include <ctwatch/wire/sha256.h>

struct db;
struct db_query;

/*
 * Open the file at path, which must exist: read-only, or for writing with a
 * write-ahead log and a full sync at each commit.  Return NULL with the reason
 * in *error.
 */
struct db *db_open(const char *path, bool writable, struct buf *error);
void db_close(struct db *db);

/* Return the first error, after the file's path; "" if there is none. */
const char *db_error(const struct db *db);

/* Set an error of the caller, unless there is an earlier one. */
__attribute__((format(printf, 2, 3))) void db_fail(
    struct db *db, const char *fmt, ...);

/* Run statements without parameters and results. */
bool db_exec(struct db *db, const char *sql);

/*
 * Return the query of this text, reset.  The text must be static, since its
 * address is the cache key.  Borrowed.
 */
struct db_query *db_query(struct db *db, const char *sql);

/* Bind the next value.  It must stay valid until the query is stepped to its
 * end. */
void db_put_int(struct db_query *q, int64_t v);
void db_put_bytes(struct db_query *q, struct bytes v);
void db_put_digest(struct db_query *q, const uint8_t v[static SHA256_SIZE]);
void db_put_text(struct db_query *q, const char *v); /* NULL is null */

/* Step to the next row; false at the end, or on failure. */
bool db_row(struct db_query *q);

/* Step to the end; false on failure. */
bool db_run(struct db_query *q);

/* Skip the remaining rows.  Call it if db_row returned true and is not called
 * again, to release the read lock. */
void db_done(struct db_query *q);

/* Read the next column of the row.  Bytes are borrowed until the next step;
 * their pointer is NULL only if the column is null. */
int64_t db_get_int(struct db_query *q);
struct bytes db_get_bytes(struct db_query *q);
struct blob db_get_blob(struct db_query *q); /* a copy */
void db_get_digest(struct db_query *q, uint8_t out[static SHA256_SIZE]);
char *db_get_text(struct db_query *q); /* owned by the caller; may be NULL */

/* Return the number of rows that the last statement changed. */
int64_t db_changes(const struct db *db);

/* Make the file as small as its content; keep it as it is if that fails. */
void db_compact(struct db *db);

/*
 * Copy the whole database to the file at path, consistent even while another
 * process writes, and check the copy.  Replace the file at path when the copy
 * is complete.  On failure (false, the reason in *error) the file at path is
 * unchanged.
 */
bool db_backup(struct db *db, const char *path, struct buf *error);

#endif
