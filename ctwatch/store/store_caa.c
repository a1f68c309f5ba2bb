/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/store/store_caa.h>

#define COLUMNS                                                                \
	"name, first, last, domain, records, authenticated, ttl, resolver"

/* Take the row, if there is one, and skip others. */
static bool
take_row(struct db_query *q, struct store_caa *out)
{
	*out = (struct store_caa){ 0 };
	if (!db_row(q))
		return false;
	out->name = db_get_text(q);
	out->first = db_get_int(q);
	out->last = db_get_int(q);
	out->domain = db_get_text(q);
	out->set = db_get_blob(q);
	out->authenticated = db_get_int(q) != 0;
	out->ttl = (uint32_t)db_get_int(q);
	out->resolver = db_get_text(q);
	db_done(q);
	return true;
}

void
store_caa_fini(struct store_caa *c)
{
	free(c->name);
	free(c->domain);
	free(c->resolver);
	blob_fini(&c->set);
	*c = (struct store_caa){ 0 };
}

static void
insert(struct store *s, const struct store_caa *c)
{
	struct db_query *q;

	q = store_change(
	    s, "INSERT INTO caa (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
	db_put_text(q, c->name);
	db_put_int(q, c->last);
	db_put_int(q, c->last);
	db_put_text(q, c->domain);
	db_put_bytes(q, blob_view(c->set));
	db_put_int(q, c->authenticated);
	db_put_int(q, c->ttl);
	db_put_text(q, c->resolver);
	db_run(q);
	q = store_change(s,
	    "DELETE FROM caa WHERE name = ? AND id NOT IN"
	    " (SELECT id FROM caa WHERE name = ? ORDER BY id DESC LIMIT ?)");
	db_put_text(q, c->name);
	db_put_text(q, c->name);
	db_put_int(q, LIMIT_CAA_HISTORY);
	db_run(q);
}

/* Extend the latest record of the name.  The clock may have been set back. */
static void
extend(struct store *s, const struct store_caa *c)
{
	struct db_query *q = store_change(s,
	    "UPDATE caa SET last = max(last, ?), ttl = max(ttl, ?),"
	    " authenticated = ?, resolver = ? WHERE id ="
	    " (SELECT max(id) FROM caa WHERE name = ?)");

	db_put_int(q, c->last);
	db_put_int(q, c->ttl);
	db_put_int(q, c->authenticated);
	db_put_text(q, c->resolver);
	db_put_text(q, c->name);
	db_run(q);
}

bool
store_caa_add(struct store *s, const struct store_caa *c)
{
	struct store_caa last;
	bool same;

	same = store_caa_last(s, c->name, &last) &&
	    strcmp(last.domain, c->domain) == 0 &&
	    bytes_equal(blob_view(last.set), blob_view(c->set));
	store_caa_fini(&last);
	store_lock(s);
	if (same)
		extend(s, c);
	else
		insert(s, c);
	return store_unlock(s, true);
}

bool
store_caa_last(struct store *s, const char *name, struct store_caa *out)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    "SELECT " COLUMNS " FROM caa WHERE name = ?"
	    " ORDER BY id DESC LIMIT 1");
	db_put_text(q, name);
	found = take_row(q, out);
	return store_unlock(s, found);
}

bool
store_caa_during(struct store *s, const char *name, int64_t from, int64_t to,
    struct store_caa *out)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    "SELECT " COLUMNS ", count(*) AS n FROM caa"
	    " WHERE name = ? AND first <= ? AND last >= ?"
	    " GROUP BY name HAVING n = 1");
	db_put_text(q, name);
	db_put_int(q, to);
	db_put_int(q, from);
	found = take_row(q, out) && out->first <= from && out->last >= to;
	if (!found)
		store_caa_fini(out);
	return store_unlock(s, found);
}

/* Load the record of a row; false if it is gone. */
static bool
load_row(struct store *s, int64_t id, struct store_caa *out)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s, "SELECT " COLUMNS " FROM caa WHERE id = ?");
	db_put_int(q, id);
	found = take_row(q, out);
	return store_unlock(s, found);
}

bool
store_caa_each(struct store *s,
    void (*each)(void *arg, const struct store_caa *c), void *arg)
{
	struct store_caa c;
	int64_t *ids;
	size_t n;

	store_lock(s);
	ids = store_rowids(
	    store_ask(s, "SELECT max(id) FROM caa GROUP BY name"), &n);
	store_unlock(s, true);
	for (size_t i = 0; i < n; i++) {
		if (load_row(s, ids[i], &c))
			each(arg, &c);
		store_caa_fini(&c);
	}
	free(ids);
	store_lock(s);
	return store_unlock(s, true);
}

/* The TBS hashes of certificates, loaded before they are stepped through. */
struct hashes {
	uint8_t (*v)[SHA256_SIZE];
	size_t n;
};

static struct hashes
load_hashes(struct store *s, const char *rule)
{
	struct hashes h = { .n = 0 };
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT tbs FROM cert WHERE NOT EXISTS"
	    " (SELECT 1 FROM caa_judged j WHERE j.tbs = cert.tbs)"
	    " OR tbs IN (SELECT tbs FROM finding WHERE rule = ?"
	    "  AND status <> ?) ORDER BY tbs");
	db_put_text(q, rule);
	db_put_int(q, STORE_CLOSED);
	while (db_row(q)) {
		h.v = mem_grow(h.v, h.n, sizeof *h.v);
		db_get_digest(q, h.v[h.n++]);
	}
	store_unlock(s, true);
	return h;
}

bool
store_caa_certs_each(struct store *s, const char *rule,
    void (*each)(void *arg, const struct store_cert *c), void *arg)
{
	struct hashes h = load_hashes(s, rule);
	struct store_cert c;

	for (size_t i = 0; i < h.n; i++)
		if (store_cert_load(s, h.v[i], &c)) {
			each(arg, &c);
			store_cert_fini(&c);
		}
	free(h.v);
	store_lock(s);
	return store_unlock(s, true);
}

bool
store_caa_judged(struct store *s, const uint8_t tbs[static SHA256_SIZE])
{
	struct db_query *q;

	store_lock(s);
	q = store_change(
	    s, "INSERT OR IGNORE INTO caa_judged (tbs) VALUES (?)");
	db_put_digest(q, tbs);
	return store_unlock(s, db_run(q));
}
