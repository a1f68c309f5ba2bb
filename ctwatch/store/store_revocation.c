/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/store/store_response.h>

bool
store_revocation_save(struct store *s, const struct store_revocation *r)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT OR REPLACE INTO revocation (tbs, status, reason, date, url,"
	    " crl_sha256, this_update, checked, why, by_ocsp)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	db_put_digest(q, r->tbs_sha256);
	db_put_int(q, r->status);
	db_put_int(q, r->reason);
	db_put_int(q, r->date);
	db_put_text(q, r->url);
	db_put_digest(q, r->crl_sha256);
	db_put_int(q, r->this_update);
	db_put_int(q, r->checked);
	db_put_text(q, r->why);
	db_put_int(q, r->by_ocsp);
	db_run(q);
	return store_unlock(s, true);
}

bool
store_revocation_load(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_revocation *out)
{
	struct db_query *q;
	bool found;

	*out = (struct store_revocation){ 0 };
	memcpy(out->tbs_sha256, tbs, SHA256_SIZE);
	store_lock(s);
	q = store_ask(s,
	    "SELECT status, reason, date, url, crl_sha256, this_update,"
	    " checked, why, by_ocsp FROM revocation WHERE tbs = ?");
	db_put_digest(q, tbs);
	found = db_row(q);
	if (found) {
		out->status = (enum store_revocation_status)db_get_int(q);
		out->reason = (int)db_get_int(q);
		out->date = db_get_int(q);
		out->url = db_get_text(q);
		db_get_digest(q, out->crl_sha256);
		out->this_update = db_get_int(q);
		out->checked = db_get_int(q);
		out->why = db_get_text(q);
		out->by_ocsp = db_get_int(q) != 0;
		db_done(q);
	}
	store_unlock(s, true);
	return found;
}

void
store_revocation_fini(struct store_revocation *r)
{
	free(r->url);
	free(r->why);
	r->url = r->why = NULL;
}

bool
store_revocation_crl_save(
    struct store *s, const char *url, const char *etag, struct bytes number)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT OR REPLACE INTO crl (url, etag, number) VALUES (?, ?, ?)");
	db_put_text(q, url);
	db_put_text(q, etag);
	db_put_bytes(q, number);
	db_run(q);
	return store_unlock(s, true);
}

bool
store_revocation_crl_load(
    struct store *s, const char *url, char **etag, struct buf *number)
{
	struct db_query *q;
	bool found;

	*etag = NULL;
	store_lock(s);
	q = store_ask(s, "SELECT etag, number FROM crl WHERE url = ?");
	db_put_text(q, url);
	found = db_row(q);
	if (found) {
		*etag = db_get_text(q);
		buf_add(number, db_get_bytes(q));
		db_done(q);
	}
	store_unlock(s, true);
	return found;
}

const char *
store_revocation_word(enum store_revocation_status status)
{
	static const char *const words[] = {
		[STORE_REVOCATION_UNKNOWN] = "unknown",
		[STORE_REVOCATION_GOOD] = "good",
		[STORE_REVOCATION_REVOKED] = "revoked",
		[STORE_REVOCATION_NOT_APPLICABLE] = "not-applicable",
	};

	return words[status];
}
