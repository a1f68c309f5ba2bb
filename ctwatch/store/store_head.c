/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree heads as evidence.  The number kept per log is limited: the first
 * verified head and the largest of each UTC day, the first and the latest
 * unverified ones, the first conflicting ones.
 */
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

#define COLUMNS "log, size, timestamp, root, seen, state, signature, raw"

static void
get_head(struct db_query *q, struct store_head *h)
{
	struct bytes b;

	db_get_digest(q, h->log_id);
	h->head.size = (uint64_t)db_get_int(q);
	h->head.timestamp = (uint64_t)db_get_int(q);
	db_get_digest(q, h->head.root.b);
	h->seen = db_get_int(q);
	h->state = (enum store_head_state)db_get_int(q);
	b = db_get_bytes(q);
	h->head.n_signature =
	    b.n < TREE_HEAD_SIGNATURE_MAX ? b.n : TREE_HEAD_SIGNATURE_MAX;
	if (b.n > 0)
		memcpy(h->head.signature, b.p, h->head.n_signature);
	h->raw = db_get_bytes(q);
}

/* A larger verified head replaces a smaller one of the same day. */
static void
prune_proved(struct store *s, const struct store_head *h)
{
	int64_t day = h->seen - h->seen % TIME_DAY;
	struct db_query *q = store_change(s,
	    "DELETE FROM head WHERE log = ?1 AND state = ?2"
	    " AND seen >= ?3 AND seen < ?4 AND size <= ?5"
	    " AND NOT (size = ?5 AND timestamp = ?6)"
	    " AND id <> (SELECT min(id) FROM head"
	    "  WHERE log = ?1 AND state = ?2)");

	db_put_digest(q, h->log_id);
	db_put_int(q, STORE_HEAD_PROVED);
	db_put_int(q, day);
	db_put_int(q, day + TIME_DAY);
	db_put_int(q, (int64_t)h->head.size);
	db_put_int(q, (int64_t)h->head.timestamp);
	db_run(q);
}

/* Delete all heads of a state except the first and the latest few. */
static void
prune_signed(struct store *s, const struct store_head *h)
{
	struct db_query *q = store_change(s,
	    "DELETE FROM head WHERE log = ?1 AND state = ?2 AND id NOT IN"
	    " (SELECT id FROM head WHERE log = ?1 AND state = ?2"
	    "  ORDER BY id DESC LIMIT ?3)"
	    " AND id <> (SELECT min(id) FROM head"
	    "  WHERE log = ?1 AND state = ?2)");

	db_put_digest(q, h->log_id);
	db_put_int(q, STORE_HEAD_SIGNED);
	db_put_int(q, LIMIT_HEADS_SIGNED);
	db_run(q);
}

/* The first conflicts are sufficient proof. */
static void
prune_conflict(struct store *s, const struct store_head *h)
{
	struct db_query *q = store_change(s,
	    "DELETE FROM head WHERE log = ?1 AND state = ?2 AND id NOT IN"
	    " (SELECT id FROM head WHERE log = ?1 AND state = ?2"
	    "  ORDER BY id LIMIT ?3)");

	db_put_digest(q, h->log_id);
	db_put_int(q, STORE_HEAD_CONFLICT);
	db_put_int(q, LIMIT_HEADS_CONFLICT);
	db_run(q);
}

bool
store_head_save(struct store *s, const struct store_head *h)
{
	const struct bytes none = { NULL, 0 };
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO head (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (log, size, timestamp, root) DO UPDATE"
	    " SET state = excluded.state WHERE excluded.state > state");
	db_put_digest(q, h->log_id);
	db_put_int(q, (int64_t)h->head.size);
	db_put_int(q, (int64_t)h->head.timestamp);
	db_put_digest(q, h->head.root.b);
	db_put_int(q, h->seen);
	db_put_int(q, h->state);
	db_put_bytes(
	    q, (struct bytes){ h->head.signature, h->head.n_signature });
	db_put_bytes(q, h->raw.n <= LIMIT_HEAD_RAW ? h->raw : none);
	if (db_run(q) && db_changes(s->db) > 0) {
		if (h->state == STORE_HEAD_PROVED)
			prune_proved(s, h);
		else if (h->state == STORE_HEAD_SIGNED)
			prune_signed(s, h);
		else
			prune_conflict(s, h);
	}
	return store_unlock(s, true);
}

bool
store_heads_each(struct store *s, const uint8_t *log_id,
    void (*each)(void *arg, const struct store_head *h), void *arg)
{
	struct store_head h;
	struct db_query *q;
	int64_t *ids;
	size_t n;

	store_lock(s);
	q = store_ask(s,
	    "SELECT id FROM head WHERE ?1 IS NULL OR log = ?1"
	    " ORDER BY log, size, timestamp, id");
	if (log_id != NULL)
		db_put_digest(q, log_id);
	ids = store_rowids(q, &n);
	store_unlock(s, true);
	for (size_t i = 0; i < n; i++) {
		struct blob raw = { 0 };
		bool found;

		store_lock(s);
		q = store_ask(s, "SELECT " COLUMNS " FROM head WHERE id = ?");
		db_put_int(q, ids[i]);
		if ((found = db_row(q))) {
			get_head(q, &h);
			raw = blob_copy(h.raw);
			h.raw = blob_view(raw);
		}
		db_done(q);
		if (store_unlock(s, found))
			each(arg, &h);
		blob_fini(&raw);
	}
	free(ids);
	store_lock(s);
	return store_unlock(s, true);
}

static bool
load_head(struct store *s, struct db_query *q, struct tree_head *out)
{
	struct store_head h;
	bool found = db_row(q);

	if (found) {
		get_head(q, &h);
		*out = h.head;
	}
	db_done(q);
	return store_unlock(s, found);
}

bool
store_head_last(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    enum store_head_state least, struct tree_head *out)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT " COLUMNS " FROM head WHERE log = ?1 AND state >= ?2"
	    " AND (state < ?3 OR ?2 = ?3)"
	    " ORDER BY size DESC, timestamp DESC LIMIT 1");
	db_put_digest(q, log_id);
	db_put_int(q, least);
	db_put_int(q, STORE_HEAD_CONFLICT);
	return load_head(s, q, out);
}

/* A log signs the time of its heads; the times of an issuance log's are of its
 * cosigners, which do not share a clock.  A log's kind is 2 then. */
#define TIMED "(SELECT is_static <> 2 FROM log WHERE id = ?1)"

bool
store_head_contradiction(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], const struct tree_head *h,
    struct tree_head *out)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT " COLUMNS " FROM head WHERE log = ?1 AND state < ?2"
	    " AND ((size = ?3 AND root <> ?4)"
	    "  OR (size > ?3 AND timestamp < ?5 AND " TIMED ")"
	    "  OR (size < ?3 AND timestamp > ?5 AND " TIMED "))"
	    " ORDER BY state = ?6 DESC, id LIMIT 1");
	db_put_digest(q, log_id);
	db_put_int(q, STORE_HEAD_CONFLICT);
	db_put_int(q, (int64_t)h->size);
	db_put_digest(q, h->root.b);
	db_put_int(q, (int64_t)h->timestamp);
	db_put_int(q, STORE_HEAD_PROVED);
	return load_head(s, q, out);
}

bool
store_head_state(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct tree_head *h, enum store_head_state *out)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    "SELECT state FROM head WHERE log = ? AND size = ? AND root = ?"
	    " ORDER BY state DESC LIMIT 1");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)h->size);
	db_put_digest(q, h->root.b);
	found = db_row(q);
	if (found)
		*out = (enum store_head_state)db_get_int(q);
	db_done(q);
	return store_unlock(s, found);
}

/* Maximum time that the clock may be ahead of the newest head: one head per day
 * (RFC 6962, 3.5), and an hour to read it. */
#define CLOCK_AHEAD (TIME_DAY + TIME_HOUR)

int64_t
store_head_time(struct store *s, int64_t now)
{
	struct db_query *q;
	int64_t newest = 0;

	store_lock(s);
	q = store_ask(s,
	    "WITH v AS (SELECT max(h.timestamp) AS t FROM head h"
	    "  JOIN log l ON l.id = h.log"
	    "  WHERE h.state = ? AND coalesce(l.url, '') NOT LIKE 'file:%'"
	    "  GROUP BY h.log ORDER BY t DESC)"
	    " SELECT t FROM v"
	    " LIMIT 1 OFFSET (SELECT count(*) >= 3 FROM v)");
	db_put_int(q, STORE_HEAD_PROVED);
	if (db_row(q))
		newest = db_get_int(q);
	db_done(q);
	store_unlock(s, true);
	return newest > 0 && now > newest + CLOCK_AHEAD ? newest + CLOCK_AHEAD
	                                                : now;
}

bool
store_heads_clear(struct store *s, const uint8_t log_id[static SHA256_SIZE])
{
	struct db_query *q;

	store_lock(s);
	q = store_change(
	    s, "UPDATE head SET state = ? WHERE log = ? AND state = ?");
	db_put_int(q, STORE_HEAD_SIGNED);
	db_put_digest(q, log_id);
	db_put_int(q, STORE_HEAD_CONFLICT);
	return store_unlock(s, db_run(q));
}
