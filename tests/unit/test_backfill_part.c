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
	watch_free(watch);
	buf_fini(&error);
	return 0;
}
