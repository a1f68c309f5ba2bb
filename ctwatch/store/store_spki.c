/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/store_private.h"

bool
store_spki_note(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE], uint64_t timestamp)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO key (spki, tbs, timestamp) VALUES (?, ?, ?)"
	    " ON CONFLICT (spki) DO UPDATE SET"
	    " tbs = excluded.tbs, timestamp = excluded.timestamp"
	    " WHERE excluded.timestamp < timestamp");
	db_put_digest(q, spki);
	db_put_digest(q, tbs);
	db_put_int(q, (int64_t)timestamp);
	return store_unlock(s, db_run(q));
}

bool
store_spki_first(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE])
{
	struct db_query *q;
	bool is_first = true;

	store_lock(s);
	q = store_ask(s, "SELECT tbs FROM key WHERE spki = ?");
	db_put_digest(q, spki);
	if (db_row(q)) {
		uint8_t first[SHA256_SIZE];

		db_get_digest(q, first);
		is_first = memcmp(first, tbs, SHA256_SIZE) == 0;
	}
	db_done(q);
	store_unlock(s, true);
	return is_first;
}
