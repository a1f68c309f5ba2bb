/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what is wrong, since when, and what people decided about it. */
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/base/time.h>

#define COLUMNS                                                                \
	"id, rule, severity, status, tbs, subject, message, detail,"           \
	" first_seen, last_seen, first_run, last_run, reason, until, changed"

bool
store_finding_save(struct store *s, const struct store_finding *f)
{
	struct db_query *q;

	store_lock(s);
	/* ?15 closed, ?4 the status that a finding opens with. */
	q = store_change(s,
	    "INSERT INTO finding (" COLUMNS ")"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
	    " ?13, ?14, ?16) ON CONFLICT (id) DO UPDATE SET"
	    " severity = excluded.severity, message = excluded.message,"
	    " subject = excluded.subject, detail = excluded.detail,"
	    " first_seen = min(first_seen, excluded.first_seen),"
	    " last_seen = max(last_seen, excluded.last_seen),"
	    " last_run = max(last_run, excluded.last_run),"
	    " changed = iif(status = ?15 AND ?4 <> ?15 AND"
	    "  coalesce(reason, '') NOT LIKE 'by hand%', ?16, changed),"
	    " status = iif(status = ?15 AND"
	    "  coalesce(reason, '') NOT LIKE 'by hand%', ?4, status),"
	    " first_run = iif(status = ?15 AND"
	    "  coalesce(reason, '') NOT LIKE 'by hand%',"
	    "  excluded.first_run, first_run),"
	    " reason = iif(status = ?15 AND"
	    "  coalesce(reason, '') NOT LIKE 'by hand%',"
	    "  excluded.reason, reason)");
	db_put_text(q, f->id);
	db_put_text(q, f->rule);
	db_put_int(q, f->severity);
	db_put_int(q, f->status);
	db_put_digest(q, f->tbs_sha256);
	db_put_text(q, f->subject);
	db_put_text(q, f->message);
	db_put_text(q, f->detail);
	db_put_int(q, f->first_seen);
	db_put_int(q, f->last_seen);
	db_put_int(q, f->first_run);
	db_put_int(q, f->last_run);
	db_put_text(q, f->reason);
	db_put_int(q, f->until);
	db_put_int(q, STORE_CLOSED);
	db_put_int(q, time_now());
	return store_unlock(s, db_run(q));
}

static void
get_finding(struct db_query *q, struct store_finding *out)
{
	struct bytes id;

	memset(out, 0, sizeof *out);
	id = db_get_bytes(q);
	if (id.n < sizeof out->id)
		memcpy(out->id, id.p, id.n);
	out->rule = db_get_text(q);
	out->severity = (int)db_get_int(q);
	out->status = (enum store_status)db_get_int(q);
	db_get_digest(q, out->tbs_sha256);
	out->subject = db_get_text(q);
	out->message = db_get_text(q);
	out->detail = db_get_text(q);
	out->first_seen = db_get_int(q);
	out->last_seen = db_get_int(q);
	out->first_run = db_get_int(q);
	out->last_run = db_get_int(q);
	out->reason = db_get_text(q);
	out->until = db_get_int(q);
	out->changed = db_get_int(q);
}

bool
store_finding_load(
    struct store *s, const char *id_prefix, struct store_finding *out)
{
	struct store_finding next;
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s,
	    "SELECT " COLUMNS " FROM finding"
	    " WHERE id >= lower(?1) AND id < lower(?1) || 'g'"
	    " ORDER BY id <> ?1 LIMIT 2"); /* 'g' is behind every hex digit */
	db_put_text(q, id_prefix);
	if ((found = db_row(q))) {
		get_finding(q, out);
		if (strlen(id_prefix) < strlen(out->id) && db_row(q)) {
			get_finding(q, &next);
			store_finding_fini(&next);
			store_finding_fini(out);
			found = false;
		}
	}
	db_done(q);
	return store_unlock(s, found);
}

bool
store_finding_status(struct store *s, const char *id, enum store_status status,
    int64_t until, const char *reason)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "UPDATE finding SET status = ?, until = ?, reason = ?,"
	    " changed = ? WHERE id = ?");
	db_put_int(q, status);
	db_put_int(q, until);
	db_put_text(q, reason);
	db_put_int(q, time_now());
	db_put_text(q, id);
	return store_unlock(s, db_run(q) && db_changes(s->db) == 1);
}

bool
store_findings_each(struct store *s,
    void (*each)(void *arg, const struct store_finding *f), void *arg)
{
	struct store_finding f;
	struct db_query *q;
	int64_t *ids;
	size_t n;

	store_lock(s);
	q = store_ask(s,
	    "SELECT rowid FROM finding"
	    " ORDER BY severity DESC, first_seen, id");
	ids = store_rowids(q, &n);
	store_unlock(s, true);
	for (size_t i = 0; i < n; i++) {
		bool found;

		store_lock(s);
		q = store_ask(
		    s, "SELECT " COLUMNS " FROM finding WHERE rowid = ?");
		db_put_int(q, ids[i]);
		if ((found = db_row(q)))
			get_finding(q, &f);
		db_done(q);
		store_unlock(s, true);
		if (found) {
			each(arg, &f);
			store_finding_fini(&f);
		}
	}
	free(ids);
	store_lock(s);
	return store_unlock(s, true);
}

void
store_finding_fini(struct store_finding *f)
{
	free(f->rule);
	free(f->subject);
	free(f->message);
	free(f->detail);
	free(f->reason);
	f->rule = f->subject = f->message = f->detail = f->reason = NULL;
}
