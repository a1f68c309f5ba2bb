/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kill, power loss, full disk: whatever happens to a run, the store holds
 * whole commits, every one that was acknowledged, and nothing else.
 *
 * Faults come from a shim around SQLite's own file functions.  It counts
 * what changes a file, and at a chosen count lets it fail, or ends the
 * process as a power cut would: of what was written and not synced since,
 * any part may be lost.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include <ctwatch/store/store.h>

#include "../support/test_state.h"

/* ---- the shim ---- */

/* A write that has not been synced: how to undo it. */
struct undo {
	sqlite3_file *file;
	sqlite3_int64 at, size; /* the file's size before */
	int n;
	uint8_t *old;
};

static struct {
	unsigned count;   /* changes so far */
	unsigned fail_at; /* from this one on they fail with code; 0: never */
	int code;
	unsigned crash_at; /* here the power goes; 0: never */
	unsigned luck;     /* decides what is lost then */
	struct undo *undo;
	size_t n;
} shim;

/* SQLite has a table of functions for each kind of file. */
static struct hooks {
	sqlite3_io_methods shim; /* first: what a file points to */
	const sqlite3_io_methods *real;
} hooks[4];

static int (*real_open)(
    sqlite3_vfs *, const char *, sqlite3_file *, int, int *);

static const sqlite3_io_methods *
real_of(sqlite3_file *f)
{
	return ((const struct hooks *)f->pMethods)->real;
}

static void
power_cut(void)
{
	for (size_t i = shim.n; i-- > 0;) {
		struct undo *u = &shim.undo[i];

		shim.luck = shim.luck * 1664525 + 1013904223;
		if ((shim.luck & 0x10000) != 0)
			continue;
		if (u->n > 0)
			real_of(u->file)->xWrite(u->file, u->old, u->n, u->at);
		real_of(u->file)->xTruncate(u->file, u->size);
	}
	_exit(9);
}

/* Count a change; false if it is to fail. */
static bool
may_change(void)
{
	shim.count++;
	if (shim.crash_at != 0 && shim.count >= shim.crash_at)
		power_cut();
	return shim.fail_at == 0 || shim.count < shim.fail_at;
}

static int
shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct undo *u;

	if (!may_change())
		return shim.code;
	if (shim.crash_at != 0) {
		shim.undo = mem_grow(shim.undo, shim.n, sizeof *shim.undo);
		u = &shim.undo[shim.n++];
		*u = (struct undo){ .file = f, .at = at };
		real_of(f)->xFileSize(f, &u->size);
		if (at < u->size)
			u->n = at + n < u->size ? n : (int)(u->size - at);
		u->old = mem_alloc((size_t)u->n, 1);
		if (u->n > 0)
			real_of(f)->xRead(f, u->old, u->n, at);
	}
	return real_of(f)->xWrite(f, p, n, at);
}

static int
shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return may_change() ? real_of(f)->xTruncate(f, size) : shim.code;
}

static int
shim_sync(sqlite3_file *f, int flags)
{
	size_t kept = 0;
	int rc;

	if (!may_change())
		return shim.code;
	rc = real_of(f)->xSync(f, flags);
	for (size_t i = 0; i < shim.n; i++)
		if (shim.undo[i].file == f)
			free(shim.undo[i].old);
		else
			shim.undo[kept++] = shim.undo[i];
	shim.n = kept;
	return rc;
}

static int
shim_close(sqlite3_file *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < shim.n; i++)
		if (shim.undo[i].file != f)
			shim.undo[kept++] = shim.undo[i];
	shim.n = kept;
	return real_of(f)->xClose(f);
}

static int
shim_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	int rc = real_open(vfs, name, f, flags, out);
	struct hooks *h = hooks;

	if (rc != SQLITE_OK || f->pMethods == NULL)
		return rc;
	while (h->real != NULL && h->real != f->pMethods)
		CHECK(++h < hooks + sizeof hooks / sizeof *hooks);
	if (h->real == NULL) {
		h->real = f->pMethods;
		h->shim = *h->real;
		h->shim.xWrite = shim_write;
		h->shim.xTruncate = shim_truncate;
		h->shim.xSync = shim_sync;
		h->shim.xClose = shim_close;
	}
	f->pMethods = &h->shim;
	return rc;
}

static void
install(void)
{
	static sqlite3_vfs vfs;

	vfs = *sqlite3_vfs_find(NULL);
	real_open = vfs.xOpen;
	vfs.xOpen = shim_open;
	vfs.zName = "shim";
	CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

/* ---- a run ---- */

#define BATCH  3 /* entries, saved together */
#define COMMIT 2 /* batches between two commits */
#define STEP   (BATCH * COMMIT)

static const uint8_t log_id[SHA256_SIZE] = { 1 };

static void
leaf(uint64_t i, struct merkle_hash *out)
{
	merkle_leaf_hash((struct bytes){ (uint8_t *)&i, sizeof i }, out);
}

/* Save one entry's certificate and sighting, as large as a real one. */
static bool
save_entry(struct store *s, uint64_t i, const struct merkle_hash *hash)
{
	static uint8_t der[1500];
	struct store_cert c = { .der = { der, sizeof der } };
	struct store_sighting at = { .log_id = { 1 }, .index = i };

	memcpy(at.leaf_hash, hash->b, SHA256_SIZE);
	memcpy(at.tbs_sha256, hash->b, SHA256_SIZE);
	memcpy(c.tbs_sha256, hash->b, SHA256_SIZE);
	memcpy(der, hash->b, SHA256_SIZE);
	return store_sighting_add(s, &c, &at);
}

/*
 * Go on from where the store stands for some commits (0: for ever), and
 * write a byte to fd after each.  False with the error when one fails.
 */
static bool
run(const char *dir, unsigned commits, int fd, struct buf *error)
{
	struct store *s = store_open(dir, STORE_RUN, error);
	struct store_log log = { .has_range = true };
	struct merkle_hash hash;
	bool ok = s != NULL;

	if (ok && !store_log_load(s, log_id, &log)) {
		memcpy(log.id, log_id, SHA256_SIZE);
		merkle_range_init(&log.range, 0);
		merkle_range_init(&log.proved, 0);
	}
	for (unsigned n = 0; ok && (commits == 0 || n < commits); n++) {
		for (unsigned i = 0; ok && i < STEP; i++) {
			leaf(log.next, &hash);
			ok = save_entry(s, log.next++, &hash);
			merkle_range_add(&log.range, &hash);
			if (ok && (i + 1) % BATCH == 0)
				ok = store_log_save(s, &log);
		}
		ok = ok && store_commit(s);
		if (ok)
			ok = write(fd, "x", 1) == 1;
	}
	if (!ok && s != NULL)
		buf_add_text(error, store_error(s));
	store_log_fini(&log);
	store_close(s);
	return ok;
}

/* ---- what must hold afterwards ---- */

/* Cursor, range and sightings agree, on a whole number of commits; the
 * entries there are.  The next run can begin. */
static uint64_t
sound(const char *dir)
{
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = { .next = 0 };
	struct merkle_range want;
	struct merkle_hash hash;
	int64_t next;

	merkle_range_init(&want, 0);
	if (store_log_load(s, log_id, &log)) {
		CHECK(log.has_range);
		for (uint64_t i = 0; i < log.next; i++) {
			leaf(i, &hash);
			merkle_range_add(&want, &hash);
		}
		CHECK(log.range.end == want.end && log.range.n == want.n);
		CHECK(memcmp(log.range.node, want.node,
		          want.n * sizeof *want.node) == 0);
	}
	next = (int64_t)log.next;
	store_log_fini(&log);
	store_close(s);
	CHECK(next % STEP == 0);
	CHECK(state_number(dir, "SELECT count(*) FROM sighting") == next);
	CHECK(state_number(dir, "SELECT count(*) FROM cert") == next);
	CHECK(state_number(dir,
	          "SELECT coalesce(max(idx), -1) FROM sighting") == next - 1);
	CHECK(
	    state_number(dir,
	        "SELECT integrity_check = 'ok' FROM pragma_integrity_check") ==
	    1);
	return (uint64_t)next;
}

/* The bytes in the pipe: commits that the child saw succeed. */
static unsigned
acknowledged(int fd)
{
	char b[4096];
	unsigned n = 0;
	ssize_t got;

	while ((got = read(fd, b, sizeof b)) > 0)
		n += (unsigned)got;
	return n;
}

/* ---- the tests ---- */

static void
a_kill_at_any_moment_loses_no_commit(void)
{
	char *dir = tmpdir_new();
	uint64_t before = 0, after, moved = 0;
	struct buf error;
	int fds[2], status;
	unsigned acks;
	pid_t pid;
	char ack;

	srand(20261121);
	for (int i = 0; i < 30; i++) {
		struct timespec wait = { 0, 1000L * (rand() % 20000) };

		CHECK(pipe2(fds, O_CLOEXEC) == 0);
		if ((pid = fork()) == 0) {
			buf_init(&error, 4096);
			run(dir, 0, fds[1], &error);
			_exit(1);
		}
		close(fds[1]);
		/* Every other one gets something done, however slow it is. */
		acks = i % 2 == 0 ? 0 : read(fds[0], &ack, 1) == 1;
		nanosleep(&wait, NULL);
		CHECK(kill(pid, SIGKILL) == 0);
		CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
		acks += acknowledged(fds[0]);
		close(fds[0]);
		after = sound(dir);
		CHECK(after >= before + acks * STEP);
		CHECK(after <= before + (acks + 1) * STEP);
		moved += after - before;
		before = after;
	}
	CHECK(moved > 0);
	tmpdir_remove(dir);
}

/* Run in a child with the shim set so; whether it ended by itself. */
static bool
run_with(const char *dir, unsigned commits, unsigned fail_at, int code,
    unsigned crash_at, unsigned *acks, struct buf *error)
{
	int fds[2], errors[2], status;
	char text[4096];
	ssize_t n;
	pid_t pid;

	CHECK(pipe2(fds, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0);
	if ((pid = fork()) == 0) {
		bool ok;

		install();
		shim.fail_at = fail_at;
		shim.code = code;
		shim.crash_at = crash_at;
		shim.luck = crash_at;
		ok = run(dir, commits, fds[1], error);
		n = write(errors[1], error->p, error->n);
		_exit(ok ? 0 : 1);
	}
	close(fds[1]);
	close(errors[1]);
	*acks = acknowledged(fds[0]);
	while ((n = read(errors[0], text, sizeof text)) > 0)
		buf_add(error, (struct bytes){ (uint8_t *)text, (size_t)n });
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 1 ||
	    (crash_at != 0 && WEXITSTATUS(status) == 9));
	close(fds[0]);
	close(errors[0]);
	return WEXITSTATUS(status) == 0;
}

static void
a_power_cut_at_any_write_loses_no_commit(void)
{
	struct buf error;
	unsigned acks, cuts = 0, late = 0;
	bool ended = false;

	buf_init(&error, 4096);
	for (unsigned at = 1; !ended; at++) {
		char *dir = tmpdir_new();
		uint64_t next;

		ended = run_with(dir, 2, 0, 0, at, &acks, &error);
		next = sound(dir);
		CHECK(next >= acks * STEP && next <= (acks + 1) * STEP);
		CHECK(!ended || next == 2 * STEP);
		cuts += !ended;
		late += acks > 0;
		/* What is left is a state to go on from. */
		CHECK(run_with(dir, 1, 0, 0, 0, &acks, &error));
		CHECK(sound(dir) == next + STEP);
		tmpdir_remove(dir);
	}
	CHECK(cuts > 20 && late > 5);
	buf_fini(&error);
}

static void
a_full_disk_is_reported_and_keeps_the_state(int code, const char *word)
{
	unsigned acks, faults = 0, late = 0;
	struct buf error;
	bool ended = false;

	buf_init(&error, 4096);
	for (unsigned at = 1; !ended; at++) {
		char *dir = tmpdir_new();

		buf_clear(&error);
		ended = run_with(dir, 2, at, code, 0, &acks, &error);
		if (!ended) {
			if (strstr(buf_text(&error), word) == NULL)
				fprintf(stderr, "%s\n", buf_text(&error));
			CHECK(strstr(buf_text(&error), word) != NULL);
			CHECK(strstr(buf_text(&error), "/state.db: ") != NULL);
			/* Once it has failed, nothing more gets in. */
			CHECK(sound(dir) >= acks * STEP);
			CHECK(sound(dir) <= (acks + 1) * STEP);
		} else
			CHECK(sound(dir) == 2 * STEP);
		faults += !ended;
		late += acks > 0;
		tmpdir_remove(dir);
	}
	CHECK(faults > 20 && late > 5);
	buf_fini(&error);
}

int
main(void)
{
	a_kill_at_any_moment_loses_no_commit();
	a_power_cut_at_any_write_loses_no_commit();
	a_full_disk_is_reported_and_keeps_the_state(
	    SQLITE_FULL, "disk is full");
	a_full_disk_is_reported_and_keeps_the_state(
	    SQLITE_IOERR_WRITE, "disk I/O error");
	return 0;
}
