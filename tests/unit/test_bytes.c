/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/bytes.h>

#include "../support/test.h"

static const uint8_t d[] = { 0x00, 0x05, 1, 2, 3, 0xff, 0xfe, 0xfd, 0x80,
	0x7f };

static void
takes_nothing_on_failure(void)
{
	struct bytes b = { d, 5 }, out;

	CHECK(!bytes_vec16(&b, &out)); /* five bytes, and three are there */
	CHECK(!bytes_vec24(&b, &out));
	CHECK(!bytes_take(&b, 6, &out));
	CHECK(!bytes_take(&b, SIZE_MAX, &out));
	CHECK(!bytes_until(&b, 9, &out));
	CHECK(b.p == d && b.n == 5);
}

static void
takes_numbers_with_the_first_byte_highest(void)
{
	struct bytes b = { d, sizeof d };
	uint8_t u8;
	uint16_t u16;
	uint64_t u40, u64;

	CHECK(bytes_u8(&b, &u8) && u8 == 0);
	CHECK(bytes_u16(&b, &u16) && u16 == 0x0501);
	CHECK(bytes_u16(&b, &u16) && u16 == 0x0203);
	CHECK(bytes_u8(&b, &u8) && u8 == 0xff);
	CHECK(b.n == 4 && !bytes_u40(&b, &u40) && !bytes_u64(&b, &u64));
	CHECK(bytes_u16(&b, &u16) && u16 == 0xfefd);
	CHECK(bytes_u8(&b, &u8) && u8 == 0x80 && b.n == 1);
	CHECK(!bytes_u16(&b, &u16) && b.n == 1);
	CHECK(bytes_u8(&b, &u8) && u8 == 0x7f && b.n == 0);
	CHECK(!bytes_u8(&b, &u8));
	b = (struct bytes){ d, sizeof d };
	CHECK(bytes_u40(&b, &u40) && u40 == 0x0005010203);
	CHECK(bytes_u40(&b, &u40) && u40 == 0xfffefd807f);
	b = (struct bytes){ d + 2, 8 };
	CHECK(bytes_u64(&b, &u64) && u64 == 0x010203fffefd807f);
}

static void
takes_vectors_whole(void)
{
	static const uint8_t v[] = { 0, 2, 'a', 'b', 0, 0, 1, 'c', 0, 0 };
	struct bytes b = { v, sizeof v }, out;

	CHECK(bytes_vec16(&b, &out) && bytes_is(out, "ab"));
	CHECK(bytes_vec24(&b, &out) && bytes_is(out, "c"));
	CHECK(bytes_vec16(&b, &out) && out.n == 0 && b.n == 0);
	for (size_t n = 0; n < 4; n++) {
		b = (struct bytes){ v, n };
		CHECK(!bytes_vec16(&b, &out) && b.n == n);
	}
}

static void
takes_text_up_to_a_separator_and_skips_it(void)
{
	struct bytes b = bytes_of("a,,b"), out;

	CHECK(bytes_until(&b, ',', &out) && bytes_is(out, "a"));
	CHECK(bytes_until(&b, ',', &out) && out.n == 0);
	CHECK(!bytes_until(&b, ',', &out) && bytes_is(b, "b"));
	b = (struct bytes){ NULL, 0 };
	CHECK(!bytes_until(&b, ',', &out));
}

static void
orders_as_words_in_a_dictionary(void)
{
	static const char *const words[] = { "", "a", "aa", "ab", "b", "\xff" };
	const struct bytes none = { NULL, 0 };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
			struct bytes a = bytes_of(words[i]);
			struct bytes b = bytes_of(words[j]);
			int c = bytes_compare(a, b);

			CHECK((c > 0) - (c < 0) == (i > j) - (i < j));
			CHECK(bytes_equal(a, b) == (i == j));
		}
	CHECK(bytes_equal(none, bytes_of("")) && bytes_is(none, ""));
	CHECK(bytes_compare(none, bytes_of("")) == 0);
}

static void
steps_through_its_parts_to_the_end(void)
{
	const struct bytes all = bytes_of("abcdef");
	struct bytes b = all, head, middle;

	CHECK(bytes_take(&b, 2, &head) && bytes_take(&b, 2, &middle));
	CHECK(bytes_enclose(all, all) && bytes_enclose(all, head));
	CHECK(bytes_enclose(all, middle) && bytes_enclose(all, b));
	CHECK(!bytes_enclose(head, middle) && !bytes_enclose(b, middle));
	CHECK(!bytes_enclose(middle, all));
	middle.n = 5; /* one byte past the end of all */
	CHECK(!bytes_enclose(all, middle));
	CHECK(bytes_take(&b, 2, &middle) && b.n == 0);
	CHECK(bytes_enclose(all, b)); /* empty, at the end */
}

static void
views_parts(void)
{
	struct bytes all = bytes_of("abcdef"), two = bytes_part(all, 2, 2);

	CHECK(bytes_is(two, "cd") && bytes_end_of(all, two) == 4);
	CHECK(bytes_is(bytes_part(all, 0, 6), "abcdef"));
	CHECK(bytes_part(all, 6, 0).n == 0);
	CHECK(bytes_part(all, 5, 2).n == 0 && bytes_part(all, 7, 0).n == 0);
	CHECK(bytes_part(all, 1, SIZE_MAX).n == 0);
}

static void
finds_the_common_prefix(void)
{
	uint8_t a[100] = { 0 }, b[100] = { 0 };

	CHECK(bytes_common(bytes_at(a, 100), bytes_at(b, 99)) == 99);
	CHECK(bytes_common(bytes_at(a, 0), bytes_at(b, 99)) == 0);
	for (size_t i = 0; i < 100; i++) {
		b[i] = 1;
		CHECK(bytes_common(bytes_at(a, 100), bytes_at(b, 100)) == i);
		b[i] = 0;
	}
}

int
main(void)
{
	steps_through_its_parts_to_the_end();
	takes_nothing_on_failure();
	takes_numbers_with_the_first_byte_highest();
	takes_vectors_whole();
	takes_text_up_to_a_separator_and_skips_it();
	orders_as_words_in_a_dictionary();
	views_parts();
	finds_the_common_prefix();
	return 0;
}
