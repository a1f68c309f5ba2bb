/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill_make: make the plan of a backfill: choose the logs and their ranges,
 * and get the hashes of the parts.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/sync/backfill.h>

/* The entries of a part unless the user gives a number: the hash of one is in
 * the level-2 tile of a static-ct-api log. */
#define PART_ENTRIES (UINT64_C(1) << 16)

/* One log of the plan in the making. */
struct making {
	struct log_reader reader;
	struct coverage coverage;
	struct blob raw; /* of the head */
	uint64_t first, end;
};

struct makings {
	struct log_reader_shared shared;
	const struct backfill_make_range *range;
	const struct watch *watch;
	struct making *v;
	size_t n;
};

/* ---- the head and the range of a log ---- */

/* The argument of store_heads_each. */
struct stored_head {
	struct making *m;
	bool found;
};

static void
take_proved(void *arg, const struct store_head *h)
{
	struct stored_head *x = arg;

	if (h->state != STORE_HEAD_PROVED || h->raw.n == 0 ||
	    (x->found && h->head.size < x->m->reader.head.size))
		return;
	blob_fini(&x->m->raw);
	x->m->raw = blob_copy(h->raw);
	x->m->reader.head = h->head;
	x->found = true;
}

/* Take the largest proved head of the store, or fetch one. */
static bool
find_head(struct making *m, struct buf *error)
{
	struct log_reader *r = &m->reader;
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	struct stored_head stored = { m, false };
	struct store *store = r->shared->options->store;
	struct buf raw;
	bool ok;

	if (store != NULL)
		store_heads_each(store, r->log->id, take_proved, &stored);
	if (stored.found)
		return true;
	buf_init(&raw, LIMIT_SMALL_BODY);
	ok = log_client_head(r->client, &fetch, &r->head, &raw, error) ==
	    LOG_CLIENT_OK;
	if (ok && r->head.size >> 62 != 0) {
		buf_add_text(error, "its tree head is impossible");
		ok = false;
	}
	if (ok)
		m->raw = blob_take(&raw);
	buf_fini(&raw);
	return ok;
}

/*
 * The end of the entries that the store may lack for one of the items: those
 * from there on were searched for all items.
 */
static uint64_t
uncovered_end(const struct makings *all, const struct making *m)
{
	struct store *store = all->shared.options->store;
	const uint8_t *id = m->reader.log->id;
	uint64_t end = 0, entry, size = m->reader.head.size;
	struct store_log state;
	int64_t time;

	if (store == NULL || !store_log_load(store, id, &state))
		return size;
	if (state.has_range)
		end = state.first;
	for (size_t i = 0; i < watch_count(all->watch) && state.has_range; i++)
		if (!store_watched_since(
		        store, watch_item(all->watch, i), id, &entry, &time))
			end = size;
		else if (entry > end)
			end = entry;
	if (!state.has_range || end > size)
		end = size;
	store_log_fini(&state);
	return end;
}

/* Round up to whole tiles, as far as the tree goes. */
static uint64_t
whole_tiles(uint64_t end, uint64_t size)
{
	end =
	    (end + LIMIT_TILE_WIDTH - 1) / LIMIT_TILE_WIDTH * LIMIT_TILE_WIDTH;
	return end < size ? end : size;
}

/* Set the entries to read. */
static bool
find_range(const struct makings *all, struct making *m, struct buf *error)
{
	const struct backfill_make_range *range = all->range;
	struct log_reader *r = &m->reader;
	uint64_t size = r->head.size, end;

	m->first = 0;
	m->end = uncovered_end(all, m);
	if (range->since > 0 &&
	    !start_index_of_time(r, range->since, &m->first, error))
		return false;
	if (range->until > 0) {
		/* Entries may be merged up to the MMD later, and the time is
		 * found within a page. */
		if (!start_index_of_time(
		        r, range->until + 2 * r->log->mmd, &end, error))
			return false;
		end += (uint64_t)2 * LIMIT_TILE_WIDTH;
		if (end < m->end)
			m->end = end;
	}
	m->first -= m->first % LIMIT_TILE_WIDTH;
	m->end = whole_tiles(m->end, size);
	return true;
}

/* ---- the hashes of the parts ---- */

/* Find the subtree in a range. */
static bool
find_node(const struct merkle_range *in, uint64_t start, unsigned level,
    struct merkle_hash *out)
{
	uint64_t at = in->begin;

	for (size_t i = 0; i < in->n; i++) {
		if (at == start && in->level[i] == level) {
			*out = in->node[i];
			return true;
		}
		at += UINT64_C(1) << in->level[i];
	}
	return false;
}

/* Get the range [from, to); whole is the range of the tree. */
static bool
get_range(struct making *m, const struct merkle_range *whole, uint64_t from,
    uint64_t to, struct merkle_range *out, struct buf *error)
{
	struct log_reader *r = &m->reader;
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	struct merkle_hash nodes[MERKLE_RANGE_NODES];
	size_t n = 0;

	for (uint64_t at = from; at < to; n++) {
		unsigned level = merkle_subtree_level(at, to);

		if (!find_node(whole, at, level, &nodes[n]) &&
		    r->client->pages->subtree(r->client, &fetch, &r->head,
		        level, at, &nodes[n], error) != LOG_CLIENT_OK)
			return false;
		at += UINT64_C(1) << level;
	}
	return merkle_range_load_from(out, from, to, nodes, n);
}

/* Append the parts of a log to the plan. */
static bool
get_parts(struct making *m, uint64_t part_entries, struct backfill_plan *p,
    struct backfill_plan_log *l, struct buf *error)
{
	struct log_reader *r = &m->reader;
	struct merkle_range whole;
	uint64_t to;

	if (start_index_range(r, r->head.size, &whole, error) !=
	        LOG_CLIENT_OK ||
	    start_index_range(r, m->first, &l->before, error) != LOG_CLIENT_OK)
		return false;
	for (uint64_t at = m->first; at < m->end; at = to) {
		struct backfill_plan_part *part = &p->parts[p->n_parts];

		to = at - at % part_entries + part_entries;
		if (to > m->end)
			to = m->end;
		part->log = p->n_logs;
		if (!get_range(m, &whole, at, to, &part->range, error))
			return false;
		p->n_parts++;
		l->n_parts++;
	}
	return get_range(m, &whole, m->end, r->head.size, &l->after, error);
}

/* Append a log to the plan, with a copy of its entry in the list. */
static bool
add_log(struct making *m, uint64_t part_entries, struct backfill_plan *p,
    struct buf *error)
{
	struct log_reader *r = &m->reader;
	struct backfill_plan_log *l = &p->logs[p->n_logs];
	const struct loglist_log *from = r->log;
	size_t before = p->n_parts;
	bool ok = false;

	/* A cache may have the wrong hashes. */
	for (int i = 0; !ok && log_reader_retry(r, i); i++) {
		buf_clear(error);
		*l = (struct backfill_plan_log){ .head = r->head,
			.first_part = before };
		p->n_parts = before;
		if (!get_parts(m, part_entries, p, l, error))
			continue;
		ok = backfill_plan_is_proved(p, l);
		if (!ok)
			buf_add_text(error,
			    "the hashes of the parts do not give the signed "
			    "root");
	}
	r->no_cache = false;
	if (!ok) {
		p->n_parts = before;
		return false;
	}
	l->by_tiles = loglist_is_named(
	    from, r->shared->options->by_tiles, r->shared->options->n_by_tiles);
	l->raw = m->raw;
	m->raw = (struct blob){ 0 };
	memcpy(l->log.id, from->id, sizeof l->log.id);
	l->log.key = blob_copy(blob_view(from->key));
	l->log.description = mem_strdup(from->description);
	l->log.operator= mem_strdup(from->operator);
	l->log.url = mem_strdup(from->url);
	if (from->kind == LOG_KIND_STATIC)
		l->log.submission_url = mem_strdup(from->submission_url);
	l->log.kind = from->kind;
	l->log.mmd = from->mmd;
	l->log.listed = true;
	p->n_logs++;
	return true;
}

/* ---- all logs ---- */

static void
warn_left_out(const struct making *m, struct buf *error, size_t *left_out)
{
	msg_warn("%s: not in the plan: %s", m->reader.log->description,
	    error->n > 0 ? buf_text(error) : m->coverage.reason);
	(*left_out)++;
}

static void
making_fini(struct making *m)
{
	log_client_free(m->reader.client);
	coverage_fini(&m->coverage);
	blob_fini(&m->raw);
}

/* Choose the logs, find their heads and ranges. */
static void
choose_logs(struct makings *all, size_t *left_out, struct buf *error)
{
	const struct sync_options *o = all->shared.options;
	const struct loglist *logs = o->logs;

	all->v = mem_alloc(logs->n, sizeof *all->v);
	for (size_t i = 0; i < logs->n; i++) {
		struct making *m = &all->v[all->n];
		const struct sync_options as_new = { .only = o->only,
			.n_only = o->n_only,
			.since = SYNC_SINCE_TIME };
		const char *why;

		if (sync_choose(&as_new, &logs->v[i], time_now(), &why) !=
		    SYNC_READ)
			continue;
		if (logs->v[i].kind == LOG_KIND_MTC) {
			msg_warn("%s: not planned: a run reads an issuance "
			         "log from its first entry (see --since)",
			    logs->v[i].description);
			continue;
		}
		*m = (struct making){ .reader.shared = &all->shared,
			.reader.log = &logs->v[i],
			.reader.coverage = &m->coverage };
		buf_clear(error);
		if (!log_reader_connect(&m->reader) || !find_head(m, error) ||
		    !find_range(all, m, error))
			warn_left_out(m, error, left_out);
		else if (m->first < m->end) {
			all->n++;
			continue;
		} else
			msg_info("%s: nothing to read", logs->v[i].description);
		making_fini(m);
	}
	buf_clear(error);
}

/* Return the number of parts of that many entries, aligned. */
static uint64_t
count_parts(const struct makings *all, uint64_t part_entries)
{
	uint64_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += (all->v[i].end - 1) / part_entries -
		    all->v[i].first / part_entries + 1;
	return n;
}

static int
by_operator(const void *a, const void *b)
{
	const struct making *x = a, *y = b;
	int order = strcmp(x->reader.log->operator, y->reader.log->operator);

	return order != 0 ? order : x->reader.log < y->reader.log ? -1 : 1;
}

static bool
add_logs(struct makings *all, struct backfill_plan *p, size_t *left_out,
    struct buf *error)
{
	uint64_t part_entries = all->range->part_entries, n;

	if (part_entries == 0)
		for (part_entries = PART_ENTRIES;
		     count_parts(all, part_entries) > LIMIT_PLAN_PARTS;)
			part_entries *= 2;
	n = count_parts(all, part_entries);
	if (n == 0 || n > LIMIT_PLAN_PARTS) {
		buf_printf(error,
		    n == 0 ? "there is nothing to read in a CT log: see "
		             "--since, --until and --log"
		           : "%" PRIu64 " parts, and at most %d are allowed: "
		             "use larger ones, or a plan for each log",
		    n, LIMIT_PLAN_PARTS);
		return false;
	}
	p->logs = mem_alloc(all->n, sizeof *p->logs);
	p->parts = mem_alloc((size_t)n, sizeof *p->parts);
	for (size_t i = 0; i < all->n; i++)
		if (!add_log(&all->v[i], part_entries, p, error))
			warn_left_out(&all->v[i], error, left_out);
	buf_clear(error);
	if (p->n_logs == 0)
		buf_add_text(error, "no log could be planned");
	return p->n_logs > 0;
}

bool
backfill_make(const struct sync_options *o,
    const struct backfill_make_range *range, struct backfill_plan *p,
    size_t *left_out, struct buf *error)
{
	struct sync_result none = { .n = 0 };
	struct makings all = { .range = range, .watch = o->watch };
	bool ok;

	*left_out = 0;
	log_reader_shared_init(&all.shared, o, &none);
	choose_logs(&all, left_out, error);
	/* The parts of an operator are next to each other. */
	qsort(all.v, all.n, sizeof *all.v, by_operator);
	for (size_t i = 0; i < all.n; i++)
		all.v[i].reader.coverage = &all.v[i].coverage;
	ok = add_logs(&all, p, left_out, error);
	for (size_t i = 0; i < all.n; i++)
		making_fini(&all.v[i]);
	free(all.v);
	log_reader_shared_fini(&all.shared);
	sync_result_fini(&none);
	return ok;
}
