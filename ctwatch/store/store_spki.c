/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_private.h"

bool
store_spki_note(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE])
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO key (tbs, spki) VALUES (?, ?)"
	    " ON CONFLICT DO NOTHING");
	db_put_digest(q, tbs);
	db_put_digest(q, spki);
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
	    "SELECT EXISTS (SELECT 1 FROM key k"
	    " JOIN verified_sighting v ON v.tbs = k.tbs"
	    " WHERE k.spki = ?1 AND k.tbs <> ?2"
	    " AND (v.timestamp, v.tbs) < (SELECT coalesce("
	    "  (SELECT min(timestamp) FROM verified_sighting WHERE tbs = ?2),"
	    "  (SELECT min(timestamp) FROM sighting WHERE tbs = ?2), 0), ?2))");
	db_put_digest(q, spki);
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
	    "SELECT k.tbs FROM key k JOIN verified_sighting v ON v.tbs = k.tbs"
	    " WHERE k.spki = ?1 AND k.tbs <> ?2"
	    " ORDER BY v.timestamp, v.tbs LIMIT 1");
	db_put_digest(q, spki);
	db_put_digest(q, tbs);
	if ((found = db_row(q)))
		db_get_digest(q, out);
	db_done(q);
	return store_unlock(s, found);
}
