/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/page_size.h"

/* The smallest size that is stored: the smallest limit of a known log. */
#define MIN_STORED 32

/* Number of full answers before a request asks for twice the size: initially,
 * and at most after repeated failures of that. */
#define MIN_GROW 8
#define MAX_GROW 128

void
page_size_init(struct page_size *p, uint32_t limit, uint32_t stored)
{
	*p = (struct page_size){ .limit = limit, .grow = MIN_GROW };
	p->known = stored >= MIN_STORED;
	p->most = p->known && stored < limit ? stored : limit;
}

static uint32_t
twice(const struct page_size *p)
{
	return p->most < p->limit / 2 ? 2 * p->most : p->limit;
}

uint32_t
page_size_next(struct page_size *p, uint64_t from)
{
	uint32_t n = twice(p);

	/* Only if the request is longer up to the multiple. */
	if (p->probing || p->full < p->grow || n - from % n <= p->most)
		return p->most;
	p->probing = true;
	return n;
}

/* After an answer that was too short. */
static void
ask_less(struct page_size *p)
{
	if (p->known && p->grow < MAX_GROW)
		p->grow *= 2;
	p->full = 0;
	p->probing = false;
}

/* Set a smaller size. */
static void
lower(struct page_size *p, uint32_t n)
{
	ask_less(p);
	p->most = n;
}

void
page_size_answer(
    struct page_size *p, uint64_t from, uint32_t asked, uint32_t n, bool at_end)
{
	uint64_t end = from + n;

	if (asked > p->most && n <= p->most && !at_end) {
		ask_less(p);
		return;
	}
	if (n == asked) {
		if (asked < p->most) /* cut by alignment: ignore */
			return;
		p->known = true;
		p->full++;
		if (asked > p->most) {
			p->most = twice(p);
			p->full = 0;
			p->probing = false;
		}
		return;
	}
	if (at_end || n == 0)
		return;
	/* If the server aligns answers, a short one ends at a multiple of the
	 * limit; if not, the next one is as short. */
	if (end % n == 0 || n == p->last_short) {
		lower(p, n);
		p->known = true;
	}
	p->last_short = n;
}

void
page_size_shrink(struct page_size *p, uint32_t n)
{
	if (n > 0 && n < p->most) {
		lower(p, n);
		p->known = true;
	} else if (p->probing)
		ask_less(p);
}

uint32_t
page_size_stored(const struct page_size *p)
{
	return p->known && p->most >= MIN_STORED ? p->most : 0;
}
