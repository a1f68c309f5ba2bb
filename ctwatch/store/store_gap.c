/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/base/mem.h>

static void
insert_gap(struct store *s, const uint8_t *log_id, const struct store_gap *g)
{
	struct db_query *q = store_change(s,
	    "INSERT INTO gap (log, start, stop, unproved, reason)"
	    " VALUES (?, ?, ?, ?, ?)");

	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)g->from);
	db_put_int(q, (int64_t)g->to);
	db_put_int(q, g->unproved);
	db_put_text(q, g->reason);
	db_run(q);
}

static void
delete_gap(struct store *s, const uint8_t *log_id, uint64_t from)
{
	struct db_query *q =
	    store_change(s, "DELETE FROM gap WHERE log = ? AND start = ?");

	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)from);
	db_run(q);
}

/* The gaps of a log that overlap or touch [from, to]. */
static struct store_gap *
gaps_at(struct store *s, const uint8_t *log_id, uint64_t from, uint64_t to,
    size_t *n)
{
	struct store_gap *v = NULL;
	struct db_query *q = store_ask(s,
	    "SELECT start, stop, unproved, reason FROM gap"
	    " WHERE log = ? AND start <= ? AND stop >= ? ORDER BY start");

	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)to);
	db_put_int(q, (int64_t)from);
	for (*n = 0; db_row(q); (*n)++) {
		struct store_gap *g;
		char *reason;

		v = mem_grow(v, *n, sizeof *v);
		g = &v[*n];
		g->from = (uint64_t)db_get_int(q);
		g->to = (uint64_t)db_get_int(q);
		g->unproved = db_get_int(q) != 0;
		reason = db_get_text(q);
		snprintf(g->reason, sizeof g->reason, "%s", reason);
		free(reason);
	}
	return v;
}

/* Remove [from, to) from every gap; keep the parts on either side. */
static void
cut(struct store *s, const uint8_t *log_id, uint64_t from, uint64_t to)
{
	size_t n;
	struct store_gap *v = gaps_at(s, log_id, from, to, &n);

	for (size_t i = 0; i < n; i++) {
		struct store_gap left = v[i], right = v[i];

		left.to = from < v[i].to ? from : v[i].to;
		right.from = to > v[i].from ? to : v[i].from;
		delete_gap(s, log_id, v[i].from);
		if (left.from < left.to)
			insert_gap(s, log_id, &left);
		if (right.from < right.to)
			insert_gap(s, log_id, &right);
	}
	free(v);
}

bool
store_gap_add(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct store_gap *gap)
{
	struct store_gap g = *gap, *v;
	size_t n;

	store_lock(s);
	if (g.from < g.to) {
		cut(s, log_id, g.from, g.to);
		/* Merge adjacent gaps of the same kind. */
		v = gaps_at(s, log_id, g.from, g.to, &n);
		for (size_t i = 0; i < n; i++) {
			if (v[i].unproved != g.unproved ||
			    strcmp(v[i].reason, g.reason) != 0)
				continue;
			delete_gap(s, log_id, v[i].from);
			g.from = v[i].from < g.from ? v[i].from : g.from;
			g.to = v[i].to > g.to ? v[i].to : g.to;
		}
		free(v);
		insert_gap(s, log_id, &g);
	}
	return store_unlock(s, true);
}

bool
store_gap_remove(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to)
{
	store_lock(s);
	if (from < to)
		cut(s, log_id, from, to);
	return store_unlock(s, true);
}

struct store_gap *
store_gaps(struct store *s, const uint8_t log_id[static SHA256_SIZE], size_t *n)
{
	struct store_gap *v;

	store_lock(s);
	v = gaps_at(s, log_id, 0, INT64_MAX, n);
	store_unlock(s, true);
	return v;
}
