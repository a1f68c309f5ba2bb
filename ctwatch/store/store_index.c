/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "store/index_files.h"
#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/index_part.h>
#include <ctwatch/store/store_index.h>

#define SECRET "index-secret"

bool
store_index_secret(
    struct store *s, bool make, uint8_t out[static NAME_KEYS_SECRET])
{
	struct buf stored;
	bool ok;

	buf_init(&stored, NAME_KEYS_SECRET);
	ok = store_value_load(s, SECRET, &stored) &&
	    stored.n == NAME_KEYS_SECRET;
	if (ok)
		memcpy(out, stored.p, NAME_KEYS_SECRET);
	else if (make)
		ok = getrandom(out, NAME_KEYS_SECRET, 0) == NAME_KEYS_SECRET &&
		    store_value_save(
		        s, SECRET, (struct bytes){ out, NAME_KEYS_SECRET });
	buf_fini(&stored);
	return ok;
}

/* Report whether the store has any part of an index. */
static bool
has_parts(struct store *s)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s, "SELECT 1 FROM name_index");
	if ((found = db_row(q)))
		db_done(q);
	return store_unlock(s, found);
}

bool
store_index_use_secret(
    struct store *s, const uint8_t secret[static NAME_KEYS_SECRET])
{
	uint8_t own[NAME_KEYS_SECRET];

	if (store_index_secret(s, false, own) &&
	    memcmp(own, secret, sizeof own) == 0)
		return true;
	return !has_parts(s) &&
	    store_value_save(
	        s, SECRET, (struct bytes){ secret, NAME_KEYS_SECRET });
}

bool
store_index_add(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to, struct bytes part)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO name_index (log, start, stop, saved, size, part)"
	    " VALUES (?, ?, ?, ?, ?, ?)");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)from);
	db_put_int(q, (int64_t)to);
	db_put_int(q, time_now());
	db_put_int(q, (int64_t)part.n);
	db_put_bytes(q, part);
	db_run(q);
	return store_unlock(s, true);
}

bool
store_index_forget(
    struct store *s, const uint8_t log_id[static SHA256_SIZE], uint64_t from)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(
	    s, "DELETE FROM name_index WHERE log = ? AND stop > ?");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)from);
	db_run(q);
	return store_unlock(s, true);
}

struct store_index_part *
store_index_parts(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to, size_t *n)
{
	struct store_index_part *v = NULL;
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT start, stop, file, part FROM name_index"
	    " WHERE log = ? AND start < ? AND stop > ? ORDER BY start, stop");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)(to < INT64_MAX ? to : INT64_MAX));
	db_put_int(q, (int64_t)from);
	for (*n = 0; db_row(q); ++*n) {
		struct store_index_part *p;
		struct bytes file;

		v = mem_grow(v, *n, sizeof *v);
		p = &v[*n];
		*p = (struct store_index_part){
			.from = (uint64_t)db_get_int(q),
		};
		p->to = (uint64_t)db_get_int(q);
		file = db_get_bytes(q);
		p->in_file = file.n == sizeof p->sha256;
		if (p->in_file)
			memcpy(p->sha256, file.p, file.n);
		p->content = db_get_blob(q);
	}
	store_unlock(s, true);
	return v;
}

void
store_index_parts_free(struct store_index_part *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		blob_fini(&v[i].content);
	free(v);
}

bool
store_index_read(struct store *s, const struct store_index_part *p,
    struct buf *out, struct buf *error)
{
	if (p->in_file)
		return index_files_read(s->dir, p->sha256, out, error);
	return buf_add(out, blob_view(p->content));
}

bool
store_index_open_block(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t end, uint64_t within,
    uint64_t from, uint64_t *block)
{
	struct db_query *q;
	bool found = false;

	store_lock(s);
	q = store_ask(s,
	    "SELECT start FROM name_index INDEXED BY name_index_open"
	    " WHERE log = ? AND start >= ? AND start < ? AND file IS NULL"
	    " ORDER BY start");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)from);
	db_put_int(q, (int64_t)(end / INDEX_PART_BLOCK * INDEX_PART_BLOCK));
	while (!found && db_row(q)) {
		*block = index_part_block((uint64_t)db_get_int(q));
		found = within <= *block * INDEX_PART_BLOCK ||
		    within >= (*block + 1) * INDEX_PART_BLOCK;
	}
	if (found)
		db_done(q);
	return store_unlock(s, found);
}

bool
store_index_write(struct store *s, struct bytes content,
    uint8_t sha256[static SHA256_SIZE], struct buf *error)
{
	return index_files_write(s->dir, content, sha256, error);
}

bool
store_index_replace(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to, const uint8_t sha256[static SHA256_SIZE],
    uint64_t size)
{
	const uint64_t block = index_part_block(from) * INDEX_PART_BLOCK;
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "DELETE FROM name_index WHERE log = ? AND start >= ? AND start < "
	    "?");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)block);
	db_put_int(q, (int64_t)(block + INDEX_PART_BLOCK));
	db_run(q);
	q = store_change(s,
	    "INSERT INTO name_index (log, start, stop, saved, size, file)"
	    " VALUES (?, ?, ?, ?, ?, ?)");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)from);
	db_put_int(q, (int64_t)to);
	db_put_int(q, time_now());
	db_put_int(q, (int64_t)size);
	db_put_digest(q, sha256);
	db_run(q);
	return store_unlock(s, true);
}

/* Report whether the store names the file of that digest. */
static bool
is_named(void *arg, const uint8_t sha256[static SHA256_SIZE])
{
	struct store *s = arg;
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s, "SELECT 1 FROM name_index WHERE file = ?");
	db_put_digest(q, sha256);
	if ((found = db_row(q)))
		db_done(q);
	/* Keep it if the store failed. */
	return !store_unlock(s, true) || found;
}

bool
store_index_prune(struct store *s, int64_t before)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s, "DELETE FROM name_index WHERE saved < ?");
	db_put_int(q, before);
	db_run(q);
	if (!store_unlock(s, true) || !store_commit(s))
		return false;
	index_files_remove(s->dir, is_named, s);
	return true;
}

/* Check one stored part, of a log with that description. */
static void
check_part(struct store *s, const struct store_index_part *p,
    const char *description, struct buf *faults)
{
	struct index_part_view view;
	struct buf content, error;
	struct bytes rest;
	bool ok;

	buf_init(&content, LIMIT_INDEX_FILE);
	buf_init(&error, 4096);
	ok = store_index_read(s, p, &content, &error);
	rest = buf_view(&content);
	while (ok && rest.n > 0)
		ok = index_part_take(&rest, &view) && view.begin >= p->from &&
		    view.end <= p->to;
	if (!ok)
		buf_printf(faults,
		    "%s: index of entries %" PRIu64 " to %" PRIu64 ": %s\n",
		    description, p->from, p->to - 1,
		    error.n > 0 ? buf_text(&error) : "malformed");
	buf_fini(&content);
	buf_fini(&error);
}

bool
store_index_check(struct store *s, struct buf *faults)
{
	size_t before = faults->n, logs, n;
	struct store_log *v = store_logs(s, &logs);

	for (size_t i = 0; i < logs; i++) {
		struct store_index_part *parts =
		    store_index_parts(s, v[i].id, 0, UINT64_MAX, &n);

		for (size_t k = 0; k < n; k++)
			check_part(s, &parts[k],
			    v[i].description != NULL ? v[i].description : "?",
			    faults);
		store_index_parts_free(parts, n);
	}
	store_logs_free(v, logs);
	return faults->n == before;
}

bool
store_index_size(struct store *s, struct store_index_size *out)
{
	struct db_query *q;

	*out = (struct store_index_size){ 0 };
	store_lock(s);
	q = store_ask(s,
	    "SELECT count(DISTINCT log), coalesce(sum(stop - start), 0),"
	    " count(file), coalesce(sum(size), 0) FROM name_index");
	if (db_row(q)) {
		out->logs = (uint64_t)db_get_int(q);
		out->entries = (uint64_t)db_get_int(q);
		out->files = (uint64_t)db_get_int(q);
		out->bytes = (uint64_t)db_get_int(q);
		db_done(q);
	}
	return store_unlock(s, true);
}
