/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/db.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>

/* Time that a writer waits for another to commit. */
#define BUSY_MS 60000

struct db_query {
	struct db *db;
	const char *sql; /* by address */
	sqlite3_stmt *stmt;
	int put, get;
};

struct db {
	sqlite3 *handle;
	char *path;
	char *error;
	struct db_query **queries;
	size_t n;
};

/* Return SQLite's message with the missing details. */
static void
describe(sqlite3 *handle, struct buf *out)
{
	int os = sqlite3_system_errno(handle);

	buf_add_text(out, sqlite3_errmsg(handle));
	switch (sqlite3_errcode(handle)) {
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_FULL:
		if (os != 0)
			buf_printf(out, " (%s)", strerror(os));
		break;
	case SQLITE_BUSY:
		buf_add_text(out, ": another ctwatch is writing to it");
		break;
	}
}

void
db_fail(struct db *db, const char *fmt, ...)
{
	va_list ap;
	struct buf b;

	if (db->error != NULL)
		return;
	buf_init(&b, 4096);
	buf_printf(&b, "%s: ", db->path);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	db->error = buf_detach(&b);
}

static void
fail(struct db *db)
{
	struct buf b;

	buf_init(&b, 2048);
	describe(db->handle, &b);
	db_fail(db, "%s", buf_text(&b));
	buf_fini(&b);
}

/*
 * Let SQLite put its temporary files into the state directory, the only one
 * that the sandbox makes writable.  If it is read-only, SQLite chooses another.
 * The first opened store sets it, since it must not change while connections
 * are open.
 */
static void
keep_temporary_files(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (sqlite3_temp_directory == NULL)
		sqlite3_temp_directory = slash == NULL
		    ? sqlite3_mprintf(".")
		    : sqlite3_mprintf("%.*s", (int)(slash - path + 1), path);
}

/* Keep the write-ahead log for users that may only read the file: they cannot
 * make it, and SQLite reads no database without it. */
static void
keep_log(sqlite3 *handle, const char *path)
{
	struct stat st;
	int on = 1;

	if (stat(path, &st) == 0 && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		sqlite3_file_control(
		    handle, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

struct db *
db_open(const char *path, bool writable, struct buf *error)
{
	struct db *db = mem_alloc(1, sizeof *db);
	int flags = writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;

	keep_temporary_files(path);
	db->path = mem_strdup(path);
	/* The store serialises its calls, so SQLite need not. */
	if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX,
	        NULL) != SQLITE_OK)
		fail(db);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	if (writable && db->error == NULL &&
	    sqlite3_db_readonly(db->handle, "main") != 0)
		db_fail(db, "cannot be written to");
	db_exec(db,
	    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
	    "PRAGMA cell_size_check = ON;");
	if (writable && db->error == NULL)
		keep_log(db->handle, path);
	if (writable)
		db_exec(db,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		    "PRAGMA journal_size_limit = 16777216;");
	if (db->error != NULL) {
		buf_add_text(error, db->error);
		db_close(db);
		return NULL;
	}
	return db;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < db->n; i++) {
		sqlite3_finalize(db->queries[i]->stmt);
		free(db->queries[i]);
	}
	free(db->queries);
	sqlite3_close(db->handle); /* rolls back the open transaction */
	free(db->path);
	free(db->error);
	free(db);
}

const char *
db_error(const struct db *db)
{
	return db->error != NULL ? db->error : "";
}

bool
db_exec(struct db *db, const char *sql)
{
	if (db->error != NULL)
		return false;
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	fail(db);
	return false;
}

static struct db_query *
prepare(struct db *db, const char *sql)
{
	struct db_query *q = mem_alloc(1, sizeof *q);

	*q = (struct db_query){ .db = db, .sql = sql };
	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
	        &q->stmt, NULL) != SQLITE_OK) {
		fail(db);
		free(q);
		return NULL;
	}
	db->queries = mem_grow(db->queries, db->n, sizeof *db->queries);
	db->queries[db->n++] = q;
	return q;
}

struct db_query *
db_query(struct db *db, const char *sql)
{
	struct db_query *q;

	if (db->error != NULL)
		return NULL;
	for (size_t i = 0; i < db->n; i++)
		if (db->queries[i]->sql == sql) {
			q = db->queries[i];
			sqlite3_reset(q->stmt);
			sqlite3_clear_bindings(q->stmt);
			q->put = q->get = 0;
			return q;
		}
	return prepare(db, sql);
}

void
db_put_int(struct db_query *q, int64_t v)
{
	if (q != NULL && sqlite3_bind_int64(q->stmt, ++q->put, v) != SQLITE_OK)
		fail(q->db);
}

void
db_put_bytes(struct db_query *q, struct bytes v)
{
	/* An empty blob is not NULL. */
	const void *p = v.n > 0 ? (const void *)v.p : "";

	if (q != NULL &&
	    sqlite3_bind_blob64(q->stmt, ++q->put, p, v.n, SQLITE_STATIC) !=
	        SQLITE_OK)
		fail(q->db);
}

void
db_put_digest(struct db_query *q, const uint8_t v[static SHA256_SIZE])
{
	db_put_bytes(q, (struct bytes){ v, SHA256_SIZE });
}

void
db_put_text(struct db_query *q, const char *v)
{
	if (q != NULL &&
	    sqlite3_bind_text(q->stmt, ++q->put, v, -1, SQLITE_STATIC) !=
	        SQLITE_OK)
		fail(q->db);
}

bool
db_row(struct db_query *q)
{
	if (q == NULL || q->db->error != NULL)
		return false;
	q->get = 0;
	switch (sqlite3_step(q->stmt)) {
	case SQLITE_ROW:
		return true;
	case SQLITE_DONE:
		break;
	default:
		fail(q->db);
		break;
	}
	sqlite3_reset(q->stmt);
	return false;
}

bool
db_run(struct db_query *q)
{
	while (db_row(q))
		;
	return q != NULL && q->db->error == NULL;
}

void
db_done(struct db_query *q)
{
	if (q != NULL)
		sqlite3_reset(q->stmt);
}

int64_t
db_get_int(struct db_query *q)
{
	return sqlite3_column_int64(q->stmt, q->get++);
}

struct bytes
db_get_bytes(struct db_query *q)
{
	bool null = sqlite3_column_type(q->stmt, q->get) == SQLITE_NULL;
	const void *p = sqlite3_column_blob(q->stmt, q->get);
	int n = sqlite3_column_bytes(q->stmt, q->get++);

	/* SQLite returns NULL for an empty blob, too. */
	if (p == NULL) {
		p = null ? NULL : "";
		n = 0;
	}
	return (struct bytes){ p, (size_t)n };
}

struct blob
db_get_blob(struct db_query *q)
{
	return blob_copy(db_get_bytes(q));
}

void
db_get_digest(struct db_query *q, uint8_t out[static SHA256_SIZE])
{
	struct bytes b = db_get_bytes(q);

	memset(out, 0, SHA256_SIZE);
	if (b.p != NULL && b.n == SHA256_SIZE)
		memcpy(out, b.p, SHA256_SIZE);
}

char *
db_get_text(struct db_query *q)
{
	const void *s = sqlite3_column_text(q->stmt, q->get++);

	return s != NULL ? mem_strdup(s) : NULL;
}

int64_t
db_changes(const struct db *db)
{
	return sqlite3_changes64(db->handle);
}

void
db_compact(struct db *db)
{
	if (db->error == NULL)
		sqlite3_exec(db->handle, "VACUUM", NULL, NULL, NULL);
}

/* Report whether SQLite's integrity check of the file succeeds. */
static bool
is_sound(sqlite3 *handle)
{
	sqlite3_stmt *q;
	bool ok = sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", -1,
	              &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW &&
	    sqlite3_column_type(q, 0) == SQLITE_TEXT &&
	    strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;

	sqlite3_finalize(q);
	return ok;
}

bool
db_backup(struct db *db, const char *path, struct buf *error)
{
	char *new;
	/* By default SQLite makes the file readable for others. */
	int fd = file_create_beside(path, 0600, &new);
	sqlite3 *to = NULL;
	sqlite3_backup *backup = NULL;
	bool ok = false;

	if (fd < 0) {
		buf_printf(error, "%s: %s", path, strerror(errno));
		return false;
	}
	close(fd);
	/* One step copies all pages under one read lock; writers continue. */
	if (sqlite3_open_v2(new, &to,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW,
	        NULL) == SQLITE_OK &&
	    (backup = sqlite3_backup_init(to, "main", db->handle, "main")) !=
	        NULL) {
		sqlite3_backup_step(backup, -1);
		ok = sqlite3_backup_finish(backup) == SQLITE_OK;
	}
	if (!ok) {
		buf_printf(error, "%s: ", new);
		describe(to, error);
	}
	if (ok && !is_sound(to)) {
		buf_printf(
		    error, "%s: the copy is damaged: check the disk", new);
		ok = false;
	}
	sqlite3_close(to);
	if (ok && rename(new, path) != 0) {
		buf_printf(error, "%s: %s", path, strerror(errno));
		ok = false;
	}
	if (!ok)
		remove(new);
	free(new);
	return ok;
}
