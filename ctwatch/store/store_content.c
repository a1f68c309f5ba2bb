/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/pack.h"
#include "store/store_content.h"
#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/leaf.h>

/* The row of a certificate without its bytes. */
struct row {
	int64_t id;
	enum leaf_kind kind;
	int64_t first_seen, last_seen;
	uint8_t issuer_key_hash[SHA256_SIZE];
	bool chain_complete, has_precert, has_chain;
};

static void
add_vector(struct buf *out, struct bytes in)
{
	buf_add_byte(out, (uint8_t)(in.n >> 16));
	buf_add_byte(out, (uint8_t)(in.n >> 8));
	buf_add_byte(out, (uint8_t)in.n);
	buf_add(out, in);
}

/* ---- loading ---- */

/* Append the elements of a path, as u24 vectors. */
static void
add_path(struct store *s, struct bytes issuers, struct buf *out)
{
	struct bytes one;

	while (bytes_take(&issuers, SHA256_SIZE, &one)) {
		struct db_query *q =
		    store_ask(s, "SELECT der FROM issuer WHERE sha256 = ?");

		db_put_digest(q, one.p);
		if (db_row(q))
			add_vector(out, db_get_bytes(q));
		db_done(q);
	}
}

void
store_content_take(struct store *s, struct db_query *q, struct store_cert *out)
{
	struct bytes rest, issuers;
	struct buf all;
	size_t n;

	buf_init(&all, SIZE_MAX / 2);
	if (!pack_open(db_get_bytes(q), &all))
		buf_clear(&all);
	issuers = db_get_bytes(q);
	n = all.n;
	add_path(s, issuers, &all);
	out->content = blob_take(&all);
	rest = blob_view(out->content);
	out->der = out->precert = out->chain = (struct bytes){ NULL, 0 };
	if (n > 0 && bytes_vec24(&rest, &out->der) &&
	    bytes_vec24(&rest, &out->precert))
		out->chain = rest; /* what has no path, or the path's */
}

static bool
load_row(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], struct row *out)
{
	struct db_query *q = store_ask(s,
	    "SELECT id, kind, first_seen, last_seen, issuer_key_hash,"
	    " chain_complete, has_precert, has_chain FROM cert WHERE tbs = ?");
	bool found;

	db_put_digest(q, tbs);
	if ((found = db_row(q))) {
		out->id = db_get_int(q);
		out->kind = (enum leaf_kind)db_get_int(q);
		out->first_seen = db_get_int(q);
		out->last_seen = db_get_int(q);
		db_get_digest(q, out->issuer_key_hash);
		out->chain_complete = db_get_int(q) != 0;
		out->has_precert = db_get_int(q) != 0;
		out->has_chain = db_get_int(q) != 0;
	}
	db_done(q);
	return found;
}

static void
load_content(struct store *s, int64_t id, struct store_cert *out)
{
	struct db_query *q = store_ask(
	    s, "SELECT " STORE_CONTENT_COLUMNS " FROM cert WHERE id = ?");

	db_put_int(q, id);
	if (db_row(q))
		store_content_take(s, q, out);
	db_done(q);
}

/* ---- saving ---- */

/* Append the digests of the elements of a chain; false if it has others than
 * those that are saved as issuers. */
static bool
take_issuers(struct bytes chain, struct buf *out)
{
	uint8_t sha256[SHA256_SIZE];
	struct bytes der;

	while (leaf_next_cert(&chain, &der)) {
		if (der.n > LIMIT_ISSUER ||
		    out->n == LIMIT_CHAIN * sizeof sha256)
			return false;
		sha256_digest(der, sha256);
		buf_add(out, (struct bytes){ sha256, sizeof sha256 });
	}
	return chain.n == 0 && out->n > 0;
}

/* Return the number of the path with these issuers. */
static int64_t
save_path(struct store *s, struct bytes issuers)
{
	return store_number(s, "SELECT number FROM path WHERE issuers = ?",
	    "INSERT INTO path (issuers) VALUES (?) RETURNING number", issuers);
}

/* Save the bytes of a certificate. */
static void
save_content(struct store *s, int64_t id, struct bytes der,
    struct bytes precert, struct bytes chain)
{
	struct db_query *q;
	struct buf all, packed, issuers;
	int64_t path;

	buf_init(&all, SIZE_MAX / 2);
	buf_init(&packed, SIZE_MAX / 2);
	buf_init(&issuers, SIZE_MAX / 2);
	path = take_issuers(chain, &issuers) ? save_path(s, buf_view(&issuers))
	                                     : 0;
	add_vector(&all, der);
	add_vector(&all, precert);
	if (path == 0)
		buf_add(&all, chain);
	pack_close(buf_view(&all), false, &packed);
	q = store_change(s,
	    "UPDATE cert SET has_precert = ?, has_chain = ?,"
	    " path = nullif(?, 0), content = ? WHERE id = ?");
	db_put_int(q, precert.n > 0);
	db_put_int(q, chain.n > 0);
	db_put_int(q, path);
	db_put_bytes(q, buf_view(&packed));
	db_put_int(q, id);
	db_run(q);
	buf_fini(&issuers);
	buf_fini(&packed);
	buf_fini(&all);
}

static int64_t
insert(struct store *s, const struct store_cert *c)
{
	struct db_query *q = store_change(s,
	    "INSERT INTO cert (tbs, kind, judged, first_seen, last_seen,"
	    " issuer_key_hash, chain_complete)"
	    " VALUES (?, ?, NULL, ?, ?, ?, ?) RETURNING id");
	int64_t id = 0;

	db_put_digest(q, c->tbs_sha256);
	db_put_int(q, c->kind);
	db_put_int(q, c->first_seen);
	db_put_int(q, c->last_seen);
	db_put_digest(q, c->issuer_key_hash);
	db_put_int(q, c->chain_complete);
	if (db_row(q))
		id = db_get_int(q);
	db_run(q);
	return id;
}

/* Report whether a key hash is known. */
static bool
is_known(const uint8_t hash[static SHA256_SIZE])
{
	static const uint8_t unknown[SHA256_SIZE];

	return memcmp(hash, unknown, SHA256_SIZE) != 0;
}

static bool
is_better_chain(const struct row *old, const struct store_cert *c)
{
	return (!old->has_chain && c->chain.n > 0) ||
	    (!old->chain_complete && c->chain_complete);
}

/* Replace the parts of the bytes that c has better. */
static void
merge_content(struct store *s, const struct row *old,
    const struct store_cert *c, bool der, bool precert, bool chain)
{
	struct store_cert known = { .content = { NULL, 0 } };

	if (!der && !precert && !chain)
		return;
	load_content(s, old->id, &known);
	save_content(s, old->id, der ? c->der : known.der,
	    precert ? c->precert : known.precert,
	    chain ? c->chain : known.chain);
	store_cert_fini(&known);
}

/* Save the fields of the row that are not the same in both. */
static void
save_row(struct store *s, const struct row *old, const struct row *new)
{
	struct db_query *q;

	if (old->kind == new->kind && old->first_seen == new->first_seen &&
	    old->last_seen == new->last_seen &&
	    old->chain_complete ==
	        new->chain_complete &&memcmp(old->issuer_key_hash,
	            new->issuer_key_hash, SHA256_SIZE) == 0)
		return;
	q = store_change(s,
	    "UPDATE cert SET kind = ?, first_seen = ?, last_seen = ?,"
	    " issuer_key_hash = ?, chain_complete = ? WHERE id = ?");
	db_put_int(q, new->kind);
	db_put_int(q, new->first_seen);
	db_put_int(q, new->last_seen);
	db_put_digest(q, new->issuer_key_hash);
	db_put_int(q, new->chain_complete);
	db_put_int(q, old->id);
	db_run(q);
}

/* What the chain of c adds to the row. */
static void
merge_issuer(struct row *row, const struct store_cert *c)
{
	if (!is_known(row->issuer_key_hash))
		memcpy(row->issuer_key_hash, c->issuer_key_hash, SHA256_SIZE);
	row->chain_complete = row->chain_complete || c->chain_complete;
}

int64_t
store_content_save(struct store *s, const struct store_cert *c)
{
	struct row old, new;
	int64_t id;

	store_issuer_add_chain(s, c->chain);
	if (!load_row(s, c->tbs_sha256, &old)) {
		id = insert(s, c);
		save_content(s, id, c->der, c->precert, c->chain);
		return id;
	}
	new = old;
	/* Kind 0 is a final certificate, 1 a bare TBSCertificate. */
	if (c->kind < old.kind)
		new.kind = c->kind;
	if (c->first_seen < old.first_seen)
		new.first_seen = c->first_seen;
	if (c->last_seen > old.last_seen)
		new.last_seen = c->last_seen;
	merge_issuer(&new, c);
	save_row(s, &old, &new);
	merge_content(s, &old, c, c->kind < old.kind,
	    !old.has_precert && c->precert.n > 0, is_better_chain(&old, c));
	return old.id;
}

void
store_content_merge_chain(struct store *s, const struct store_cert *c)
{
	struct row old, new;

	if (!load_row(s, c->tbs_sha256, &old))
		return;
	new = old;
	merge_issuer(&new, c);
	save_row(s, &old, &new);
	merge_content(s, &old, c, false, false, is_better_chain(&old, c));
}

/* ---- schema step 19 ---- */

static void
move_one(struct store *s, int64_t id)
{
	struct db_query *q =
	    store_ask(s, "SELECT der, precert, chain FROM cert WHERE id = ?");
	struct bytes der, precert, chain;

	db_put_int(q, id);
	if (!db_row(q))
		return;
	der = db_get_bytes(q);
	precert = db_get_bytes(q);
	chain = db_get_bytes(q);
	save_content(s, id, der, precert, chain);
	db_done(q);
}

void
store_content_migrate(struct db *db)
{
	/* The migration is in a transaction. */
	struct store s = { .db = db, .writable = true, .changing = true };
	size_t n;
	int64_t *ids = store_rowids(store_ask(&s, "SELECT id FROM cert"), &n);

	for (size_t i = 0; i < n; i++)
		move_one(&s, ids[i]);
	free(ids);
	db_exec(db,
	    "ALTER TABLE cert DROP COLUMN der;"
	    "ALTER TABLE cert DROP COLUMN precert;"
	    "ALTER TABLE cert DROP COLUMN chain;");
}
