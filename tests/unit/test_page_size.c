/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/page_size.h"

#include "../support/test.h"

/* Read n entries of a log that answers with at most limit, from a position on;
 * the number of requests. */
static unsigned
read_entries(struct page_size *p, uint64_t *at, uint64_t n, uint32_t limit)
{
	unsigned requests = 0;

	for (uint64_t end = *at + n; *at < end; requests++) {
		uint32_t most = page_size_next(p, *at), got;
		uint32_t asked = most - (uint32_t)(*at % most);

		if (asked > end - *at)
			asked = (uint32_t)(end - *at);
		got = asked < limit ? asked : limit;
		page_size_answer(p, *at, asked, got, *at + asked == end);
		*at += got;
	}
	return requests;
}

static void
learns_the_limit_of_a_log(void)
{
	static const uint32_t limits[] = { 32, 100, 256, 1000 };

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct page_size p;
		uint64_t at = 0;
		unsigned requests;

		page_size_init(&p, 1000, 0);
		CHECK(p.most == 1000 && !p.known);
		requests = read_entries(&p, &at, 100000, limits[i]);
		CHECK(p.known && page_size_stored(&p) >= limits[i]);
		CHECK(requests < 100000 / limits[i] * 5 / 4 + 10);
	}
}

static void
learns_no_limit_at_the_end_of_the_tree(void)
{
	struct page_size p;

	page_size_init(&p, 1000, 0);
	for (uint64_t i = 0; i < 10; i++)
		page_size_answer(&p, 1000 + i, 2, 1, true);
	CHECK(p.most == 1000 && page_size_stored(&p) == 0);
}

static void
grows_again(void)
{
	struct page_size p;
	uint64_t at = 0;

	page_size_init(&p, 1000, 0);
	for (int i = 0; i < 5; i++)
		page_size_answer(&p, at++, 1000, 1, false);
	CHECK(p.most == 1 && page_size_stored(&p) == 0);
	read_entries(&p, &at, 200000, 1000);
	CHECK(p.most == 1000 && page_size_stored(&p) == 1000);
}

static void
takes_no_small_size_from_an_earlier_run(void)
{
	static const uint32_t stored[] = { 0, 1, 31, 32, 256, 1000, 5000 };
	static const uint32_t want[] = { 1000, 1000, 1000, 32, 256, 1000,
		1000 };
	struct page_size p;

	for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
		page_size_init(&p, 1000, stored[i]);
		CHECK(p.most == want[i]);
	}
	page_size_init(&p, 1000, 256);
	page_size_shrink(&p, 31);
	CHECK(p.most == 31 && page_size_stored(&p) == 0);
	page_size_shrink(&p, 100);
	CHECK(p.most == 31);
}

int
main(void)
{
	learns_the_limit_of_a_log();
	learns_no_limit_at_the_end_of_the_tree();
	grows_again();
	takes_no_small_size_from_an_earlier_run();
	return 0;
}
