/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <zlib.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/net/inflate.h>

#include "../support/test.h"

static struct inflate *z;

/* The gzip of in by zlib; the caller frees .p. */
static struct bytes
gzip(struct bytes in, int level)
{
	z_stream s = { .next_in = (z_const Bytef *)in.p,
		.avail_in = (uInt)in.n };
	uint8_t *p;

	CHECK(deflateInit2(&s, level, Z_DEFLATED, 16 + MAX_WBITS, 8,
	          Z_DEFAULT_STRATEGY) == Z_OK);
	s.avail_out = (uInt)deflateBound(&s, s.avail_in);
	s.next_out = p = mem_alloc(s.avail_out, 1);
	CHECK(deflate(&s, Z_FINISH) == Z_STREAM_END);
	CHECK(deflateEnd(&s) == Z_OK);
	return (struct bytes){ p, s.total_out };
}

static enum inflate_result
result(struct bytes in, size_t max)
{
	enum inflate_result r;
	struct buf out;

	buf_init(&out, max);
	buf_add_text(&out, "old");
	r = inflate_gzip(z, in, &out);
	CHECK(r == INFLATE_OK || out.n == 0);
	buf_fini(&out);
	return r;
}

static void
decompresses_to_the_same_bytes(void)
{
	static const int levels[] = { 0, 1, 6, 9 };
	struct bytes text = test_data("loglists/google-2026-04-19.json");

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		for (size_t n = 0; n <= text.n; n += 1 + n * 2) {
			struct bytes plain = { text.p, n };
			struct bytes in = gzip(plain, levels[i]);
			struct buf out;

			buf_init(&out, LIMIT_PAGE);
			CHECK(inflate_gzip(z, in, &out) == INFLATE_OK);
			CHECK(bytes_equal(buf_view(&out), plain));
			buf_fini(&out);
			free((void *)in.p);
		}
	free((void *)text.p);
}

static void
refuses_every_proper_prefix(void)
{
	struct bytes text = test_data("loglists/google-pubkey.pem");
	struct bytes in = gzip(text, 9);

	for (size_t n = 0; n < in.n; n++)
		CHECK(result((struct bytes){ in.p, n }, LIMIT_PAGE) !=
		    INFLATE_OK);
	CHECK(result(in, LIMIT_PAGE) == INFLATE_OK);
	free((void *)in.p);
	free((void *)text.p);
}

/* Some bits carry nothing: time, system, and what pads the last byte. */
static void
a_changed_bit_gives_the_same_text_or_an_error(void)
{
	struct bytes text = test_data("loglists/google-pubkey.pem");
	struct bytes in = gzip(text, 9);
	uint8_t *p = blob_copy(in).p;
	unsigned refused = 0;
	struct buf out;

	buf_init(&out, LIMIT_PAGE);
	for (size_t i = 0; i < 8 * in.n; i++) {
		p[i / 8] ^= (uint8_t)(1u << i % 8);
		if (inflate_gzip(z, (struct bytes){ p, in.n }, &out) !=
		    INFLATE_OK)
			refused++;
		else
			CHECK(bytes_equal(buf_view(&out), text));
		p[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	CHECK(refused >= 8 * (in.n - 8));
	buf_fini(&out);
	free(p);
	free((void *)in.p);
	free((void *)text.p);
}

static void
refuses_what_follows_the_member(void)
{
	struct bytes in = gzip(bytes_of("one"), 6);
	struct buf two;

	buf_init(&two, 4096);
	buf_add(&two, in);
	buf_add_byte(&two, 0);
	CHECK(result(buf_view(&two), 4096) == INFLATE_CORRUPT);
	buf_clear(&two);
	buf_add(&two, in);
	buf_add(&two, in);
	CHECK(result(buf_view(&two), 4096) == INFLATE_CORRUPT);
	buf_fini(&two);
	free((void *)in.p);
}

static void
refuses_what_is_not_gzip(void)
{
	CHECK(result(bytes_of(""), 4096) == INFLATE_CORRUPT);
	CHECK(result(bytes_of("{\"entries\":[{\"leaf_input\":"), 4096) ==
	    INFLATE_CORRUPT);
	CHECK(!inflate_is_gzip(bytes_of("\x1f")));
	CHECK(!inflate_is_gzip(bytes_of("{}")));
	CHECK(inflate_is_gzip(bytes_of("\x1f\x8b")));
}

static void
keeps_the_size_limit_to_the_byte(void)
{
	struct bytes text = test_data("loglists/google-2026-04-19.json");
	struct bytes in = gzip(text, 6);

	CHECK(result(in, text.n) == INFLATE_OK);
	CHECK(result(in, text.n - 1) == INFLATE_TOO_LARGE);
	free((void *)in.p);
	free((void *)text.p);
}

/* n zeros behind a header that an optional name pads to exactly size. */
static struct bytes
bomb(size_t n, size_t size)
{
	struct bytes zeros = { mem_alloc(n, 1), n };
	struct bytes in = gzip(zeros, 9);
	struct buf out;

	CHECK(in.n + 1 <= size);
	buf_init(&out, size);
	buf_add(&out, (struct bytes){ in.p, 10 });
	out.p[3] = 8; /* FNAME */
	while (out.n < size - (in.n - 10) - 1)
		buf_add_byte(&out, 'x');
	buf_add_byte(&out, 0);
	buf_add(&out, (struct bytes){ in.p + 10, in.n - 10 });
	CHECK(out.n == size);
	free((void *)in.p);
	free((void *)zeros.p);
	return buf_view(&out);
}

static void
keeps_the_ratio_limit_to_the_byte(void)
{
	size_t n = LIMIT_INFLATE_RATIO * 4000 + LIMIT_INFLATE_SLACK;
	struct bytes in = bomb(n, 4000);

	CHECK(result(in, LIMIT_PAGE) == INFLATE_OK);
	free((void *)in.p);
	in = bomb(n + 1, 4000);
	CHECK(result(in, LIMIT_PAGE) == INFLATE_TOO_LARGE);
	free((void *)in.p);
}

static void
allocates_no_memory_for_a_gzip_bomb(void)
{
	struct bytes in = bomb(32u << 20, 40000);
	uint8_t *lie = blob_copy(in).p;
	struct buf out;

	buf_init(&out, LIMIT_PAGE);
	CHECK(inflate_gzip(z, in, &out) == INFLATE_TOO_LARGE);
	CHECK(out.cap == 0);
	/* One that says it is small is found out after that much. */
	memcpy(lie + in.n - 4, "\x10\0\0\0", 4);
	CHECK(inflate_gzip(z, (struct bytes){ lie, in.n }, &out) ==
	    INFLATE_CORRUPT);
	CHECK(out.cap < 4096);
	buf_fini(&out);
	free(lie);
	free((void *)in.p);
}

static void
changes_a_body_that_is_gzip_and_no_other(void)
{
	const struct bytes plain = bytes_of("hello");
	struct bytes in = gzip(plain, 9);
	struct buf body, error;

	buf_init(&body, 1000);
	buf_init(&error, 1000);
	CHECK(buf_add(&body, plain) && inflate_body(&body, 4, &error));
	CHECK(bytes_equal(buf_view(&body), plain));
	buf_clear(&body);
	CHECK(buf_add(&body, in) && !inflate_body(&body, 4, &error));
	CHECK(bytes_equal(buf_view(&body), in) && error.n > 0);
	buf_clear(&error);
	CHECK(inflate_body(&body, 5, &error) && error.n == 0);
	CHECK(bytes_equal(buf_view(&body), plain) && body.max == 5);
	buf_fini(&body);
	buf_fini(&error);
	free((void *)in.p);
}

int
main(void)
{
	z = inflate_new();
	decompresses_to_the_same_bytes();
	refuses_every_proper_prefix();
	a_changed_bit_gives_the_same_text_or_an_error();
	refuses_what_follows_the_member();
	refuses_what_is_not_gzip();
	keeps_the_size_limit_to_the_byte();
	keeps_the_ratio_limit_to_the_byte();
	allocates_no_memory_for_a_gzip_bomb();
	changes_a_body_that_is_gzip_and_no_other();
	inflate_free(z);
	return 0;
}
