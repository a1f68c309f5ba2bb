/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/store_content.h"
#include <ctwatch/base/mem.h>

/* The sighting whose log, index and leaf are bound next. */
#define SIGHTING "log = " STORE_LOG_NUMBER " AND idx = ? AND leaf_hash = ?"

/* The same in chain_issuer. */
#define ITS_ISSUERS                                                            \
	"(log, idx, fork) = (SELECT log, idx, fork FROM sighting"              \
	" WHERE " SIGHTING ")"

static void
put_sighting(struct db_query *q, const struct store_sighting *at)
{
	db_put_digest(q, at->log_id);
	db_put_int(q, (int64_t)at->index);
	db_put_digest(q, at->leaf_hash);
}

bool
store_chain_await(
    struct store *s, const struct store_sighting *at, struct bytes issuers)
{
	struct bytes one;

	store_lock(s);
	for (int64_t i = 0; bytes_take(&issuers, SHA256_SIZE, &one); i++) {
		struct db_query *q = store_change(s,
		    "INSERT OR IGNORE INTO chain_issuer"
		    " (position, issuer, log, idx, fork)"
		    " SELECT ?, ?, log, idx, fork FROM sighting"
		    " WHERE " SIGHTING);

		db_put_int(q, i);
		db_put_digest(q, one.p);
		put_sighting(q, at);
		db_run(q);
	}
	return store_unlock(s, true);
}

uint64_t
store_chain_missing(struct store *s, const uint8_t log_id[static SHA256_SIZE])
{
	struct db_query *q;
	uint64_t n = 0;

	store_lock(s);
	q = store_ask(s, "SELECT count(*) FROM missing_issuer WHERE log = ?");
	db_put_digest(q, log_id);
	if (db_row(q))
		n = (uint64_t)db_get_int(q);
	db_done(q);
	store_unlock(s, true);
	return n;
}

bool
store_chain_awaited(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    size_t max, struct buf *out)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT issuer FROM (SELECT issuer FROM missing_issuer"
	    "  WHERE log = ?1 UNION SELECT issuer FROM chain_issuer"
	    "  WHERE log = (SELECT number FROM log_number WHERE log = ?1)"
	    "  AND issuer IN (SELECT sha256 FROM issuer))"
	    " ORDER BY issuer IN (SELECT sha256 FROM issuer), random()"
	    " LIMIT ?2");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)max);
	while (db_row(q)) {
		uint8_t one[SHA256_SIZE];

		db_get_digest(q, one);
		buf_add(out, (struct bytes){ one, SHA256_SIZE });
	}
	return store_unlock(s, true);
}

/* The sightings that lacked this issuer and whose chains are complete now. */
static struct store_sighting *
filled(struct store *s, const uint8_t *issuer, size_t max, size_t *n)
{
	struct store_sighting *v = NULL;
	struct db_query *q = store_ask(s,
	    "SELECT n.log, x.idx, x.leaf_hash, c.tbs, x.timestamp, x.kind,"
	    " x.notes FROM chain_issuer w JOIN sighting x ON x.log = w.log"
	    "  AND x.idx = w.idx AND x.fork = w.fork"
	    " JOIN cert c ON c.id = x.cert JOIN log_number n"
	    "  ON n.number = x.log"
	    " WHERE w.issuer = ? AND NOT EXISTS (SELECT 1 FROM chain_issuer o"
	    "  WHERE o.log = w.log AND o.idx = w.idx AND o.fork = w.fork"
	    "  AND o.issuer NOT IN (SELECT sha256 FROM issuer))"
	    " GROUP BY x.log, x.idx, x.fork LIMIT ?");

	db_put_digest(q, issuer);
	db_put_int(q, (int64_t)max);
	for (*n = 0; db_row(q); (*n)++) {
		struct store_sighting *at;

		v = mem_grow(v, *n, sizeof *v);
		at = &v[*n];
		*at = (struct store_sighting){ 0 };
		db_get_digest(q, at->log_id);
		at->index = (uint64_t)db_get_int(q);
		db_get_digest(q, at->leaf_hash);
		db_get_digest(q, at->tbs_sha256);
		at->timestamp = (uint64_t)db_get_int(q);
		at->kind = (enum leaf_kind)db_get_int(q);
		at->notes = (unsigned)db_get_int(q);
	}
	return v;
}

/* Append the issuers in the chain of a sighting, in order. */
static void
take_issuers(struct store *s, const struct store_sighting *at, struct buf *out)
{
	struct db_query *q = store_ask(s,
	    "SELECT issuer FROM chain_issuer WHERE " ITS_ISSUERS
	    " ORDER BY position");

	put_sighting(q, at);
	while (db_row(q)) {
		uint8_t one[SHA256_SIZE];

		db_get_digest(q, one);
		buf_add(out, (struct bytes){ one, SHA256_SIZE });
	}
}

bool
store_chain_each_filled(struct store *s,
    const uint8_t issuer[static SHA256_SIZE], size_t max,
    void (*each)(
        void *arg, const struct store_sighting *at, struct bytes issuers),
    void *arg)
{
	struct store_sighting *v;
	struct buf issuers;
	size_t n;

	store_lock(s);
	v = filled(s, issuer, max, &n);
	store_unlock(s, true);
	buf_init(&issuers, SIZE_MAX / 2);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&issuers);
		store_lock(s);
		take_issuers(s, &v[i], &issuers);
		store_unlock(s, true);
		each(arg, &v[i], buf_view(&issuers));
	}
	buf_fini(&issuers);
	free(v);
	store_lock(s);
	return store_unlock(s, true);
}

bool
store_chain_complete(struct store *s, const struct store_cert *c,
    const struct store_sighting *at)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s, "UPDATE cert SET judged = NULL WHERE tbs = ?");
	db_put_digest(q, c->tbs_sha256);
	db_run(q);
	store_content_merge_chain(s, c);
	q = store_change(s, "UPDATE sighting SET notes = ? WHERE " SIGHTING);
	db_put_int(q, at->notes);
	put_sighting(q, at);
	db_run(q);
	q = store_change(s, "DELETE FROM chain_issuer WHERE " ITS_ISSUERS);
	put_sighting(q, at);
	return store_unlock(s, db_run(q));
}
