/* SPDX-License-Identifier: Apache-2.0 */
#include "net/buf_pool.h"

#include "../support/test.h"

/* A buffer for n bytes. */
static struct buf
filled(size_t n)
{
	struct buf b;

	buf_init(&b, 16u << 20);
	CHECK(buf_reserve(&b, n));
	b.n = n;
	return b;
}

static void
reuses_the_memory(void)
{
	struct buf_pool *p = buf_pool_new();
	struct buf b = filled(1u << 20), again;
	const uint8_t *memory = b.p;

	buf_pool_give(p, &b);
	CHECK(b.p == NULL && b.n == 0 && b.cap == 0);
	buf_init(&again, 1u << 20);
	buf_pool_take(p, 1u << 20, &again);
	CHECK(again.p == memory && again.n == 0 && again.max == 1u << 20);
	CHECK(buf_reserve(&again, 1u << 20) && again.p == memory);
	buf_init(&b, 1u << 20);
	buf_pool_take(p, 1u << 20, &b); /* it is out */
	CHECK(b.p == NULL);
	buf_pool_give(p, &again);
	buf_pool_leave(p);
}

static void
returns_no_buffer_that_is_too_small(void)
{
	struct buf_pool *p = buf_pool_new();
	struct buf b = filled(1u << 20), want;
	size_t cap = b.cap;

	buf_pool_give(p, &b);
	buf_init(&want, 16u << 20);
	buf_pool_take(p, cap, &want); /* a byte is kept for a NUL */
	CHECK(want.p == NULL);
	buf_pool_take(p, cap - 1, &want);
	CHECK(want.cap == cap);
	buf_fini(&want);
	buf_pool_leave(p);
}

static void
keeps_few_buffers_and_none_small_or_huge(void)
{
	static const size_t not_kept[] = { 0, 100, (4u << 20) + 1 };
	struct buf_pool *p = buf_pool_new();
	struct buf b;
	size_t kept = 0;

	for (size_t i = 0; i < sizeof not_kept / sizeof *not_kept; i++) {
		b = filled(not_kept[i]);
		buf_pool_give(p, &b);
		CHECK(b.p == NULL);
		buf_init(&b, 16u << 20);
		buf_pool_take(p, 1u << 16, &b);
		CHECK(b.p == NULL);
	}
	for (int i = 0; i < 20; i++) {
		b = filled(1u << 17);
		buf_pool_give(p, &b);
	}
	for (int i = 0; i < 20; i++) {
		buf_init(&b, 16u << 20);
		buf_pool_take(p, 1u << 17, &b);
		kept += b.p != NULL;
		buf_fini(&b);
	}
	CHECK(kept == 8);
	buf_pool_leave(p);
}

static void
is_freed_with_its_last_reference(void)
{
	struct buf_pool *p = buf_pool_new();
	struct buf b = filled(1u << 20);

	buf_pool_join(p);
	buf_pool_leave(p);
	buf_pool_give(p, &b);
	buf_pool_leave(p);
}

int
main(void)
{
	reuses_the_memory();
	returns_no_buffer_that_is_too_small();
	keeps_few_buffers_and_none_small_or_huge();
	is_freed_with_its_last_reference();
	return 0;
}
