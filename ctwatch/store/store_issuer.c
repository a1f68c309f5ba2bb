/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/wire/leaf.h>

static const char insert_issuer[] =
    "INSERT OR IGNORE INTO issuer VALUES (?, ?)";

static bool
insert(struct db_query *q, struct bytes der)
{
	uint8_t sha256[SHA256_SIZE];

	sha256_digest(der, sha256);
	db_put_digest(q, sha256);
	db_put_bytes(q, der);
	return db_run(q);
}

bool
store_issuer_save(struct store *s, struct bytes der)
{
	store_lock(s);
	return store_unlock(s, insert(store_change(s, insert_issuer), der));
}

bool
store_issuer_load(
    struct store *s, const uint8_t sha256[static SHA256_SIZE], struct buf *out)
{
	uint8_t got[SHA256_SIZE];
	size_t before = out->n;
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s, "SELECT der FROM issuer WHERE sha256 = ?");
	db_put_digest(q, sha256);
	found = db_row(q) && buf_add(out, db_get_bytes(q));
	db_done(q);
	if (!store_unlock(s, found))
		return false;
	sha256_digest((struct bytes){ out->p + before, out->n - before }, got);
	if (memcmp(got, sha256, SHA256_SIZE) != 0) {
		out->n = before;
		return false;
	}
	return true;
}

uint64_t
store_issuers_count(struct store *s)
{
	struct db_query *q;
	uint64_t n = 0;

	store_lock(s);
	q = store_ask(s, "SELECT count(*) FROM issuer");
	if (db_row(q))
		n = (uint64_t)db_get_int(q);
	db_done(q);
	store_unlock(s, true);
	return n;
}

bool
store_issuers_each(
    struct store *s, void (*each)(void *arg, struct bytes der), void *arg)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s, "SELECT der FROM issuer ORDER BY rowid");
	while (db_row(q))
		each(arg, db_get_bytes(q));
	db_done(q);
	return store_unlock(s, true);
}

/* Take the next element of a chain that is to be saved, of those left. */
static bool
next_element(struct bytes *chain, size_t *left, struct bytes *out)
{
	while (*left > 0 && leaf_next_cert(chain, out)) {
		--*left;
		if (out->n <= LIMIT_ISSUER)
			return true;
	}
	return false;
}

void
store_issuer_add_chain(struct store *s, struct bytes chain)
{
	size_t left = LIMIT_CHAIN;
	struct bytes der;

	while (next_element(&chain, &left, &der))
		insert(store_change(s, insert_issuer), der);
}

void
store_issuer_migrate(struct db *db)
{
	struct db_query *q = db_query(
	    db, "SELECT chain FROM cert WHERE length(chain) > 0 ORDER BY id");

	while (db_row(q)) {
		struct bytes chain = db_get_bytes(q), der;
		size_t left = LIMIT_CHAIN;

		while (next_element(&chain, &left, &der))
			insert(db_query(db, insert_issuer), der);
	}
	db_done(q);
}
