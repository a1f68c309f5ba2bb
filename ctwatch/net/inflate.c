/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "config.h"

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#include <zlib.h>
#endif

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/inflate.h>

/* A header without options, an empty deflate stream, CRC-32 and ISIZE. */
#define MIN_GZIP 20

bool
inflate_is_gzip(struct bytes in)
{
	return in.n >= 2 && in.p[0] == 0x1f && in.p[1] == 0x8b;
}

/* The stated inflated size of the member (RFC 1952, 2.3.1: modulo 2^32). */
static uint32_t
stated_size(struct bytes in)
{
	const uint8_t *p = in.p + in.n - 4;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

size_t
inflate_size(struct bytes in)
{
	return in.n >= MIN_GZIP && inflate_is_gzip(in) ? stated_size(in) : in.n;
}

/* Return the maximum inflated size of a body of n bytes. */
static size_t
most(size_t n, size_t max)
{
	size_t by_ratio;

	if (__builtin_mul_overflow(n, LIMIT_INFLATE_RATIO, &by_ratio) ||
	    __builtin_add_overflow(by_ratio, LIMIT_INFLATE_SLACK, &by_ratio))
		return max;
	return by_ratio < max ? by_ratio : max;
}

#ifdef HAVE_LIBDEFLATE

struct inflate {
	struct libdeflate_decompressor *d;
};

struct inflate *
inflate_new(void)
{
	struct inflate *z = mem_alloc(1, sizeof *z);

	z->d = libdeflate_alloc_decompressor();
	if (z->d == NULL)
		mem_out();
	return z;
}

void
inflate_free(struct inflate *z)
{
	if (z != NULL)
		libdeflate_free_decompressor(z->d);
	free(z);
}

/* Inflate one member to exactly n bytes, consuming all of in. */
static bool
inflate_whole(struct inflate *z, struct bytes in, uint8_t *out, size_t n)
{
	size_t used, got;

	return libdeflate_gzip_decompress_ex(z->d, in.p, in.n, out, n, &used,
	           &got) == LIBDEFLATE_SUCCESS &&
	    used == in.n && got == n;
}

#else

struct inflate {
	z_stream s;
};

static void *
take_memory(void *arg, unsigned n, unsigned size)
{
	(void)arg;
	return mem_alloc(n, size);
}

static void
give_memory(void *arg, void *p)
{
	(void)arg;
	free(p);
}

struct inflate *
inflate_new(void)
{
	struct inflate *z = mem_alloc(1, sizeof *z);

	z->s.zalloc = take_memory;
	z->s.zfree = give_memory;
	if (inflateInit2(&z->s, 16 + MAX_WBITS) != Z_OK) /* gzip only */
		abort(); /* a zlib other than the compiled-in version */
	return z;
}

void
inflate_free(struct inflate *z)
{
	if (z != NULL)
		inflateEnd(&z->s);
	free(z);
}

/* Inflate one member to exactly n bytes, consuming all of in. */
static bool
inflate_whole(struct inflate *z, struct bytes in, uint8_t *out, size_t n)
{
	if (in.n > UINT32_MAX || inflateReset(&z->s) != Z_OK)
		return false;
	z->s.next_in = (z_const Bytef *)in.p;
	z->s.avail_in = (uInt)in.n;
	z->s.next_out = out;
	z->s.avail_out = (uInt)n;
	return inflate(&z->s, Z_FINISH) == Z_STREAM_END && z->s.avail_in == 0 &&
	    z->s.avail_out == 0;
}

#endif

/*
 * Check the stated size before allocating; a member that inflates to another
 * size is damaged.
 */
enum inflate_result
inflate_gzip(struct inflate *z, struct bytes in, struct buf *out)
{
	uint32_t n;

	buf_clear(out);
	if (in.n < MIN_GZIP || !inflate_is_gzip(in))
		return INFLATE_CORRUPT;
	n = stated_size(in);
	if (n > most(in.n, out->max) || !buf_reserve(out, n))
		return INFLATE_TOO_LARGE;
	if (!inflate_whole(z, in, out->p, n))
		return INFLATE_CORRUPT;
	out->n = n;
	return INFLATE_OK;
}

bool
inflate_body(struct buf *body, size_t max, struct buf *error)
{
	struct inflate *z;
	struct buf out;
	bool ok;

	if (!inflate_is_gzip(buf_view(body)))
		return true;
	z = inflate_new();
	buf_init(&out, max);
	ok = inflate_gzip(z, buf_view(body), &out) == INFLATE_OK;
	inflate_free(z);
	if (!ok) {
		buf_add_text(error, "the gzip body is damaged or too large");
		buf_fini(&out);
		return false;
	}
	buf_fini(body);
	*body = out;
	return true;
}
