/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/blob.h>

#include "../support/test.h"

static void
never_exceeds_its_limit(void)
{
	struct buf b;

	buf_init(&b, 5);
	CHECK(buf_add_text(&b, "123"));
	CHECK(!buf_add_text(&b, "456") && b.n == 3);
	CHECK(!buf_printf(&b, "%d", 456) && b.n == 3);
	CHECK(!buf_reserve(&b, 3) && !buf_reserve(&b, SIZE_MAX));
	CHECK(buf_printf(&b, "%d", 45));
	CHECK(strcmp(buf_text(&b), "12345") == 0); /* and a NUL behind it */
	CHECK(!buf_add_byte(&b, '6') && buf_add_text(&b, ""));
	CHECK(b.cap == 6);
	buf_fini(&b);
	CHECK(b.p == NULL && b.n == 0 && b.cap == 0 && b.max == 5);
	buf_init(&b, 0);
	CHECK(!buf_add_byte(&b, 0) && buf_add(&b, (struct bytes){ NULL, 0 }));
	CHECK(*buf_text(&b) == '\0');
	buf_fini(&b);
}

static void
grows_and_keeps_what_it_has(void)
{
	struct buf b;

	buf_init(&b, 100000);
	for (int i = 0; i < 100000; i++)
		CHECK(buf_add_byte(&b, (uint8_t)(i % 251)));
	CHECK(!buf_add_byte(&b, 0) && b.n == 100000);
	for (int i = 0; i < 100000; i++)
		CHECK(b.p[i] == i % 251);
	buf_clear(&b);
	CHECK(b.n == 0 && b.cap == 100001);
	buf_fini(&b);
}

static void
hands_over_its_content(void)
{
	struct buf b;
	char *s;

	buf_init(&b, 100);
	CHECK(buf_printf(&b, "%s-%03d", "a", 7));
	s = buf_detach(&b);
	CHECK(strcmp(s, "a-007") == 0);
	free(s);
	CHECK(b.p == NULL && b.n == 0 && b.max == 100);
	s = buf_detach(&b);
	CHECK(*s == '\0');
	free(s);
}

static void
a_blob_owns_what_it_shows(void)
{
	char text[] = "abc";
	struct blob copy = blob_copy(bytes_of(text)), taken;
	struct buf b;

	memset(text, 'x', 3);
	CHECK(bytes_is(blob_view(copy), "abc") && copy.p[3] == '\0');
	buf_init(&b, 100);
	CHECK(buf_add(&b, blob_view(copy)) && buf_add_byte(&b, 0));
	taken = blob_take(&b);
	CHECK(b.p == NULL && b.n == 0);
	CHECK(taken.n == 4 && memcmp(taken.p, "abc", 4) == 0);
	blob_fini(&copy);
	blob_fini(&taken);
	CHECK(copy.p == NULL && copy.n == 0);
	copy = blob_copy((struct bytes){ NULL, 0 });
	CHECK(copy.p != NULL && copy.n == 0);
	blob_fini(&copy);
}

int
main(void)
{
	never_exceeds_its_limit();
	grows_and_keeps_what_it_has();
	hands_over_its_content();
	a_blob_owns_what_it_shows();
	return 0;
}
