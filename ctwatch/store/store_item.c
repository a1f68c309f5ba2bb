/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/pack.h"
#include "store/store_private.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/store/store_item.h>

/* Copy the next column, a text, into out of n bytes; cut it if it is longer. */
static void
get_word(struct db_query *q, char *out, size_t n)
{
	struct bytes b = db_get_bytes(q);

	b.n = b.n < n ? b.n : n - 1;
	memset(out, 0, n);
	if (b.n > 0)
		memcpy(out, b.p, b.n);
}

/* ---- what a report may show ---- */

/* Findings are loaded in pages, so that each may call the store. */
#define PAGE 256

struct page {
	struct store_item_finding v[PAGE];
	char *reasons[PAGE];
	size_t n;
	uint8_t tbs[SHA256_SIZE]; /* of the last one; next, its rowid */
	int64_t rowid;
};

static void
load_page(struct store *s, struct page *p)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT f.rowid, f.id, f.rule, f.tbs, f.severity, f.status, "
	    "f.first_run,"
	    " coalesce(i.number, 0), coalesce(i.first, 0),"
	    " coalesce(i.not_after, 0), f.first_seen, f.last_seen, f.changed,"
	    " f.reason FROM finding f LEFT JOIN item i ON i.kind = 0"
	    "  AND i.id = f.id AND i.until = 9223372036854775807"
	    "  AND NOT i.outdated"
	    " WHERE (f.tbs, f.rowid) > (?1, ?2) ORDER BY f.tbs, f.rowid"
	    " LIMIT ?3");
	db_put_digest(q, p->tbs);
	db_put_int(q, p->rowid);
	db_put_int(q, PAGE);
	for (p->n = 0; db_row(q); p->n++) {
		struct store_item_finding *f = &p->v[p->n];
		struct store_item *i = &f->item;

		*i = (struct store_item){ 0 };
		p->rowid = db_get_int(q);
		get_word(q, i->id, sizeof i->id);
		get_word(q, i->rule, sizeof i->rule);
		db_get_digest(q, i->tbs_sha256);
		i->severity = (int)db_get_int(q);
		i->status = (enum store_status)db_get_int(q);
		i->first_run = db_get_int(q);
		i->number = db_get_int(q);
		i->first = db_get_int(q);
		i->not_after = db_get_int(q);
		f->first_seen = db_get_int(q);
		f->last_seen = db_get_int(q);
		f->changed = db_get_int(q);
		f->reason = p->reasons[p->n] = db_get_text(q);
		memcpy(p->tbs, i->tbs_sha256, SHA256_SIZE);
	}
	store_unlock(s, true);
}

bool
store_items_findings(struct store *s,
    void (*each)(void *arg, const struct store_item_finding *f), void *arg)
{
	struct page *p = mem_alloc(1, sizeof *p);

	for (load_page(s, p); p->n > 0; load_page(s, p))
		for (size_t i = 0; i < p->n; i++) {
			each(arg, &p->v[i]);
			free(p->reasons[i]);
		}
	free(p);
	store_lock(s);
	return store_unlock(s, true);
}

bool
store_item_expected(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_item *out, int64_t *last_seen)
{
	struct db_query *q;
	bool found;

	*out = (struct store_item){ .status = STORE_OPEN };
	memcpy(out->tbs_sha256, tbs, SHA256_SIZE);
	text_hex((struct bytes){ tbs, SHA256_SIZE }, out->id);
	store_lock(s);
	q = store_ask(s,
	    "SELECT c.last_seen, coalesce(i.number, 0), coalesce(i.first, 0),"
	    " coalesce(i.not_after, 0) FROM cert c LEFT JOIN item i"
	    " ON i.kind = 1 AND i.id = ?1 AND i.until = 9223372036854775807"
	    "  AND NOT i.outdated WHERE c.tbs = ?2");
	db_put_text(q, out->id);
	db_put_digest(q, tbs);
	if ((found = db_row(q))) {
		*last_seen = db_get_int(q);
		out->number = db_get_int(q);
		out->first = db_get_int(q);
		out->not_after = db_get_int(q);
	}
	db_done(q);
	return store_unlock(s, found);
}

uint8_t (*store_item_certs(struct store *s, size_t *n))[SHA256_SIZE]
{
	uint8_t(*v)[SHA256_SIZE] = NULL;
	struct db_query *q;

	store_lock(s);
	q = store_ask(s, "SELECT tbs FROM cert ORDER BY tbs");
	for (*n = 0; db_row(q); ++*n) {
		v = mem_grow(v, *n, sizeof *v);
		db_get_digest(q, v[*n]);
	}
	store_unlock(s, true);
	return v;
}

bool
store_items_watched(struct store *s,
    void (*each)(void *arg, const char *subject, const char *watched),
    void *arg)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT DISTINCT subject, iif(json_valid(detail),"
	    " json_extract(detail, '$.watched'), NULL) FROM finding"
	    " WHERE status <> ?");
	db_put_int(q, STORE_CLOSED);
	while (db_row(q)) {
		char *subject = db_get_text(q), *watched = db_get_text(q);

		each(arg, subject, watched);
		free(subject);
		free(watched);
	}
	return store_unlock(s, true);
}

/* ---- stored items ---- */

bool
store_items_of_run(struct store *s, int64_t run, enum store_item_kind kind,
    void (*each)(void *arg, const struct store_item *i), void *arg)
{
	struct store_item i = { 0 };
	struct db_query *q;

	store_lock(s);
	q = store_ask(s,
	    "SELECT number, id, rule, tbs, severity, status, resolved,"
	    " first_run, first, not_after FROM item"
	    " WHERE until >= ?1 AND since <= ?1 AND kind = ?2");
	db_put_int(q, run);
	db_put_int(q, kind);
	while (db_row(q)) {
		i.number = db_get_int(q);
		get_word(q, i.id, sizeof i.id);
		get_word(q, i.rule, sizeof i.rule);
		db_get_digest(q, i.tbs_sha256);
		i.severity = (int)db_get_int(q);
		i.status = (enum store_status)db_get_int(q);
		i.resolved = db_get_int(q) != 0;
		i.first_run = db_get_int(q);
		i.first = db_get_int(q);
		i.not_after = db_get_int(q);
		each(arg, &i);
	}
	return store_unlock(s, true);
}

bool
store_item_body(struct store *s, int64_t number, struct buf *out)
{
	struct db_query *q;
	bool ok;

	store_lock(s);
	q = store_ask(s, "SELECT body FROM item WHERE number = ?");
	db_put_int(q, number);
	ok = db_row(q);
	if (ok && !pack_open(db_get_bytes(q), out)) {
		db_fail(s->db,
		    "the report of a run is damaged: restore a copy "
		    "of the state");
		ok = false;
	}
	db_done(q);
	return store_unlock(s, ok);
}

bool
store_item_brief(struct store *s, int64_t number, struct store_item_brief *out)
{
	struct db_query *q;

	*out = (struct store_item_brief){ .about = NULL };
	store_lock(s);
	q = store_ask(s,
	    "SELECT about, issuer, logged, matched FROM item"
	    " WHERE number = ? AND about IS NOT NULL");
	db_put_int(q, number);
	if (db_row(q)) {
		out->about = db_get_text(q);
		out->issuer = db_get_text(q);
		out->logged = db_get_text(q);
		out->matched = db_get_int(q);
	}
	db_done(q);
	return store_unlock(s, out->about != NULL);
}

void
store_item_brief_fini(struct store_item_brief *b)
{
	free(b->about);
	free(b->issuer);
	free(b->logged);
	*b = (struct store_item_brief){ .about = NULL };
}

/* Find the current item; report whether it is equal. */
static bool
find_current(struct store *s, enum store_item_kind kind,
    const struct store_item *i, struct bytes body, int64_t *number)
{
	struct db_query *q = store_ask(s,
	    "SELECT number, body, first_run, first, not_after, resolved"
	    " FROM item WHERE kind = ? AND id = ?"
	    " AND until = 9223372036854775807");
	bool equal = false;
	struct buf old;

	db_put_int(q, kind);
	db_put_text(q, i->id);
	*number = 0;
	if (db_row(q)) {
		buf_init(&old, SIZE_MAX / 2);
		*number = db_get_int(q);
		equal = pack_open(db_get_bytes(q), &old) &&
		    bytes_equal(buf_view(&old), body) &&
		    db_get_int(q) == i->first_run &&
		    db_get_int(q) == i->first &&
		    db_get_int(q) == i->not_after &&
		    (db_get_int(q) != 0) == i->resolved;
		buf_fini(&old);
	}
	db_done(q);
	return equal;
}

static void
insert(struct store *s, int64_t run, enum store_item_kind kind,
    struct store_item *i, const struct store_item_brief *brief,
    struct bytes packed)
{
	struct db_query *q = store_change(s,
	    "INSERT INTO item (kind, id, rule, tbs, severity, status, resolved,"
	    " first_run, first, not_after, since, until, outdated, bytes, body,"
	    " about, issuer, logged, matched)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 9223372036854775807, 0,"
	    " ?, ?, ?, ?, ?, ?) RETURNING number");

	db_put_int(q, kind);
	db_put_text(q, i->id);
	db_put_text(q, i->rule);
	db_put_digest(q, i->tbs_sha256);
	db_put_int(q, i->severity);
	db_put_int(q, i->status == STORE_NEW ? STORE_OPEN : i->status);
	db_put_int(q, i->resolved);
	db_put_int(q, i->first_run);
	db_put_int(q, i->first);
	db_put_int(q, i->not_after);
	db_put_int(q, run);
	db_put_int(q, (int64_t)packed.n);
	db_put_bytes(q, packed);
	db_put_text(q, brief != NULL ? brief->about : NULL);
	db_put_text(q, brief != NULL ? brief->issuer : NULL);
	db_put_text(q, brief != NULL ? brief->logged : NULL);
	db_put_int(q, brief != NULL ? brief->matched : 0);
	if (db_row(q))
		i->number = db_get_int(q);
	db_run(q);
}

/* End an item with the run before; one that begins with this run is not
 * needed. */
static void
end(struct store *s, int64_t run, int64_t number)
{
	struct db_query *q =
	    store_change(s, "UPDATE item SET until = ?1 - 1 WHERE number = ?2");

	db_put_int(q, run);
	db_put_int(q, number);
	db_run(q);
	q = store_change(
	    s, "DELETE FROM item WHERE number = ? AND until < since");
	db_put_int(q, number);
	db_run(q);
}

bool
store_item_put(struct store *s, int64_t run, enum store_item_kind kind,
    struct store_item *i, const struct store_item_brief *brief,
    struct bytes body)
{
	struct db_query *q;
	struct buf packed;

	store_lock(s);
	if (find_current(s, kind, i, body, &i->number)) {
		q = store_change(s,
		    "UPDATE item SET outdated = 0 WHERE number = ?"
		    " AND outdated");
		db_put_int(q, i->number);
		db_run(q);
		return store_unlock(s, true);
	}
	if (i->number != 0)
		end(s, run, i->number);
	buf_init(&packed, SIZE_MAX / 2);
	pack_close(body, true, &packed);
	insert(s, run, kind, i, brief, buf_view(&packed));
	buf_fini(&packed);
	return store_unlock(s, true);
}

bool
store_items_end(struct store *s, int64_t run, const int64_t *numbers, size_t n)
{
	struct db_query *q;
	int64_t *all;
	size_t count, k = 0;

	store_lock(s);
	q = store_ask(s,
	    "SELECT number FROM item INDEXED BY item_tbs"
	    " WHERE until = 9223372036854775807"
	    " ORDER BY number");
	all = store_rowids(q, &count);
	for (size_t i = 0; i < count; i++) {
		while (k < n && numbers[k] < all[i])
			k++;
		if (k == n || numbers[k] != all[i])
			end(s, run, all[i]);
	}
	free(all);
	return store_unlock(s, true);
}

bool
store_items_outdate(struct store *s)
{
	store_lock(s);
	return store_unlock(s,
	    db_run(store_change(s,
	        "UPDATE item SET outdated = 1"
	        " WHERE until = 9223372036854775807")));
}
