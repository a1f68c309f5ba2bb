/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

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

bool
store_report_load(
    struct store *s, const char *finding, struct store_report *out)
{
	struct db_query *q;
	bool found;

	*out = (struct store_report){ 0 };
	snprintf(out->finding, sizeof out->finding, "%s", finding);
	store_lock(s);
	q = store_ask(s,
	    "SELECT sent, ground, due, acknowledged FROM problem_report"
	    " WHERE finding = ?");
	db_put_text(q, finding);
	found = db_row(q);
	if (found) {
		out->sent = db_get_int(q);
		out->ground = db_get_text(q);
		out->due = db_get_int(q);
		out->acknowledged = db_get_int(q);
		db_done(q);
	}
	store_unlock(s, true);
	return found;
}

void
store_report_fini(struct store_report *r)
{
	free(r->ground);
	r->ground = NULL;
}
