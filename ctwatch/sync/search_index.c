/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/store/store_index.h>
#include <ctwatch/sync/search_index.h>

#define NOT_INDEXED "it is not in the index"

/* The state of one search. */
struct search {
	const struct search_index *in;
	struct search_index_result *out;
	uint32_t *keys; /* sorted */
	size_t n_keys;
	uint64_t at; /* entries below were dealt with */
};

/* Record that entries up to `to` were searched, or why not. */
static void
note(struct search *s, uint64_t to, const char *why)
{
	struct search_index_result *out = s->out;
	struct search_index_range *last =
	    out->n > 0 ? &out->v[out->n - 1] : NULL;
	uint64_t from = s->at;

	if (to > s->in->to)
		to = s->in->to;
	if (to <= from)
		return;
	s->at = to;
	if (last != NULL && last->to == from &&
	    last->searched == (why == NULL) &&
	    (why == NULL ||
	        strncmp(last->why, why, sizeof last->why - 1) == 0)) {
		last->to = to;
		return;
	}
	out->v = mem_grow(out->v, out->n, sizeof *out->v);
	last = &out->v[out->n++];
	*last = (struct search_index_range){ from, to, why == NULL, "" };
	if (why != NULL)
		snprintf(last->why, sizeof last->why, "%s", why);
}

/* ---- reading entries again ---- */

/* The entries of one tile that are read again. */
struct tile {
	const struct index_part_view *part;
	uint64_t from, to;
	struct merkle_range range; /* of what was read */
	struct batch *batches;     /* owned */
	size_t n;
};

static void
tile_fini(struct tile *t)
{
	for (size_t i = 0; i < t->n; i++)
		batch_fini(&t->batches[i]);
	free(t->batches);
	t->batches = NULL;
	t->n = 0;
}

/* Read the next page of a tile. */
static bool
read_page(struct search *s, struct tile *t, struct buf *error)
{
	const struct search_index *in = s->in;
	const struct log_client_fetch *fetch = &in->fetch;
	uint64_t at = t->range.end;
	struct log_client_page page;
	struct batch b = { 0 };
	struct buf body;
	bool ok;

	log_client_page(in->client, at,
	    log_client_is_tiled(in->client) && in->to > t->to ? in->to : t->to,
	    INDEX_PART_TILE, &page);
	if (page.first + page.count > t->to)
		page.count = (uint32_t)(t->to - page.first);
	buf_init(&body, LIMIT_PAGE);
	ok = (fetch->get(fetch->arg, page.url, body.max, &body, error) ||
	         (page.fallback != NULL &&
	             fetch->get(
	                 fetch->arg, page.fallback, body.max, &body, error))) &&
	    batch_scan(in->worker, in->client, in->watch, &page, at,
	        buf_view(&body), &b, error);
	if (ok && (b.lost > 0 || b.range.begin == b.range.end)) {
		if (error->n == 0)
			buf_add_text(error, "the answer has no entries");
		ok = false;
	}
	if (ok) {
		merkle_range_join(&t->range, &b.range);
		t->batches = mem_grow(t->batches, t->n, sizeof *t->batches);
		t->batches[t->n++] = b;
	} else
		batch_fini(&b);
	buf_fini(&body);
	log_client_page_fini(&page);
	return ok;
}

/* Read a tile and compare its hashes; return false with the reason in
 * *error. */
static bool
read_tile(struct search *s, struct tile *t, struct buf *error)
{
	const struct search_index *in = s->in;
	bool differs = false;

	for (int i = 0; in->attempt(in->arg, i); i++) {
		bool ok = true;

		tile_fini(t);
		buf_clear(error);
		merkle_range_init(&t->range, t->from);
		while (ok && t->range.end < t->to)
			ok = read_page(s, t, error);
		if (ok && index_part_proves(t->part, &t->range))
			return true;
		differs = ok;
	}
	if (differs) {
		s->out->differs = true;
		buf_printf(error,
		    "the log serves other entries than those that a signed "
		    "tree head proved");
	}
	return false;
}

/* Read the entries of a part in a tile again, and pass on those from s->at
 * on. */
static void
search_tile(struct search *s, const struct index_part_view *part, uint64_t tile)
{
	const struct search_index *in = s->in;
	struct tile t = { .part = part,
		.from = tile > part->begin ? tile : part->begin,
		.to = tile + INDEX_PART_TILE < part->end
		    ? tile + INDEX_PART_TILE
		    : part->end };
	struct buf error;

	if (t.from >= t.to || t.to <= s->at || t.from >= in->to)
		return;
	note(s, t.from, NULL);
	if (in->ending(in->arg)) {
		note(s, t.to, "the run was ended");
		return;
	}
	buf_init(&error, 4096);
	s->out->tiles++;
	if (read_tile(s, &t, &error)) {
		for (size_t i = 0; i < t.n; i++)
			in->found(in->arg, &t.batches[i], s->at,
			    t.to < in->to ? t.to : in->to);
		note(s, t.to, NULL);
	} else
		note(s, t.to, error.n > 0 ? buf_text(&error) : "not read");
	tile_fini(&t);
	buf_fini(&error);
}

/* ---- the index ---- */

/* Search a coded part. */
static void
search_part(struct search *s, const struct index_part_view *p)
{
	const struct search_index *in = s->in;
	const uint64_t block = index_part_block(p->begin) * INDEX_PART_BLOCK;
	uint8_t tiles[32] = { 0 };

	if (in->since > 0 && p->latest > 0 && p->latest < (uint64_t)in->since) {
		s->at = p->end > s->at ? p->end : s->at;
		return;
	}
	if (in->keys == NULL)
		memset(tiles, 0xff, sizeof tiles);
	else if (!index_part_find(p, s->keys, s->n_keys, tiles)) {
		note(s, p->end, "its index is malformed");
		return;
	}
	for (unsigned i = 0; i < 8 * sizeof tiles; i++)
		if (tiles[i / 8] >> i % 8 & 1)
			search_tile(
			    s, p, block + i * (uint64_t)INDEX_PART_TILE);
	note(s, p->end, NULL);
}

/* Parts that overlap, and so are of one block. */
struct group {
	uint64_t to;
	struct buf content, error;
	struct index_part_view *v; /* owned; borrowed from content */
	size_t n;
};

static int
compare_parts(const void *a, const void *b)
{
	const struct index_part_view *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

static void
parse_group(struct group *g)
{
	struct bytes rest = buf_view(&g->content);

	while (rest.n > 0) {
		g->v = mem_grow(g->v, g->n, sizeof *g->v);
		if (!index_part_take(&rest, &g->v[g->n])) {
			buf_add_text(&g->error,
			    "its index is malformed, or by other rules than "
			    "this version's");
			break;
		}
		g->n++;
	}
	if (g->n > 0)
		qsort(g->v, g->n, sizeof *g->v, compare_parts);
}

/* Load the stored parts from v on that overlap; return how many. */
static size_t
load_group(struct store *s, const struct store_index_part *v, size_t n,
    struct group *g)
{
	size_t i = 0;

	g->to = v[0].to;
	for (; i < n && v[i].from < g->to; i++) {
		store_index_read(s, &v[i], &g->content, &g->error);
		g->to = v[i].to > g->to ? v[i].to : g->to;
	}
	parse_group(g);
	return i;
}

static void
search_group(struct search *s, struct group *g)
{
	const char *why = g->error.n > 0 ? buf_text(&g->error) : NOT_INDEXED;

	for (size_t i = 0; i < g->n; i++) {
		if (g->v[i].begin > s->at)
			note(s, g->v[i].begin, why);
		if (s->out->first_time == 0 && g->v[i].begin <= s->in->from)
			s->out->first_time = g->v[i].earliest;
		search_part(s, &g->v[i]);
	}
	note(s, g->to, why);
}

static int
compare_keys(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void
search_index_log(const struct search_index *in, struct search_index_result *out)
{
	struct search s = { .in = in, .out = out, .at = in->from };
	struct store_index_part *v;
	size_t n;

	*out = (struct search_index_result){ .n = 0 };
	if (in->keys != NULL) {
		s.n_keys = in->keys->n;
		s.keys = mem_alloc(s.n_keys, sizeof *s.keys);
		memcpy(s.keys, in->keys->v, s.n_keys * sizeof *s.keys);
		qsort(s.keys, s.n_keys, sizeof *s.keys, compare_keys);
	}
	v = store_index_parts(in->store, in->log_id, in->from, in->to, &n);
	for (size_t i = 0; i < n;) {
		struct group g = { .n = 0 };

		buf_init(&g.content, 2 * (size_t)LIMIT_INDEX_FILE);
		buf_init(&g.error, 4096);
		note(&s, v[i].from, NOT_INDEXED);
		i += load_group(in->store, v + i, n - i, &g);
		search_group(&s, &g);
		free(g.v);
		buf_fini(&g.content);
		buf_fini(&g.error);
	}
	note(&s, in->to, NOT_INDEXED);
	store_index_parts_free(v, n);
	free(s.keys);
}

void
search_index_fini(struct search_index_result *r)
{
	free(r->v);
	*r = (struct search_index_result){ .n = 0 };
}
