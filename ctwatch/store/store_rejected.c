/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

/*
 * A log of rejected entries must not fill the disk: keep the latest of each
 * log, more of those that may match a watched name.
 */
static void
prune_refused(struct store *s)
{
	struct db_query *q = store_change(s,
	    "DELETE FROM refused WHERE id IN (SELECT id FROM"
	    " (SELECT id, match IS NULL AS plain, row_number() OVER"
	    "  (PARTITION BY log, match IS NULL ORDER BY id DESC) AS age"
	    "  FROM refused) WHERE age > iif(plain, ?, ?))");

	db_put_int(q, LIMIT_REFUSED_KEPT);
	db_put_int(q, LIMIT_REFUSED_MATCHES_KEPT);
	db_run(q);
	s->refused = 0;
}

bool
store_rejected_add(struct store *s, const struct store_rejected *r)
{
	const struct bytes none = { NULL, 0 };
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO refused (log, idx, seen, reason, match, leaf_input,"
	    " extra_data) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (log, idx) "
	    "DO UPDATE SET"
	    " seen = excluded.seen, reason = excluded.reason,"
	    " match = excluded.match, leaf_input = excluded.leaf_input,"
	    " extra_data = excluded.extra_data");
	db_put_digest(q, r->log_id);
	db_put_int(q, (int64_t)r->index);
	db_put_int(q, r->seen);
	db_put_text(q, r->reason);
	db_put_text(q, r->match);
	db_put_bytes(q, r->match != NULL ? r->leaf_input : none);
	db_put_bytes(q, r->match != NULL ? r->extra_data : none);
	if (db_run(q) && ++s->refused > LIMIT_REFUSED_KEPT)
		prune_refused(s);
	return store_unlock(s, true);
}

bool
store_rejected_each(struct store *s, int64_t since,
    void (*each)(void *arg, const struct store_rejected *r), void *arg)
{
	struct db_query *q;
	int64_t *ids;
	size_t n;

	store_lock(s);
	q = store_ask(
	    s, "SELECT id FROM refused WHERE seen >= ? ORDER BY log, idx");
	db_put_int(q, since);
	ids = store_rowids(q, &n);
	store_unlock(s, true);
	for (size_t i = 0; i < n; i++) {
		struct store_rejected r;
		struct blob leaf = { 0 }, extra = { 0 };
		char *reason = NULL, *match = NULL;
		bool found;

		store_lock(s);
		q = store_ask(s,
		    "SELECT log, idx, seen, reason, match, leaf_input,"
		    " extra_data FROM refused WHERE id = ?");
		db_put_int(q, ids[i]);
		if ((found = db_row(q))) {
			db_get_digest(q, r.log_id);
			r.index = (uint64_t)db_get_int(q);
			r.seen = db_get_int(q);
			r.reason = reason = db_get_text(q);
			r.match = match = db_get_text(q);
			leaf = db_get_blob(q);
			extra = db_get_blob(q);
			r.leaf_input = blob_view(leaf);
			r.extra_data = blob_view(extra);
		}
		db_done(q);
		if (store_unlock(s, found))
			each(arg, &r);
		free(reason);
		free(match);
		blob_fini(&leaf);
		blob_fini(&extra);
	}
	free(ids);
	store_lock(s);
	return store_unlock(s, true);
}
