/* SPDX-License-Identifier: Apache-2.0 */
/* The index of names: a scan that makes it, and a search in it. */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/index_part.h>

#include "../support/test.h"
#include "stages.h"

static const uint8_t secret[NAME_KEYS_SECRET] = "0123456789abcde";

/* The parts of a block, joined as in a run; packed when it is whole. */
static struct index_part block;

static void
keep(struct index_part *p)
{
	struct buf coded;

	if (block.begin == block.end)
		index_part_init(&block, p->begin);
	CHECK(index_part_move(&block, p));
	if (block.end % INDEX_PART_BLOCK != 0)
		return;
	buf_init(&coded, LIMIT_INDEX_FILE);
	CHECK(index_part_pack(&block, &coded));
	result += coded.p[coded.n / 2];
	buf_fini(&coded);
	index_part_fini(&block);
}

static void
scan(
    struct data *d, const struct log_client *s, bool is_tile, struct bytes body)
{
	static struct batch_worker *worker;
	static uint64_t first;
	struct log_client_page page = {
		.first = first, .count = ENTRIES, .whole = is_tile
	};
	struct buf error;
	struct batch b;

	if (worker == NULL) {
		worker = batch_worker_new();
		batch_worker_index(worker, secret);
	}
	buf_init(&error, 256);
	CHECK(
	    batch_scan(worker, s, d->watch[0], &page, first, body, &b, &error));
	first = b.range.end;
	CHECK(b.n_parts == 1);
	keep(&b.parts[0]);
	batch_fini(&b);
	buf_fini(&error);
}

void
index_rfc6962(struct data *d)
{
	scan(d, &d->rfc6962, false, d->json);
}

void
index_rfc6962_gzip(struct data *d)
{
	scan(d, &d->rfc6962, false, d->json_gz);
}

void
index_static(struct data *d)
{
	scan(d, &d->tiled, true, d->tile);
}

void
index_static_gzip(struct data *d)
{
	scan(d, &d->tiled, true, d->tile_gz);
}

/* ---- search ---- */

/* Blocks that are not in a processor's cache, of two keys an entry. */
#define BLOCKS (INDEX_SEARCHED / INDEX_PART_BLOCK)

static struct buf *
blocks(void)
{
	static struct buf v[BLOCKS];
	const struct merkle_hash hash = { { 0 } };
	uint64_t x = 88172645463325252u;

	if (v[0].n > 0)
		return v;
	for (size_t i = 0; i < BLOCKS; i++) {
		struct index_part p;

		index_part_init(&p, i * INDEX_PART_BLOCK);
		while (p.end < (i + 1) * INDEX_PART_BLOCK) {
			struct merkle_range tile;
			uint64_t first = p.end;

			merkle_range_init(&tile, first);
			for (size_t k = 0; k < INDEX_PART_TILE; k++) {
				uint32_t keys[2];

				merkle_range_add(&tile, &hash);
				for (int n = 0; n < 2; n++) {
					x ^= x << 13;
					x ^= x >> 7;
					x ^= x << 17;
					keys[n] = (uint32_t)(x >>
					    (64 - NAME_KEYS_BITS));
				}
				index_part_add_keys(&p, first, keys, 2, 0);
			}
			index_part_add_range(&p, &tile);
		}
		buf_init(&v[i], LIMIT_INDEX_FILE);
		CHECK(index_part_pack(&p, &v[i]));
		index_part_fini(&p);
	}
	return v;
}

void
index_search(struct data *d)
{
	const uint32_t keys[] = { 1000, 100000, 300000, 500000 };
	const struct buf *v = blocks();

	(void)d;
	index_digest(d);
	for (size_t i = 0; i < BLOCKS; i++) {
		struct bytes in = buf_view(&v[i]);
		struct index_part_view view;
		uint8_t tiles[32] = { 0 };

		CHECK(index_part_take(&in, &view) &&
		    index_part_find(&view, keys, 4, tiles));
		result += tiles[0];
	}
}

void
index_digest(struct data *d)
{
	const struct buf *v = blocks();
	uint8_t digest[SHA256_SIZE];

	(void)d;
	for (size_t i = 0; i < BLOCKS; i++) {
		sha256_digest(buf_view(&v[i]), digest);
		result += digest[0];
	}
}

size_t
index_bytes(void)
{
	const struct buf *v = blocks();
	size_t n = 0;

	for (size_t i = 0; i < BLOCKS; i++)
		n += v[i].n;
	return n;
}
