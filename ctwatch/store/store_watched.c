/* SPDX-License-Identifier: Apache-2.0 */
/* Watched items: the run and the entry of each log from which each has been
 * searched. */
#include <stdlib.h>

#include "store/store_private.h"
#include <ctwatch/base/mem.h>

#define SET "watched-set"

/* Report whether the set is the one of the last run. */
static bool
is_known(struct store *s, const uint8_t set[static SHA256_SIZE])
{
	struct buf last;
	bool same;

	buf_init(&last, SHA256_SIZE);
	same = store_value_load(s, SET, &last) &&
	    bytes_equal(buf_view(&last), (struct bytes){ set, SHA256_SIZE });
	buf_fini(&last);
	return same;
}

bool
store_watched_begin(struct store *s, int64_t run,
    const uint8_t set[static SHA256_SIZE], size_t n,
    const char *(*item)(const void *arg, size_t i), const void *arg)
{
	struct db_query *q;

	if (is_known(s, set))
		return true;
	store_lock(s);
	for (size_t i = 0; i < n; i++) {
		q = store_change(s,
		    "INSERT INTO watched (item, run, matched, seen)"
		    " VALUES (?1, ?2, 0, ?2)"
		    " ON CONFLICT (item) DO UPDATE SET seen = ?2");
		db_put_text(q, item(arg, i));
		db_put_int(q, run);
		db_run(q);
	}
	/* A re-added item was not searched in the meantime. */
	q = store_change(s, "DELETE FROM watched WHERE seen <> ?");
	db_put_int(q, run);
	db_run(q);
	q = store_change(s,
	    "INSERT OR IGNORE INTO searched (run, log, first)"
	    " SELECT ?1, id, next FROM log"
	    " WHERE EXISTS (SELECT 1 FROM watched WHERE run = ?1)");
	db_put_int(q, run);
	db_run(q);
	db_run(store_change(s,
	    "DELETE FROM searched WHERE run NOT IN (SELECT run FROM watched)"));
	store_unlock(s, true);
	return store_value_save(s, SET, (struct bytes){ set, SHA256_SIZE });
}

bool
store_watched_since(struct store *s, const char *item,
    const uint8_t log_id[static SHA256_SIZE], uint64_t *entry, int64_t *time)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    "SELECT coalesce((SELECT first FROM searched"
	    "  WHERE run = w.run AND log = ?2), 0), r.started"
	    " FROM watched w JOIN run r ON r.number = w.run WHERE w.item = ?1");
	db_put_text(q, item);
	db_put_digest(q, log_id);
	if ((found = db_row(q))) {
		*entry = (uint64_t)db_get_int(q);
		*time = db_get_int(q);
	}
	db_done(q);
	return store_unlock(s, found);
}

bool
store_watched_extend(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "UPDATE searched SET first = ?2"
	    " WHERE log = ?1 AND first > ?2 AND first <= ?3");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)from);
	db_put_int(q, (int64_t)to);
	return store_unlock(s, db_run(q));
}

bool
store_watched_matched(struct store *s, const char *item, int64_t run)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(
	    s, "UPDATE watched SET matched = ? WHERE item = ? AND matched = 0");
	db_put_int(q, run);
	db_put_text(q, item);
	return store_unlock(s, db_run(q));
}

/* Read the items that q selects, its first column, into a list. */
static void
take_items(struct db_query *q, struct store_watched *out)
{
	while (db_row(q)) {
		out->items = mem_grow(out->items, out->n, sizeof *out->items);
		out->items[out->n++] = db_get_text(q);
	}
}

/* The run after which items are new: the last that ended. */
#define LAST_ENDED                                                             \
	"(SELECT coalesce(max(number), 0) FROM run WHERE ended IS NOT NULL"    \
	" AND number < ?1)"

bool
store_watched_new(
    struct store *s, int64_t run, size_t max, struct store_watched *out)
{
	struct db_query *q;

	*out = (struct store_watched){ .n = 0 };
	store_lock(s);
	q = store_ask(
	    s, "SELECT count(*) FROM watched WHERE run > " LAST_ENDED);
	db_put_int(q, run);
	if (db_row(q))
		out->count = (size_t)db_get_int(q);
	db_done(q);
	if (out->count == 0)
		return store_unlock(s, true);
	q = store_ask(s,
	    "SELECT item FROM watched WHERE run > " LAST_ENDED
	    " ORDER BY item LIMIT ?2");
	db_put_int(q, run);
	db_put_int(q, (int64_t)max);
	take_items(q, out);
	return store_unlock(s, true);
}

#define SILENT                                                                 \
	" FROM watched w WHERE w.matched = 0 AND w.run IN"                     \
	" (SELECT number FROM run WHERE number <= ?1 - ?2 AND started < ?3)"

bool
store_watched_silent(struct store *s, int64_t run, int64_t runs, int64_t before,
    size_t max, struct store_watched *out)
{
	struct db_query *q;

	*out = (struct store_watched){ .n = 0 };
	store_lock(s);
	q = store_ask(s, "SELECT count(*)" SILENT);
	db_put_int(q, run);
	db_put_int(q, runs);
	db_put_int(q, before);
	if (db_row(q))
		out->count = (size_t)db_get_int(q);
	db_done(q);
	if (out->count == 0)
		return store_unlock(s, true);
	q = store_ask(s, "SELECT w.item" SILENT " ORDER BY w.item LIMIT ?4");
	db_put_int(q, run);
	db_put_int(q, runs);
	db_put_int(q, before);
	db_put_int(q, (int64_t)max);
	take_items(q, out);
	return store_unlock(s, true);
}

uint64_t
store_watched_from(
    struct store *s, int64_t run, const uint8_t log_id[static SHA256_SIZE])
{
	struct db_query *q;
	uint64_t from = 0;

	store_lock(s);
	/* A log added later has been searched from the first entry that this
	 * store covers. */
	q = store_ask(s,
	    "SELECT max(l.first, coalesce((SELECT max(first) FROM searched"
	    "  WHERE run > " LAST_ENDED " AND log = l.id), 0))"
	    " FROM log l WHERE l.id = ?2");
	db_put_int(q, run);
	db_put_digest(q, log_id);
	if (db_row(q))
		from = (uint64_t)db_get_int(q);
	db_done(q);
	store_unlock(s, true);
	return from;
}

bool
store_watched_searched(struct store *s, int64_t run,
    const uint8_t log_id[static SHA256_SIZE], uint64_t first)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "UPDATE searched SET first = min(first, ?3)"
	    " WHERE log = ?2 AND run > " LAST_ENDED);
	db_put_int(q, run);
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)first);
	db_run(q);
	return store_unlock(s, true);
}

void
store_watched_fini(struct store_watched *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->items[i]);
	free(w->items);
	*w = (struct store_watched){ .n = 0 };
}
