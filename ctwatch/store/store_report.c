/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/store/store_response.h>

bool
store_report_save(struct store *s, const struct store_report *r)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT OR REPLACE INTO problem_report"
	    " (finding, sent, ground, due, acknowledged)"
	    " VALUES (?, ?, ?, ?, ?)");
	db_put_text(q, r->finding);
	db_put_int(q, r->sent);
	db_put_text(q, r->ground);
	db_put_int(q, r->due);
	db_put_int(q, r->acknowledged);
	db_run(q);
	return store_unlock(s, true);
}

/* Take the row of q, if there is one. */
static bool
take(struct db_query *q, struct store_report *out)
{
	struct bytes id;

	if (!db_row(q))
		return false;
	id = db_get_bytes(q);
	if (id.n < sizeof out->finding)
		memcpy(out->finding, id.p, id.n);
	out->sent = db_get_int(q);
	out->ground = db_get_text(q);
	out->due = db_get_int(q);
	out->acknowledged = db_get_int(q);
	db_done(q);
	return true;
}

bool
store_report_load(
    struct store *s, const char *finding, struct store_report *out)
{
	struct db_query *q;
	bool found;

	*out = (struct store_report){ 0 };
	store_lock(s);
	q = store_ask(s,
	    "SELECT finding, sent, ground, due, acknowledged"
	    " FROM problem_report WHERE finding = ?");
	db_put_text(q, finding);
	found = take(q, out);
	store_unlock(s, true);
	return found;
}

bool
store_report_about(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_report *out)
{
	struct db_query *q;
	bool found;

	*out = (struct store_report){ 0 };
	store_lock(s);
	q = store_ask(s,
	    "SELECT p.finding, p.sent, p.ground, p.due, p.acknowledged"
	    " FROM problem_report p JOIN finding f ON f.id = p.finding"
	    " WHERE f.tbs = ? ORDER BY p.due = 0, p.due, p.sent, p.finding"
	    " LIMIT 1");
	db_put_digest(q, tbs);
	found = take(q, out);
	store_unlock(s, true);
	return found;
}

void
store_report_fini(struct store_report *r)
{
	free(r->ground);
	r->ground = NULL;
}
