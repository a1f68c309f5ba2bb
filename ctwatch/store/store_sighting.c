/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_content.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

/* Return the number of a log, which is a new one at its first sighting. */
static int64_t
log_number(struct store *s, const uint8_t *log_id)
{
	return store_number(s, "SELECT " STORE_LOG_NUMBER,
	    "INSERT INTO log_number (log) VALUES (?) RETURNING number",
	    bytes_at(log_id, SHA256_SIZE));
}

/* Insert a sighting of the certificate with this number, unless it is stored:
 * other leaves at its index are forks. */
static bool
insert_sighting(struct store *s, int64_t cert, const struct store_sighting *at)
{
	int64_t log = log_number(s, at->log_id);
	struct db_query *q = store_change(s,
	    "INSERT INTO sighting"
	    " (log, idx, leaf_hash, cert, timestamp, kind, notes, fork)"
	    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7,"
	    " (SELECT coalesce(max(fork) + 1, 0) FROM sighting"
	    "  WHERE log = ?1 AND idx = ?2)"
	    " WHERE NOT EXISTS (SELECT 1 FROM sighting"
	    "  WHERE log = ?1 AND idx = ?2 AND leaf_hash = ?3)");

	db_put_int(q, log);
	db_put_int(q, (int64_t)at->index);
	db_put_digest(q, at->leaf_hash);
	db_put_int(q, cert);
	db_put_int(q, (int64_t)at->timestamp);
	db_put_int(q, at->kind);
	db_put_int(q, at->notes);
	return db_run(q) && db_changes(s->db) > 0;
}

/* Keep a precertificate that is not the leaf's. */
static void
add_other_precert(struct store *s, const struct store_cert *c)
{
	struct db_query *q = store_change(s,
	    "INSERT OR IGNORE INTO other_precert SELECT ?1, ?2 WHERE"
	    " (SELECT count(*) FROM other_precert WHERE tbs = ?1) < ?3");

	db_put_digest(q, c->tbs_sha256);
	db_put_bytes(q, c->precert);
	db_put_int(q, LIMIT_OTHER_PRECERTS);
	db_run(q);
}

bool
store_sighting_add(struct store *s, const struct store_cert *c,
    const struct store_sighting *at)
{
	struct db_query *q;
	int64_t cert;

	store_lock(s);
	cert = store_content_save(s, c);
	if ((at->notes & STORE_NOTE_PRECERT) != 0 && c->precert.n > 0)
		add_other_precert(s, c);
	if (insert_sighting(s, cert, at)) {
		q = store_change(s,
		    "UPDATE cert SET judged = NULL"
		    " WHERE id = ? AND judged IS NOT NULL");
		db_put_int(q, cert);
		db_run(q);
	}
	return store_unlock(s, true);
}

/* Run a statement for the entries [from, to) of a log. */
static void
change_range(struct store *s, const char *sql, const uint8_t *log_id,
    uint64_t from, uint64_t to)
{
	struct db_query *q = store_change(s, sql);

	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)from);
	db_put_int(q, (int64_t)to);
	db_run(q);
}

/* Judge the certificates with a sighting in [from, to) again. */
static void
judge_again(struct store *s, const uint8_t *log_id, uint64_t from, uint64_t to)
{
	change_range(s,
	    "UPDATE cert SET judged = NULL WHERE id IN (SELECT cert"
	    " FROM sighting WHERE log = " STORE_LOG_NUMBER
	    " AND idx >= ? AND idx < ?)",
	    log_id, from, to);
}

bool
store_sightings_proved(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to)
{
	store_lock(s);
	judge_again(s, log_id, from, to);
	return store_unlock(s, true);
}

bool
store_sightings_forget(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to)
{
	store_lock(s);
	judge_again(s, log_id, from, to);
	change_range(s,
	    "DELETE FROM sighting WHERE log = " STORE_LOG_NUMBER
	    " AND idx >= ? AND idx < ?",
	    log_id, from, to);
	change_range(s,
	    "DELETE FROM refused WHERE log = ? AND idx >= ? AND idx < ?",
	    log_id, from, to);
	db_run(store_change(s,
	    "DELETE FROM cert WHERE judged IS NULL AND NOT EXISTS"
	    " (SELECT 1 FROM sighting x WHERE x.cert = cert.id)"));
	/* The records of keys have no index by certificate. */
	if (db_changes(s->db) > 0)
		db_run(store_change(s,
		    "DELETE FROM key WHERE cert NOT IN (SELECT id FROM cert)"));
	return store_unlock(s, true);
}

struct store_sighting *
store_sightings(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], size_t *n)
{
	struct store_sighting *v = NULL;
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT n.log, x.idx, x.leaf_hash, c.tbs, x.timestamp, x.kind,"
	    " x.notes, EXISTS (SELECT 1 FROM verified_sighting v"
	    "  WHERE v.log = x.log AND v.idx = x.idx AND v.fork = x.fork)"
	    " FROM cert c JOIN sighting x ON x.cert = c.id"
	    " JOIN log_number n ON n.number = x.log"
	    " WHERE c.tbs = ? ORDER BY n.log, x.idx, x.leaf_hash");
	db_put_digest(q, tbs);
	for (*n = 0; db_row(q); (*n)++) {
		struct store_sighting *at;

		v = mem_grow(v, *n, sizeof *v);
		at = &v[*n];
		db_get_digest(q, at->log_id);
		at->index = (uint64_t)db_get_int(q);
		db_get_digest(q, at->leaf_hash);
		db_get_digest(q, at->tbs_sha256);
		at->timestamp = (uint64_t)db_get_int(q);
		at->kind = (enum leaf_kind)db_get_int(q);
		at->notes = (unsigned)db_get_int(q);
		at->verified = db_get_int(q) != 0;
	}
	store_unlock(s, true);
	return v;
}
