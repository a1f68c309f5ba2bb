/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/base/mem.h>

#define COLUMNS                                                                \
	"id, description, url, submission_url, operator, key, mmd, start,"     \
	" is_static, first, next, verified,"                                   \
	" page, added, progress, mismatches, listed, accused,"                 \
	" earliest, earliest_at, latest, latest_at, nodes, proved"

/* Store only the nodes: their levels follow from the size. */
static void
put_range(struct db_query *q, const struct merkle_range *r, uint64_t size)
{
	static_assert(sizeof r->node[0] == SHA256_SIZE, "nodes are packed");
	assert(r->begin == 0 && r->end == size);
	db_put_bytes(
	    q, (struct bytes){ r->node[0].b, r->n * sizeof r->node[0] });
}

static void
get_log(struct db_query *q, struct store_log *out)
{
	char **text[] = { &out->description, &out->url, &out->submission_url,
		&out->operator};
	bool stored, whole;

	db_get_digest(q, out->id);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		*text[i] = db_get_text(q);
	out->key = db_get_blob(q);
	out->mmd = db_get_int(q);
	out->start = db_get_int(q);
	out->kind = (enum log_kind)db_get_int(q);
	out->first = (uint64_t)db_get_int(q);
	out->next = (uint64_t)db_get_int(q);
	out->verified = (uint64_t)db_get_int(q);
	out->page = (uint32_t)db_get_int(q);
	out->added = db_get_int(q);
	out->progress = db_get_int(q);
	out->mismatches = (uint64_t)db_get_int(q);
	out->listed = db_get_int(q) != 0;
	out->accused = (unsigned)db_get_int(q);
	out->dates.earliest = (uint64_t)db_get_int(q);
	out->dates.earliest_at = (uint64_t)db_get_int(q);
	out->dates.latest = (uint64_t)db_get_int(q);
	out->dates.latest_at = (uint64_t)db_get_int(q);
	stored = store_take_range(q, out->next, &out->range);
	whole = store_take_range(q, out->verified, &out->proved);
	out->has_range = stored && whole;
}

bool
store_log_load(struct store *s, const uint8_t id[static SHA256_SIZE],
    struct store_log *out)
{
	struct db_query *q;
	bool found;

	store_lock(s);
	q = store_ask(s, "SELECT " COLUMNS " FROM log WHERE id = ?");
	db_put_digest(q, id);
	if ((found = db_row(q)))
		get_log(q, out);
	db_done(q);
	return store_unlock(s, found);
}

bool
store_log_save(struct store *s, const struct store_log *log)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT INTO log (" COLUMNS ")"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	    "?, ?, ?, ?, ?)"
	    " ON CONFLICT (id) DO UPDATE SET"
	    " description = excluded.description,"
	    " operator = excluded.operator, url = excluded.url,"
	    " submission_url = excluded.submission_url, key = excluded.key,"
	    " mmd = excluded.mmd, start = excluded.start,"
	    " is_static = excluded.is_static, first = excluded.first,"
	    " next = excluded.next, verified = excluded.verified,"
	    " page = excluded.page, added = excluded.added,"
	    " progress = excluded.progress,"
	    " mismatches = excluded.mismatches, listed = excluded.listed,"
	    " accused = excluded.accused, earliest = excluded.earliest,"
	    " earliest_at = excluded.earliest_at, latest = excluded.latest,"
	    " latest_at = excluded.latest_at,"
	    " nodes = excluded.nodes, proved = excluded.proved");
	db_put_digest(q, log->id);
	db_put_text(q, log->description);
	db_put_text(q, log->url);
	db_put_text(q, log->submission_url);
	db_put_text(q, log->operator);
	db_put_bytes(q, blob_view(log->key));
	db_put_int(q, log->mmd);
	db_put_int(q, log->start);
	db_put_int(q, log->kind);
	db_put_int(q, (int64_t)log->first);
	db_put_int(q, (int64_t)log->next);
	db_put_int(q, (int64_t)log->verified);
	db_put_int(q, log->page);
	db_put_int(q, log->added);
	db_put_int(q, log->progress);
	db_put_int(q, (int64_t)log->mismatches);
	db_put_int(q, log->listed);
	db_put_int(q, log->accused);
	db_put_int(q, (int64_t)log->dates.earliest);
	db_put_int(q, (int64_t)log->dates.earliest_at);
	db_put_int(q, (int64_t)log->dates.latest);
	db_put_int(q, (int64_t)log->dates.latest_at);
	if (log->has_range) {
		put_range(q, &log->range, log->next);
		put_range(q, &log->proved, log->verified);
	} /* else both stay null */
	return store_unlock(s, db_run(q));
}

void
store_log_fini(struct store_log *log)
{
	free(log->description);
	free(log->operator);
	free(log->url);
	free(log->submission_url);
	blob_fini(&log->key);
	memset(log, 0, sizeof *log);
}

/* Copy s, which may be the value of *out. */
static void
replace(char **out, const char *s)
{
	char *copy = s != NULL ? mem_strdup(s) : NULL;

	free(*out);
	*out = copy;
}

void
store_log_describe(struct store_log *log, const char *description,
    const char *run_by, const char *url, const char *submission_url,
    struct bytes key)
{
	struct blob copy = blob_copy(key);

	replace(&log->description, description);
	replace(&log->operator, run_by);
	replace(&log->url, url);
	replace(&log->submission_url, submission_url);
	blob_fini(&log->key);
	log->key = copy;
}

struct store_log *
store_logs(struct store *s, size_t *n)
{
	struct store_log *v = NULL;
	struct db_query *q;

	store_lock(s);
	q = store_ask(
	    s, "SELECT " COLUMNS " FROM log ORDER BY description, id");
	for (*n = 0; db_row(q); (*n)++) {
		v = mem_grow(v, *n, sizeof *v);
		get_log(q, &v[*n]);
	}
	store_unlock(s, true);
	return v;
}

void
store_logs_free(struct store_log *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		store_log_fini(&v[i]);
	free(v);
}
