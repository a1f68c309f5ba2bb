/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/sync/backfill_part.h>

#include "../support/test.h"

static struct backfill_plan plan;
static struct watch *watch;

/* A batch of one entry at index. */
static struct batch
one_entry(uint64_t index)
{
	struct batch b = { .n_matches = 0 };

	b.leaves = mem_alloc(1, sizeof *b.leaves);
	memset(b.leaves, (int)index, sizeof *b.leaves);
	merkle_range_init(&b.range, index);
	merkle_range_add(&b.range, b.leaves);
	store_dates_init(&b.dates);
	return b;
}

static struct batch
matching_entry(uint64_t index, size_t bytes)
{
	struct batch b = one_entry(index);

	b.matches = mem_alloc(1, sizeof *b.matches);
	b.n_matches = 1;
	b.matches[0] = (struct batch_match){ .index = index };
	b.matches[0].chain.n = bytes; /* only counted */
	return b;
}

static struct batch
rejected_entry(uint64_t index)
{
	struct batch b = one_entry(index);

	b.rejected = mem_alloc(1, sizeof *b.rejected);
	b.n_rejected = 1;
	b.rejected[0] =
	    (struct batch_rejected){ .index = index, .reason = "truncated" };
	return b;
}

/* Matches are limited to half of LIMIT_PART_BYTES. */
static void
limits_the_bytes_of_a_part(void)
{
	const size_t most =
	    LIMIT_PART_BYTES / 2 - sizeof(struct backfill_part_match);

	for (size_t more = 0; more <= 1; more++) {
		struct batch b = matching_entry(0, most + more);
		struct backfill_part part;

		backfill_part_init(&part, &plan, 0);
		CHECK(backfill_part_add(&part, &b, watch, NULL) == (more == 0));
		batch_fini(&b);
		backfill_part_fini(&part);
	}
}

/* Entries without a name are counted; the latest LIMIT_REFUSED_KEPT are
 * listed. */
static void
lists_the_latest_refused_entries(void)
{
	const uint64_t n = 5 * LIMIT_REFUSED_KEPT / 2;

	for (uint64_t all = LIMIT_REFUSED_KEPT; all <= n;
	     all += n - LIMIT_REFUSED_KEPT) {
		struct backfill_part part;

		backfill_part_init(&part, &plan, 0);
		for (uint64_t i = 0; i < all; i++) {
			struct batch b = rejected_entry(i);

			CHECK(backfill_part_add(&part, &b, watch, NULL));
			batch_fini(&b);
		}
		backfill_part_end(&part);
		CHECK(part.refused == all);
		CHECK(part.n_rejected == LIMIT_REFUSED_KEPT);
		CHECK(part.rejected[0].index == all - LIMIT_REFUSED_KEPT);
		CHECK(part.rejected[part.n_rejected - 1].index == all - 1);
		backfill_part_fini(&part);
	}
}

/* A batch that does not follow is refused. */
static void
takes_entries_in_order(void)
{
	struct batch a = one_entry(0), b = one_entry(2);
	struct backfill_part part;

	backfill_part_init(&part, &plan, 0);
	CHECK(backfill_part_add(&part, &a, watch, NULL));
	CHECK(!backfill_part_add(&part, &b, watch, NULL));
	batch_fini(&a);
	batch_fini(&b);
	backfill_part_fini(&part);
}

/* All keys that there are: so many may be in a tile. */
#define KEYS (UINT32_C(1) << NAME_KEYS_BITS)

/* Append entries [from, to), from the begin of a tile, with n different keys to
 * a part with an index: KEYS in each tile. */
static void
add_keys(struct backfill_part *part, uint64_t from, uint64_t to, uint32_t n)
{
	struct batch b = { .n_parts = 1 };
	struct merkle_range one;
	const struct merkle_hash zero = { { 0 } };

	store_dates_init(&b.dates);
	merkle_range_init(&b.range, from);
	b.parts = mem_alloc(1, sizeof *b.parts);
	index_part_init(b.parts, from);
	for (uint64_t i = from; i < to; i++) {
		merkle_range_init(&one, i);
		merkle_range_add(&one, &zero);
		merkle_range_join(&b.range, &one);
		index_part_add_range(b.parts, &one);
	}
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t key = i % KEYS;

		index_part_add_keys(
		    b.parts, from + i / KEYS * INDEX_PART_TILE, &key, 1, 0);
	}
	CHECK(backfill_part_add(part, &b, watch, NULL));
	batch_fini(&b);
}

/* An index with more than LIMIT_BLOCK_KEYS keys has any name in each tile, in
 * whatever batches they come. */
static void
limits_the_keys_of_a_block(void)
{
	const uint32_t half = LIMIT_BLOCK_KEYS / 2;
	struct backfill_part part;
	struct index_part_view v;
	struct merkle_range range;
	uint8_t tiles[32];

	plan.has_index = true;
	for (uint32_t more = 0; more <= 1; more++) {
		const uint32_t key = KEYS; /* no entry has it */
		struct bytes in;

		backfill_part_init(&part, &plan, 0);
		add_keys(&part, 0, 1024, half);
		add_keys(&part, 1024, 2304, half + more);
		add_keys(&part, 2304, 2400, 0);
		backfill_part_end(&part);
		CHECK(part.n_index == 1 && backfill_index_is_proved(&part));
		in = blob_view(part.index[0]);
		CHECK(index_part_take(&in, &v) && in.n == 0);
		CHECK(v.begin == 0 && v.end == 2400);
		CHECK(v.n_numbers == (more == 1 ? 10 : LIMIT_BLOCK_KEYS));
		memset(tiles, 0, sizeof tiles);
		CHECK(index_part_find(&v, &key, 1, tiles) && tiles[0] == 0);
		merkle_range_init(&range, 0);
		CHECK(index_part_range(&v, &range));
		CHECK(merkle_range_equal(&range, &part.range));
		backfill_part_fini(&part);
	}
	plan.has_index = false;
}

/* The text of a part's index is that of its block: no more than
 * LIMIT_INDEX_FILE bytes. */
static void
limits_the_bytes_of_an_index(void)
{
	struct blob long_one = { mem_alloc(LIMIT_INDEX_FILE + 1, 1),
		LIMIT_INDEX_FILE + 1 };
	struct backfill_part part;

	backfill_part_init(&part, &plan, 0);
	CHECK(backfill_index_take(&part, long_one) != NULL);
	CHECK(part.n_index == 0);
	backfill_part_fini(&part);
}

int
main(void)
{
	struct backfill_plan_part one = { .log = 0 };
	struct buf error;

	merkle_range_init(&one.range, 0);
	plan.parts = &one;
	plan.n_parts = 1;
	buf_init(&error, 4096);
	watch = watch_new();
	CHECK(watch_add(watch, bytes_of("example.com"), &error));
	watch_build(watch);
	limits_the_bytes_of_a_part();
	lists_the_latest_refused_entries();
	takes_entries_in_order();
	limits_the_keys_of_a_block();
	limits_the_bytes_of_an_index();
	watch_free(watch);
	buf_fini(&error);
	return 0;
}
