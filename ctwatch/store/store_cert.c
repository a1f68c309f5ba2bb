/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "store/store_content.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

#define COLUMNS                                                                \
	"tbs, kind, judged, first_seen, last_seen, issuer_key_hash,"           \
	" chain_complete, EXISTS (SELECT 1 FROM verified_sighting v"           \
	"  WHERE v.cert = cert.id), " STORE_CONTENT_COLUMNS

/* The row of q into *out. */
static bool
take_cert(struct store *s, struct db_query *q, struct store_cert *out)
{
	bool found = db_row(q);

	if (found) {
		db_get_digest(q, out->tbs_sha256);
		out->kind = (enum leaf_kind)db_get_int(q);
		db_get_digest(q, out->judged);
		out->first_seen = db_get_int(q);
		out->last_seen = db_get_int(q);
		db_get_digest(q, out->issuer_key_hash);
		out->chain_complete = db_get_int(q) != 0;
		out->verified = db_get_int(q) != 0;
		store_content_take(s, q, out);
	}
	db_done(q);
	return found;
}

bool
store_cert_load(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_cert *out)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(s, "SELECT " COLUMNS " FROM cert WHERE tbs = ?");
	db_put_digest(q, tbs);
	return store_unlock(s, take_cert(s, q, out));
}

void
store_cert_fini(struct store_cert *c)
{
	blob_fini(&c->content);
	c->der = c->precert = c->chain = (struct bytes){ NULL, 0 };
}

bool
store_cert_chain_each(struct store *s, const char *tbs_hex,
    void (*each)(void *arg, struct bytes der), void *arg)
{
	uint8_t tbs[SHA256_SIZE];
	struct store_cert cert;
	struct bytes rest, one;

	if (s == NULL || !text_unhex(tbs_hex, tbs, sizeof tbs) ||
	    !store_cert_load(s, tbs, &cert))
		return false;
	if (cert.kind == LEAF_X509)
		each(arg, cert.der);
	else if (cert.precert.n > 0)
		each(arg, cert.precert);
	for (rest = cert.chain; bytes_vec24(&rest, &one);)
		each(arg, one);
	store_cert_fini(&cert);
	return true;
}

bool
store_cert_other_precerts(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], struct buf *out)
{
	struct db_query *q;

	store_lock(s);
	q = store_ask(
	    s, "SELECT der FROM other_precert WHERE tbs = ? ORDER BY der");
	db_put_digest(q, tbs);
	while (db_row(q)) {
		struct bytes der = db_get_bytes(q);

		buf_add_byte(out, (uint8_t)(der.n >> 16));
		buf_add_byte(out, (uint8_t)(der.n >> 8));
		buf_add_byte(out, (uint8_t)der.n);
		buf_add(out, der);
	}
	db_done(q);
	return store_unlock(s, true);
}

/* Step through the n certificates in these rows, which are freed. */
static bool
step_through(struct store *s, int64_t *ids, size_t n,
    void (*each)(void *arg, const struct store_cert *c), void *arg)
{
	struct store_cert c;

	for (size_t i = 0; i < n; i++) {
		struct db_query *q;
		bool found;

		store_lock(s);
		q = store_ask(s, "SELECT " COLUMNS " FROM cert WHERE id = ?");
		db_put_int(q, ids[i]);
		found = take_cert(s, q, &c);
		store_unlock(s, true);
		if (found) {
			each(arg, &c);
			store_cert_fini(&c);
		}
	}
	free(ids);
	store_lock(s);
	return store_unlock(s, true);
}

bool
store_certs_each(struct store *s,
    void (*each)(void *arg, const struct store_cert *c), void *arg)
{
	int64_t *ids;
	size_t n;

	store_lock(s);
	ids =
	    store_rowids(store_ask(s, "SELECT id FROM cert ORDER BY tbs"), &n);
	store_unlock(s, true);
	return step_through(s, ids, n, each, arg);
}

bool
store_certs_final_each(struct store *s,
    void (*each)(void *arg, const struct store_cert *c), void *arg)
{
	struct db_query *q;
	int64_t *ids;
	size_t n;

	store_lock(s);
	q = store_ask(s,
	    "SELECT id FROM cert WHERE kind = ?"
	    " AND issuer_key_hash <> zeroblob(32) ORDER BY tbs");
	db_put_int(q, LEAF_X509);
	ids = store_rowids(q, &n);
	store_unlock(s, true);
	return step_through(s, ids, n, each, arg);
}

bool
store_cert_judge_again(struct store *s, const uint8_t tbs[static SHA256_SIZE])
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s, "UPDATE cert SET judged = NULL WHERE tbs = ?");
	db_put_digest(q, tbs);
	return store_unlock(s, db_run(q));
}

uint8_t (*store_certs_unjudged(struct store *s, size_t *n))[SHA256_SIZE]
{
	uint8_t(*v)[SHA256_SIZE] = NULL;
	struct db_query *q;

	store_lock(s);
	q = store_ask(
	    s, "SELECT tbs FROM cert WHERE judged IS NULL ORDER BY tbs");
	for (*n = 0; db_row(q); ++*n) {
		v = mem_grow(v, *n, sizeof *v);
		db_get_digest(q, v[*n]);
	}
	store_unlock(s, true);
	return v;
}

bool
store_cert_judged(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    const uint8_t stamp[static SHA256_SIZE])
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s, "UPDATE cert SET judged = ? WHERE tbs = ?");
	db_put_digest(q, stamp);
	db_put_digest(q, tbs);
	return store_unlock(s, db_run(q));
}

bool
store_certs_judge_again(struct store *s, const char *rule)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "UPDATE cert SET judged = NULL WHERE tbs IN"
	    " (SELECT tbs FROM finding WHERE rule = ? AND status <> ?)");
	db_put_text(q, rule);
	db_put_int(q, STORE_CLOSED);
	return store_unlock(s, db_run(q));
}
