/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/name_set.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/index_part.h>

/* A coded part begins with these and the version of the rules. */
static const char magic[] = "CTWX";

#define TILE_LEVEL 8

void
index_part_init(struct index_part *p, uint64_t begin)
{
	*p = (struct index_part){
		.begin = begin, .end = begin, .earliest = UINT64_MAX
	};
}

void
index_part_fini(struct index_part *p)
{
	free(p->nodes);
	free(p->numbers);
	*p = (struct index_part){ 0 };
}

/* Return the end of the tile with this entry, or end if that comes first. */
static uint64_t
tile_end(uint64_t at, uint64_t end)
{
	uint64_t tile = (at / INDEX_PART_TILE + 1) * INDEX_PART_TILE;

	return tile < end ? tile : end;
}

/* Return the level of the largest subtree that begins at an entry and ends at
 * or before another one of its tile. */
static unsigned
level_at(uint64_t at, uint64_t end)
{
	unsigned level = TILE_LEVEL;

	while (at % (UINT64_C(1) << level) != 0 ||
	    at + (UINT64_C(1) << level) > end)
		level--;
	return level;
}

/* Return the number of subtrees that cover [at, end), cut at tiles. */
static size_t
count_nodes(uint64_t at, uint64_t end)
{
	size_t n = 0;

	for (; at < end; n++)
		at += UINT64_C(1) << level_at(at, tile_end(at, end));
	return n;
}

/* Make *out the compact range of [at, end), of one tile, from its nodes. */
static void
load_range(
    uint64_t at, uint64_t end, const uint8_t *nodes, struct merkle_range *out)
{
	merkle_range_init(out, at);
	while (out->end < end) {
		unsigned level = level_at(out->end, end);

		memcpy(out->node[out->n].b, nodes + out->n * SHA256_SIZE,
		    SHA256_SIZE);
		out->level[out->n++] = (uint8_t)level;
		out->end += UINT64_C(1) << level;
	}
}

static void
append_nodes(struct index_part *p, const struct merkle_range *r)
{
	for (size_t i = 0; i < r->n; i++) {
		p->nodes = mem_grow(p->nodes, p->n_nodes, sizeof *p->nodes);
		p->nodes[p->n_nodes++] = r->node[i];
	}
	p->end = r->end;
}

void
index_part_add_range(struct index_part *p, const struct merkle_range *r)
{
	uint64_t tile = r->begin / INDEX_PART_TILE * INDEX_PART_TILE;
	uint64_t from = tile > p->begin ? tile : p->begin;
	struct merkle_range whole;

	/* Join with the entries of the same tile before. */
	if (from < r->begin) {
		p->n_nodes -= count_nodes(from, r->begin);
		load_range(from, r->begin, p->nodes[p->n_nodes].b, &whole);
		merkle_range_join(&whole, r);
		append_nodes(p, &whole);
	} else
		append_nodes(p, r);
}

/* Make room for n more numbers. */
static void
reserve(struct index_part *p, size_t n)
{
	if (p->n_numbers + n <= p->room)
		return;
	p->room = 2 * p->room + n;
	p->numbers = mem_realloc(p->numbers, p->room, sizeof *p->numbers);
}

static void
add_number(struct index_part *p, uint64_t tile, uint32_t key)
{
	p->numbers[p->n_numbers++] = key << 8 |
	    (tile / INDEX_PART_TILE) % (INDEX_PART_BLOCK / INDEX_PART_TILE);
}

void
index_part_add_keys(struct index_part *p, uint64_t tile, const uint32_t *keys,
    size_t n, uint32_t any)
{
	bool fit = p->n_numbers + n <= LIMIT_BLOCK_KEYS;

	reserve(p, n);
	for (size_t i = 0; fit && i < n; i++)
		add_number(p, tile, keys[i]);
	if (!fit)
		add_number(p, tile, any);
}

void
index_part_add_time(struct index_part *p, uint64_t timestamp)
{
	if (timestamp < p->earliest)
		p->earliest = timestamp;
	if (timestamp > p->latest)
		p->latest = timestamp;
}

static void
put_u64(struct buf *out, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(v >> shift));
}

bool
index_part_pack(struct index_part *p, struct buf *out)
{
	size_t start = out->n;
	uint32_t *spare = mem_alloc(p->n_numbers, sizeof *spare);
	bool ok;

	p->n_numbers = name_set_sort(p->numbers, p->n_numbers, spare);
	free(spare);
	buf_add_text(out, magic);
	buf_add_byte(out, NAME_KEYS_RULES);
	put_u64(out, p->begin);
	put_u64(out, p->end);
	put_u64(out, p->earliest);
	put_u64(out, p->latest);
	ok = buf_add(out, bytes_at(p->nodes, p->n_nodes * sizeof *p->nodes)) &&
	    name_set_pack(p->numbers, p->n_numbers, out);
	if (!ok)
		out->n = start;
	return ok;
}

bool
index_part_take(struct bytes *in, struct index_part_view *out)
{
	struct bytes rest = *in, mark;
	uint8_t rules;

	if (!bytes_take(&rest, sizeof magic - 1, &mark) ||
	    !bytes_is(mark, magic) || !bytes_u8(&rest, &rules) ||
	    rules != NAME_KEYS_RULES || !bytes_u64(&rest, &out->begin) ||
	    !bytes_u64(&rest, &out->end) || !bytes_u64(&rest, &out->earliest) ||
	    !bytes_u64(&rest, &out->latest) || out->begin >= out->end ||
	    index_part_block(out->begin) != index_part_block(out->end - 1) ||
	    !bytes_take(&rest, count_nodes(out->begin, out->end) * SHA256_SIZE,
	        &out->nodes) ||
	    !name_set_take(&rest, &out->set, &out->n_numbers))
		return false;
	*in = rest;
	return true;
}

/* Report whether p can have the entries from begin on, and so many numbers
 * more. */
static bool
can_join(const struct index_part *p, uint64_t begin, size_t n)
{
	return begin == p->end &&
	    index_part_block(p->begin) == index_part_block(begin) &&
	    p->n_numbers + n <= LIMIT_BLOCK_KEYS;
}

/* Append the nodes of [p->end, end), and widen the times. */
static void
join(struct index_part *p, uint64_t end, const uint8_t *nodes,
    uint64_t earliest, uint64_t latest)
{
	struct merkle_range r;

	while (p->end < end) {
		load_range(p->end, tile_end(p->end, end), nodes, &r);
		nodes += r.n * SHA256_SIZE;
		index_part_add_range(p, &r);
	}
	p->earliest = earliest < p->earliest ? earliest : p->earliest;
	p->latest = latest > p->latest ? latest : p->latest;
}

bool
index_part_join(struct index_part *p, const struct index_part_view *more)
{
	if (!can_join(p, more->begin, more->n_numbers))
		return false;
	reserve(p, more->n_numbers);
	if (!name_set_unpack(
	        more->set, more->n_numbers, p->numbers + p->n_numbers))
		return false;
	p->n_numbers += more->n_numbers;
	join(p, more->end, more->nodes.p, more->earliest, more->latest);
	return true;
}

bool
index_part_move(struct index_part *p, struct index_part *more)
{
	if (!can_join(p, more->begin, more->n_numbers))
		return false;
	reserve(p, more->n_numbers);
	if (more->n_numbers > 0)
		memcpy(p->numbers + p->n_numbers, more->numbers,
		    more->n_numbers * sizeof *p->numbers);
	p->n_numbers += more->n_numbers;
	join(p, more->end, (const uint8_t *)more->nodes, more->earliest,
	    more->latest);
	index_part_fini(more);
	return true;
}

bool
index_part_range(const struct index_part_view *p, struct merkle_range *out)
{
	const uint8_t *nodes = p->nodes.p;
	struct merkle_range r;

	for (uint64_t at = p->begin; at < p->end; at = r.end) {
		load_range(at, tile_end(at, p->end), nodes, &r);
		nodes += r.n * SHA256_SIZE;
		if (!merkle_range_join(out, &r))
			return false;
	}
	return true;
}

bool
index_part_find(const struct index_part_view *p, const uint32_t *keys, size_t n,
    uint8_t tiles[static 32])
{
	return name_set_find(p->set, p->n_numbers, keys, n, tiles);
}

bool
index_part_proves(const struct index_part_view *p, const struct merkle_range *r)
{
	size_t skip, n;

	if (r->begin < p->begin || r->end > p->end || r->begin >= r->end ||
	    tile_end(r->begin, p->end) != r->end ||
	    (r->begin != p->begin && r->begin % INDEX_PART_TILE != 0))
		return false;
	skip = count_nodes(p->begin, r->begin);
	n = count_nodes(r->begin, r->end);
	return r->n == n &&
	    memcmp(p->nodes.p + skip * SHA256_SIZE, r->node, n * SHA256_SIZE) ==
	    0;
}
