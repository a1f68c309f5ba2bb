/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_headers.h"
#include "net/log_client_reader.h"
#include "net/log_static.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/note.h>

#define WIDTH LIMIT_TILE_WIDTH

char *
log_static_path(const char *level, uint64_t n, uint32_t wide)
{
	char *path = mem_printf("%03" PRIu64, n % 1000), *longer;

	/* tlog-tiles: groups of three digits, all but the last marked x */
	for (n /= 1000; n > 0; n /= 1000) {
		longer = mem_printf("x%03" PRIu64 "/%s", n % 1000, path);
		free(path);
		path = longer;
	}
	longer = wide < WIDTH
	    ? mem_printf("tile/%s/%s.p/%" PRIu32, level, path, wide)
	    : mem_printf("tile/%s/%s", level, path);
	free(path);
	return longer;
}

/* ---- the checkpoint ---- */

static enum log_client_result
head(const struct log_client *s, const struct log_client_fetch *fetch,
    struct tree_head *out, struct buf *raw, struct buf *error)
{
	char *url = mem_printf("%scheckpoint", s->url);
	enum log_client_result r = LOG_CLIENT_FAILED;
	enum note_error e;

	if (fetch->get(fetch->arg, url, LIMIT_SMALL_BODY, raw, error)) {
		e = note_checkpoint(buf_view(raw), s->origin, s->id, out);
		if (e == NOTE_OK)
			r = LOG_CLIENT_OK;
		else {
			buf_printf(error, "%s: %s", url, note_error_word(e));
			if (e == NOTE_MALFORMED) {
				buf_add_text(error, ": ");
				http_headers_excerpt(error, buf_view(raw));
			}
			r = e == NOTE_NO_SIGNATURE || e == NOTE_BAD_LINE
			    ? LOG_CLIENT_UNSIGNED
			    : LOG_CLIENT_FAILED;
		}
	}
	free(url);
	return r;
}

/* ---- hash tiles ---- */

/* The last tile fetched at each level: ranges need adjacent hashes. */
struct tiles {
	const struct log_client *client;
	const struct log_client_fetch *fetch;
	uint64_t size; /* of the tree */
	struct {
		uint64_t n;
		uint32_t wide; /* hashes stored; 0: none yet */
		struct merkle_hash hash[WIDTH];
	} level[8];
};

/* Fetch the whole hash tile n of a level into the cache. */
static bool
tile_load(struct tiles *t, unsigned level, uint64_t n, struct buf *error)
{
	uint64_t there = t->size >> (8 * level);
	uint32_t wide =
	    there - n * WIDTH < WIDTH ? (uint32_t)(there - n * WIDTH) : WIDTH;
	char name[4] = { (char)('0' + level), '\0' }, *path, *url;
	struct buf body;
	bool ok;

	if (t->level[level].wide == wide && t->level[level].n == n)
		return true;
	path = log_static_path(name, n, wide);
	url = mem_printf("%s%s", t->client->url, path);
	buf_init(&body, (size_t)WIDTH * SHA256_SIZE);
	ok = t->fetch->get(t->fetch->arg, url, body.max, &body, error);
	if (!ok && wide < WIDTH) {
		/* A partial tile may be deleted once the full one exists. */
		free(path);
		free(url);
		path = log_static_path(name, n, WIDTH);
		url = mem_printf("%s%s", t->client->url, path);
		ok = t->fetch->get(t->fetch->arg, url, body.max, &body, error);
		if (ok && body.n == WIDTH * SHA256_SIZE)
			body.n = wide * SHA256_SIZE;
	}
	if (ok && body.n != (size_t)wide * SHA256_SIZE) {
		buf_printf(error, "%s: %zu bytes instead of %u hashes", url,
		    body.n, wide);
		ok = false;
	}
	if (ok) {
		memcpy(t->level[level].hash, body.p, body.n);
		t->level[level].n = n;
		t->level[level].wide = wide;
	}
	buf_fini(&body);
	free(path);
	free(url);
	return ok;
}

/* Get the hash of the perfect subtree of 2^level leaves that begins at
 * start. */
static bool
tile_node(struct tiles *t, unsigned level, uint64_t start,
    struct merkle_hash *out, struct buf *error)
{
	unsigned tile_level = level / 8;
	uint64_t at = start >> (8 * tile_level); /* index at that level */
	unsigned n = 1u << level % 8;
	struct merkle_hash fold[WIDTH];

	if (!tile_load(t, tile_level, at / WIDTH, error))
		return false;
	if (at % WIDTH + n > t->level[tile_level].wide) {
		buf_printf(error, "a hash tile is too short");
		return false;
	}
	memcpy(
	    fold, &t->level[tile_level].hash[at % WIDTH], n * sizeof fold[0]);
	for (; n > 1; n /= 2)
		for (unsigned i = 0; i < n / 2; i++)
			merkle_node_hash(
			    &fold[2 * i], &fold[2 * i + 1], &fold[i]);
	*out = fold[0];
	return true;
}

/* Compute the range [begin, end) from hash tiles, subtree by subtree. */
static bool
tile_range(struct tiles *t, uint64_t begin, uint64_t end,
    struct merkle_range *out, struct buf *error)
{
	merkle_range_init(out, begin);
	for (uint64_t at = begin; at < end;) {
		unsigned level = merkle_subtree_level(at, end);
		struct merkle_range one;

		merkle_range_init(&one, at);
		one.n = 1;
		one.level[0] = (uint8_t)level;
		one.end = at + (UINT64_C(1) << level);
		if (!tile_node(t, level, at, &one.node[0], error) ||
		    !merkle_range_join(out, &one))
			return false;
		at = one.end;
	}
	return true;
}

enum log_client_result
log_static_ranges(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const uint64_t *at, size_t n,
    void (*each)(void *arg, const struct merkle_range *), void *arg,
    struct buf *error)
{
	struct tiles *t = mem_alloc(1, sizeof *t);
	enum log_client_result r = LOG_CLIENT_FAILED;
	struct merkle_range all, piece;
	struct merkle_hash root;
	bool ok = true;

	t->client = s;
	t->fetch = fetch;
	t->size = head->size;
	merkle_range_init(&all, 0);
	for (size_t i = 0; ok && i <= n; i++) {
		ok = tile_range(
		    t, all.end, i < n ? at[i] : head->size, &piece, error);
		if (ok && i < n)
			each(arg, &piece);
		ok = ok && merkle_range_join(&all, &piece);
	}
	if (ok) {
		merkle_range_root(&all, &root);
		r = merkle_equal(&root, &head->root) ? LOG_CLIENT_OK
		                                     : LOG_CLIENT_PROOF_INVALID;
	}
	if (r == LOG_CLIENT_PROOF_INVALID)
		buf_printf(error, "the hash tiles do not give the signed root");
	free(t);
	return r;
}

static void
take_range(void *arg, const struct merkle_range *r)
{
	*(struct merkle_range *)arg = *r;
}

enum log_client_result
log_static_range(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t at, struct merkle_range *out, struct buf *error)
{
	return log_static_ranges(
	    s, fetch, head, &at, 1, take_range, out, error);
}

enum log_client_result
log_static_consistent(const struct log_client *s,
    const struct log_client_fetch *fetch, uint64_t size,
    const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error)
{
	struct merkle_range prefix;
	struct merkle_hash have;
	enum log_client_result r;

	r = log_static_range(s, fetch, head, size, &prefix, error);
	if (r != LOG_CLIENT_OK)
		return r;
	merkle_range_root(&prefix, &have);
	if (merkle_equal(&have, root))
		return LOG_CLIENT_OK;
	buf_printf(error,
	    "the tree of %" PRIu64 " entries has a different root", size);
	return LOG_CLIENT_ROOT_DIFFERS;
}

/* The root of [begin, end), begin being a multiple of a power of two that is
 * no less than the number of leaves. */
static bool
subtree_root(struct tiles *t, uint64_t begin, uint64_t end,
    struct merkle_hash *out, struct buf *error)
{
	struct merkle_range r;

	if (!tile_range(t, begin, end, &r, error))
		return false;
	*out = r.node[r.n - 1];
	for (size_t i = r.n - 1; i-- > 0;)
		merkle_node_hash(&r.node[i], out, out);
	return true;
}

/* RFC 6962, 2.1.1: at each level the sibling of the entry's subtree. */
enum log_client_result
log_static_prove(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, const struct merkle_hash *leaf, struct merkle_hash *path,
    size_t *n, struct buf *error)
{
	struct tiles *t = mem_alloc(1, sizeof *t);
	uint64_t at = index, last = head->size - 1;
	bool ok = true;

	(void)leaf;
	t->client = s;
	t->fetch = fetch;
	t->size = head->size;
	*n = 0;
	for (unsigned level = 0; ok && last > 0; level++) {
		uint64_t begin = (at ^ 1) << level;
		uint64_t end = begin + (UINT64_C(1) << level);

		if (begin < head->size)
			ok = subtree_root(t, begin,
			    end < head->size ? end : head->size, &path[(*n)++],
			    error);
		at >>= 1;
		last >>= 1;
	}
	free(t);
	return ok ? LOG_CLIENT_OK : LOG_CLIENT_FAILED;
}

const struct log_client_heads log_static_heads = { head, log_static_range,
	log_static_consistent, log_static_prove, NULL };

/* ---- data tiles ---- */

void
log_static_page(const struct log_client *s, const char *level, uint64_t index,
    uint64_t size, struct log_client_page *out)
{
	uint64_t n = index / WIDTH;
	uint32_t wide =
	    size - n * WIDTH < WIDTH ? (uint32_t)(size - n * WIDTH) : WIDTH;
	char *path = log_static_path(level, n, wide);

	/* A request for a tile returns all of it, from its first entry on. */
	out->first = n * WIDTH;
	out->count = wide;
	out->whole = true;
	out->url = mem_printf("%s%s", s->url, path);
	free(path);
	if (wide < WIDTH) {
		path = log_static_path(level, n, WIDTH);
		out->fallback = mem_printf("%s%s", s->url, path);
		free(path);
	}
}

static void
page(const struct log_client *s, uint64_t index, uint64_t size, uint32_t most,
    struct log_client_page *out)
{
	(void)most;
	log_static_page(s, "data", index, size, out);
}

static bool
open_tile(struct log_client_reader *r, struct bytes body, struct buf *error)
{
	(void)error;
	r->tile = body;
	return true;
}

/*
 * Bring the bytes into the cache that begin AHEAD bytes behind an entry, as
 * many as it has.  Where an entry ends is known only when the lengths in it
 * were read, so the processor does not do it by itself.
 */
static void
fetch_ahead(struct bytes entry, struct bytes rest)
{
	enum {
		AHEAD = 4096,
		LINE = 64
	};

	for (size_t i = AHEAD; i < AHEAD + entry.n && i < rest.n; i += LINE)
		__builtin_prefetch(rest.p + i);
}

static enum log_client_step
next(struct log_client_reader *r, struct log_client_entry *out,
    struct buf *error)
{
	static const uint8_t zero_v1_timestamped[3] = { 0, 0, 0 };
	const struct bytes begin = r->tile;
	struct leaf_tile entry;

	if (r->tile.n == 0)
		return LOG_CLIENT_END;
	out->error = leaf_take_tile(&r->tile, &entry);
	if (out->error != LEAF_OK) {
		buf_printf(error, "data tile: entry %u: %s", r->taken,
		    leaf_error_word(out->error));
		if (r->taken == 0 && begin.p[0] == '<') {
			buf_add_text(error, ": ");
			http_headers_excerpt(error, begin);
		}
		return LOG_CLIENT_LOST;
	}
	fetch_ahead(bytes_at(begin.p, begin.n - r->tile.n), r->tile);
	/* RFC 6962, 3.4: MerkleTreeLeaf begins v1, timestamped_entry. */
	out->leaf_input[0] = (struct bytes){ zero_v1_timestamped + 1, 2 };
	out->hashed[0] = (struct bytes){ zero_v1_timestamped, 3 };
	out->leaf_input[1] = out->hashed[1] = entry.hashed;
	out->leaf = entry.leaf;
	out->extra_data = (struct bytes){ 0 };
	out->precert = entry.precert;
	out->fingerprints = entry.fingerprints;
	return LOG_CLIENT_ENTRY;
}

static bool
extra(struct log_client_reader *r, const struct log_client_entry *e,
    struct bytes *precert, struct bytes *chain)
{
	(void)r;
	*precert = e->precert;
	*chain = (struct bytes){ 0 }; /* issuers are fetched by fingerprint */
	return true;
}

enum log_client_result
log_static_leaf_hashes(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const struct log_client_page *want, struct merkle_hash *out,
    struct buf *error)
{
	struct tiles *t = mem_alloc(1, sizeof *t);
	enum log_client_result r = LOG_CLIENT_FAILED;

	t->client = s;
	t->fetch = fetch;
	t->size = head->size;
	if (tile_load(t, 0, want->first / WIDTH, error)) {
		memcpy(out, t->level[0].hash, want->count * sizeof *out);
		r = LOG_CLIENT_OK;
	}
	free(t);
	return r;
}

/* From the tile of the level; if that fails, from both halves in the tile
 * below. */
enum log_client_result
log_static_subtree(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    unsigned level, uint64_t start, struct merkle_hash *out, struct buf *error)
{
	struct tiles *t = mem_alloc(1, sizeof *t);
	struct merkle_hash left, right;
	bool ok;

	t->client = s;
	t->fetch = fetch;
	t->size = head->size;
	ok = tile_node(t, level, start, out, error);
	if (!ok && level > 0 && level % 8 == 0) {
		uint64_t half = UINT64_C(1) << (level - 1);

		buf_clear(error);
		ok = tile_node(t, level - 1, start, &left, error) &&
		    tile_node(t, level - 1, start + half, &right, error);
		if (ok)
			merkle_node_hash(&left, &right, out);
	}
	free(t);
	return ok ? LOG_CLIENT_OK : LOG_CLIENT_FAILED;
}

const struct log_client_pages log_static_pages = {
	.guess = WIDTH,
	.has_index = true,
	.tiled = true,
	.page = page,
	.open = open_tile,
	.next = next,
	.extra = extra,
	.leaf_hashes = log_static_leaf_hashes,
	.subtree = log_static_subtree,
};
