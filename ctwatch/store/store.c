/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/finding_digest.h"
#include "store/schema.h"
#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

/* ---- shared by the files of the store ---- */

void
store_lock(struct store *s)
{
	pthread_mutex_lock(&s->mutex);
}

bool
store_unlock(struct store *s, bool ok)
{
	ok = ok && *db_error(s->db) == '\0';
	pthread_mutex_unlock(&s->mutex);
	return ok;
}

struct db_query *
store_ask(struct store *s, const char *sql)
{
	return db_query(s->db, sql);
}

static void
begin(struct store *s)
{
	if (s->changing)
		return;
	if (!s->writable)
		db_fail(s->db, "opened for reading only");
	/* IMMEDIATE waits for another writer here, before any row is read. */
	s->changing = db_exec(s->db, "BEGIN IMMEDIATE");
}

/* Statements that make a transaction a large one: the verdicts and the report
 * of a run with thousands of matches.  It gets a cache for its changed pages,
 * which SQLite else writes, and reads again, many times before the commit. */
#define MANY_CHANGES 10000
#define LARGE_CACHE  "PRAGMA cache_size = -65536" /* KiB */
#define SMALL_CACHE  "PRAGMA cache_size = -2000"  /* SQLite's default */

struct db_query *
store_change(struct store *s, const char *sql)
{
	begin(s);
	if (++s->changes == MANY_CHANGES)
		db_exec(s->db, LARGE_CACHE);
	return db_query(s->db, sql);
}

int64_t
store_number(
    struct store *s, const char *select, const char *insert, struct bytes value)
{
	struct db_query *q = store_ask(s, select);
	int64_t number = 0;

	db_put_bytes(q, value);
	if (db_row(q))
		number = db_get_int(q);
	db_done(q);
	if (number != 0)
		return number;
	q = store_change(s, insert);
	db_put_bytes(q, value);
	if (db_row(q))
		number = db_get_int(q);
	db_run(q);
	return number;
}

int64_t *
store_rowids(struct db_query *q, size_t *n)
{
	int64_t *v = NULL;

	for (*n = 0; db_row(q); (*n)++) {
		v = mem_grow(v, *n, sizeof *v);
		v[*n] = db_get_int(q);
	}
	return v;
}

bool
store_take_range(struct db_query *q, uint64_t size, struct merkle_range *r)
{
	struct merkle_hash nodes[MERKLE_RANGE_NODES];
	struct bytes b = db_get_bytes(q);

	merkle_range_init(r, 0);
	if (b.p == NULL || b.n % sizeof *nodes != 0 || b.n > sizeof nodes)
		return false;
	if (b.n > 0)
		memcpy(nodes, b.p, b.n);
	if (merkle_range_load(r, size, nodes, b.n / sizeof *nodes))
		return true;
	merkle_range_init(r, 0);
	return false;
}

/* ---- opening ---- */

/* Make dir and missing parents with mode 0700, as XDG requires. */
static bool
make_dir(const char *dir, struct buf *error)
{
	char *path = mem_strdup(dir);
	struct stat st;

	for (char *p = path + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(path, 0700);
			*p = '/';
		}
	mkdir(path, 0700);
	free(path);
	if (stat(dir, &st) != 0)
		buf_printf(
		    error, "%s: cannot create: %s", dir, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		buf_printf(error, "%s: not a directory", dir);
	else if (access(dir, R_OK | W_OK | X_OK) != 0)
		buf_printf(error, "%s: not writable: %s", dir, strerror(errno));
	else
		return true;
	return false;
}

/*
 * Make the file if there is none.  Its group may read it if it may read dir.
 * SQLite gives the same mode to its files beside it.
 */
static bool
make_file(const char *dir, const char *path, struct buf *error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat folder, file;
	bool ok = fd >= 0 && stat(dir, &folder) == 0 && fstat(fd, &file) == 0;

	if (ok && file.st_uid == geteuid() &&
	    (file.st_mode & S_IRGRP) != (folder.st_mode & S_IRGRP))
		ok = fchmod(fd, 0600 | (folder.st_mode & S_IRGRP)) == 0;
	if (!ok)
		buf_printf(error, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

/*
 * Lock DIR/lock, which names its holder.  The kernel releases the lock when the
 * holder ends, so the name counts only while the file is locked.  Return -1
 * with the reason in *error.
 */
static int
take_lock(const char *dir, struct buf *error)
{
	char *path = mem_printf("%s/lock", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char who[128], now[TIME_TEXT];
	ssize_t n;

	if (fd < 0) {
		buf_printf(error, "%s: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		n = errno == EWOULDBLOCK ? read(fd, who, sizeof who) : -1;
		if (n < 0) {
			buf_printf(error, "%s: %s", path, strerror(errno));
		} else {
			while (n > 0 && who[n - 1] == '\n')
				n--;
			buf_printf(error, "%s: another run is active: ", path);
			text_escape(error, bytes_at(who, (size_t)n));
		}
		close(fd);
		fd = -1;
	} else {
		time_format(time_now(), now);
		if (ftruncate(fd, 0) != 0 ||
		    dprintf(fd, "PID %jd, since %s\n", (intmax_t)getpid(),
		        now) < 0) {
			buf_printf(error, "%s: %s", path, strerror(errno));
			close(fd);
			fd = -1;
		}
	}
	free(path);
	return fd;
}

struct store *
store_open(const char *dir, enum store_mode mode, struct buf *error)
{
	bool writable = mode != STORE_READ;
	char *path = mem_printf("%s/state.db", dir);
	struct store *s = mem_alloc(1, sizeof *s);

	s->dir = mem_strdup(dir);
	s->writable = writable;
	s->lock_fd = -1;
	pthread_mutex_init(&s->mutex, NULL);
	if (!writable && access(path, F_OK) != 0) {
		buf_printf(error, "%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? " (`ctwatch run' creates it)" : "");
		goto fail;
	}
	if (writable && !make_dir(dir, error))
		goto fail;
	if (mode == STORE_RUN && (s->lock_fd = take_lock(dir, error)) < 0)
		goto fail;
	if (writable && !make_file(dir, path, error))
		goto fail;
	if ((s->db = db_open(path, writable, error)) == NULL ||
	    !schema_migrate(s->db, path, writable, error))
		goto fail;
	free(path);
	return s;
fail:
	free(path);
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	pthread_mutex_destroy(&s->mutex);
	free(s->dir);
	free(s);
}

const char *
store_error(struct store *s)
{
	const char *error;

	store_lock(s);
	error = db_error(s->db);
	store_unlock(s, true);
	return error;
}

bool
store_begin(struct store *s)
{
	store_lock(s);
	begin(s);
	return store_unlock(s, true);
}

bool
store_commit(struct store *s)
{
	finding_digest_after(s);
	store_lock(s);
	if (s->changing && db_exec(s->db, "COMMIT")) {
		s->changing = false;
		if (s->changes >= MANY_CHANGES)
			db_exec(s->db, SMALL_CACHE);
		s->changes = 0;
	}
	return store_unlock(s, true);
}

bool
store_backup(struct store *s, const char *path, struct buf *error)
{
	bool ok;

	store_lock(s);
	ok = db_backup(s->db, path, error);
	return store_unlock(s, ok);
}

/* ---- runs ---- */

int64_t
store_run_begin(struct store *s, int64_t started)
{
	struct db_query *q;
	int64_t number = 0;

	finding_digest_before(s);
	store_lock(s);
	q = store_change(s,
	    "UPDATE finding SET status = ? WHERE status = ?"
	    " AND first_run NOT IN (SELECT number FROM run"
	    "  WHERE ended IS NULL)"
	    " AND first_run <= (SELECT coalesce(max(number), 0) FROM run)");
	db_put_int(q, STORE_OPEN);
	db_put_int(q, STORE_NEW);
	db_run(q);
	finding_digest_changed(s, db_changes(s->db));
	q = store_change(
	    s, "INSERT INTO run (started) VALUES (?) RETURNING number");
	db_put_int(q, started);
	if (db_row(q))
		number = db_get_int(q);
	db_run(q);
	q = store_change(s,
	    "UPDATE finding SET first_run = ?1 WHERE first_run IN"
	    " (SELECT number FROM run WHERE ended IS NULL AND number < ?1)");
	db_put_int(q, number);
	db_run(q);
	return store_unlock(s, number > 0) ? number : 0;
}

int64_t
store_run_next(struct store *s)
{
	struct db_query *q;
	int64_t number = 0;

	store_lock(s);
	q = store_ask(s, "SELECT coalesce(max(number), 0) + 1 FROM run");
	if (db_row(q))
		number = db_get_int(q);
	db_done(q);
	return store_unlock(s, number > 0) ? number : 0;
}

int64_t
store_run_since(struct store *s, int64_t run)
{
	struct db_query *q;
	int64_t since = 0;

	store_lock(s);
	q = store_ask(s,
	    "SELECT min(started) FROM run WHERE number <= ?1 AND number >"
	    " coalesce((SELECT max(number) FROM run"
	    "  WHERE ended IS NOT NULL AND number < ?1), 0)");
	db_put_int(q, run);
	if (db_row(q)) {
		since = db_get_int(q);
		db_done(q);
	}
	store_unlock(s, true);
	return since;
}

bool
store_run_end(struct store *s, int64_t run, int64_t ended, int exit_status,
    struct bytes report_json)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "UPDATE run SET ended = ?, exit_status = ?, report = ?"
	    " WHERE number = ?");
	db_put_int(q, ended);
	db_put_int(q, exit_status);
	db_put_bytes(q, report_json);
	db_put_int(q, run);
	db_run(q);
	q = store_change(s,
	    "UPDATE run SET report = NULL"
	    " WHERE number <= ? AND report IS NOT NULL");
	db_put_int(q, run - LIMIT_RUN_REPORTS);
	db_run(q);
	q = store_change(s,
	    "UPDATE run SET report = NULL WHERE number <> ?1 AND number IN"
	    " (SELECT number FROM (SELECT number, sum(length(report) +"
	    "   (SELECT coalesce(sum(bytes), 0) FROM item"
	    "    WHERE until = run.number"
	    "    AND until < 9223372036854775807))"
	    "   OVER (ORDER BY number DESC) AS bytes FROM run"
	    "   WHERE report IS NOT NULL AND number <= ?1)"
	    "  WHERE bytes > ?2)");
	db_put_int(q, run);
	db_put_int(q, LIMIT_RUN_REPORT_BYTES);
	db_run(q);
	/* Items end with the last report that shows them. */
	db_run(store_change(s,
	    "DELETE FROM item WHERE until < 9223372036854775807 AND until <"
	    " (SELECT min(number) FROM run WHERE report IS NOT NULL)"));
	return store_unlock(s, true);
}

bool
store_run_before(
    struct store *s, int64_t time, int without, struct store_run *out)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    "SELECT number, started, ended, exit_status FROM run"
	    " WHERE ended <= ?1 AND started < ?1 AND (exit_status & ?2) = 0"
	    " ORDER BY number DESC LIMIT 1");
	db_put_int(q, time);
	db_put_int(q, without);
	if ((found = db_row(q))) {
		out->number = db_get_int(q);
		out->started = db_get_int(q);
		out->ended = db_get_int(q);
		out->exit_status = (int)db_get_int(q);
		db_done(q);
	}
	return store_unlock(s, found);
}

/* Append the blob that q selects to *out. */
static bool
take_blob(struct db_query *q, struct buf *out)
{
	bool found = db_row(q) && buf_add(out, db_get_bytes(q));

	db_done(q);
	return found;
}

bool
store_run_report(struct store *s, int64_t run, struct buf *out)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT report FROM run WHERE report IS NOT NULL"
	    " AND ended IS NOT NULL AND ?1 IN (0, number)"
	    " ORDER BY number DESC LIMIT 1");
	db_put_int(q, run);
	return store_unlock(s, take_blob(q, out));
}

/* ---- small values ---- */

bool
store_value_save(struct store *s, const char *name, struct bytes value)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s, "INSERT OR REPLACE INTO value VALUES (?, ?)");
	db_put_text(q, name);
	db_put_bytes(q, value);
	return store_unlock(s, db_run(q));
}

bool
store_value_load(struct store *s, const char *name, struct buf *out)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s, "SELECT value FROM value WHERE name = ?");
	db_put_text(q, name);
	return store_unlock(s, take_blob(q, out));
}
