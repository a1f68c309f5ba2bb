/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_private.h"

/* Bytes of a digest that are stored.  To pass for another key's one, a key must
 * have all of them, at a cost of 2^128 attempts. */
#define KEY_SIZE 16

static void
put_key(struct db_query *q, const uint8_t *spki)
{
	db_put_bytes(q, (struct bytes){ spki, KEY_SIZE });
}

bool
store_spki_note(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE])
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO key (hash, cert)"
	    " VALUES (?, (SELECT id FROM cert WHERE tbs = ?))"
	    " ON CONFLICT DO NOTHING");
	put_key(q, spki);
	db_put_digest(q, tbs);
	return store_unlock(s, db_run(q));
}

bool
store_spki_first(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE])
{
	struct db_query *q;
	bool is_first = true;

	store_lock(s);
	/* The search ends at the first earlier certificate, so that it is cheap
	 * for keys with thousands of certificates. */
	q = store_ask(s,
	    "WITH own AS MATERIALIZED (SELECT c.id, coalesce("
	    "  (SELECT min(timestamp) FROM verified_sighting WHERE cert = "
	    "c.id),"
	    "  (SELECT min(timestamp) FROM sighting WHERE cert = c.id)) AS time"
	    "  FROM cert c WHERE c.tbs = ?2)"
	    " SELECT EXISTS (SELECT 1 FROM own CROSS JOIN key k"
	    "  JOIN verified_sighting v ON v.cert = k.cert"
	    "  WHERE k.hash = ?1 AND k.cert <> own.id"
	    "  AND (v.timestamp < own.time OR v.timestamp = own.time"
	    "   AND (SELECT tbs FROM cert WHERE id = v.cert) < ?2))");
	put_key(q, spki);
	db_put_digest(q, tbs);
	if (db_row(q))
		is_first = db_get_int(q) == 0;
	db_done(q);
	store_unlock(s, true);
	return is_first;
}

bool
store_spki_other(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE], uint8_t out[static SHA256_SIZE])
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    "SELECT c.tbs FROM key k JOIN cert c ON c.id = k.cert"
	    " JOIN verified_sighting v ON v.cert = k.cert"
	    " WHERE k.hash = ?1 AND c.tbs <> ?2"
	    " ORDER BY v.timestamp, c.tbs LIMIT 1");
	put_key(q, spki);
	db_put_digest(q, tbs);
	if ((found = db_row(q)))
		db_get_digest(q, out);
	db_done(q);
	return store_unlock(s, found);
}
