/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/name_set.h"
#include <ctwatch/base/limits.h>

/* A set: the number of its members (5 bytes), the bits of a remainder (1), the
 * bytes that follow (5), and the codes; the last SPARE bytes are zero. */
#define HEADER 11
#define SPARE  8

/* Bits of a digit of the radix sort. */
#define DIGIT 9

size_t
name_set_sort(uint32_t *v, size_t n, uint32_t *spare)
{
	uint32_t *from = v, *to = spare, *other;
	size_t left = 0;

	for (unsigned shift = 0; shift < NAME_SET_BITS; shift += DIGIT) {
		size_t at[1 << DIGIT] = { 0 }, sum = 0, next;

		for (size_t i = 0; i < n; i++)
			at[from[i] >> shift & ((1 << DIGIT) - 1)]++;
		for (size_t i = 0; i < 1 << DIGIT; i++) {
			next = sum + at[i];
			at[i] = sum;
			sum = next;
		}
		for (size_t i = 0; i < n; i++)
			to[at[from[i] >> shift & ((1 << DIGIT) - 1)]++] =
			    from[i];
		other = from;
		from = to;
		to = other;
	}
	for (size_t i = 0; i < n; i++)
		if (left == 0 || from[i] != v[left - 1])
			v[left++] = from[i];
	return left;
}

/* ---- writing ---- */

struct writer {
	uint8_t *p;
	uint64_t word; /* the low `bits` bits are not written yet */
	unsigned bits; /* at most 7 between calls */
};

/* Write the low n bits of v; n is at most 56. */
static void
put(struct writer *w, uint64_t v, unsigned n)
{
	w->word = w->word << n | v;
	for (w->bits += n; w->bits >= 8; w->bits -= 8)
		*w->p++ = (uint8_t)(w->word >> (w->bits - 8));
}

/* Return the bits of a remainder that make n codes short: log2 of half the mean
 * difference, rounded up. */
static unsigned
remainder_bits(size_t n)
{
	unsigned bits = NAME_SET_BITS - 1;

	for (; n > 1; n /= 2)
		bits--;
	return bits;
}

static void
put_u40(uint8_t *p, uint64_t v)
{
	for (int i = 4; i >= 0; i--) {
		p[i] = (uint8_t)v;
		v >>= 8;
	}
}

bool
name_set_pack(const uint32_t *v, size_t n, struct buf *out)
{
	const unsigned k = remainder_bits(n);
	/* The quotients add up to at most that of the last number. */
	const uint64_t last = n > 0 ? v[n - 1] : 0;
	const size_t most = (n * (k + 1) + (last >> k)) / 8 + 2;
	uint64_t before = 0;
	uint8_t *start;
	struct writer w = { 0 };

	if (!buf_reserve(out, HEADER + most + SPARE))
		return false;
	start = out->p + out->n;
	w.p = start + HEADER;
	for (size_t i = 0; i < n; i++) {
		uint64_t d = v[i] - before, q = d >> k;

		for (; q >= 32; q -= 32)
			put(&w, 0, 32);
		put(&w, 1, (unsigned)q + 1);
		put(&w, d & ((UINT64_C(1) << k) - 1), k);
		before = (uint64_t)v[i] + 1;
	}
	put(&w, 0, 7);
	memset(w.p, 0, SPARE);
	w.p += SPARE;
	put_u40(start, n);
	start[5] = (uint8_t)k;
	put_u40(start + 6, (uint64_t)(w.p - start - HEADER));
	out->n += (size_t)(w.p - start);
	return true;
}

/* ---- reading ---- */

bool
name_set_take(struct bytes *in, struct bytes *set, size_t *n)
{
	struct bytes rest = *in, codes;
	uint64_t count, length;
	uint8_t k;

	if (!bytes_u40(&rest, &count) || !bytes_u8(&rest, &k) ||
	    !bytes_u40(&rest, &length) || count > LIMIT_BLOCK_KEYS ||
	    k > NAME_SET_BITS || length < SPARE ||
	    count * (k + 1) > 8 * length || !bytes_take(&rest, length, &codes))
		return false;
	*set = bytes_at(in->p + 5, HEADER - 5 + length);
	*n = count;
	*in = rest;
	return true;
}

struct reader {
	const uint8_t *p;
	uint64_t at, end; /* bits */
	unsigned k;
	uint64_t next; /* the least number that may follow */
};

static struct reader
reader_of(struct bytes set)
{
	return (struct reader){ .p = set.p + HEADER - 5,
		.end = 8 * (set.n - (HEADER - 5) - SPARE),
		.k = *set.p };
}

/* Return at least 57 bits from a position on, at the left. */
static inline uint64_t
window(const struct reader *r)
{
	uint64_t x;

	memcpy(&x, r->p + r->at / 8, sizeof x);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x << r->at % 8;
}

/* Read the next number; false if the codes end before it or exceed the
 * range. */
static inline bool
next(struct reader *r, uint32_t *out)
{
	uint64_t q = 0, x = window(r);
	unsigned zeros;

	while (x >> 8 == 0) {
		q += 56;
		r->at += 56;
		if (r->at >= r->end)
			return false;
		x = window(r);
	}
	zeros = (unsigned)__builtin_clzll(x);
	r->at += zeros + 1;
	if (r->at + r->k > r->end)
		return false;
	q = (q + zeros) << r->k;
	if (r->k > 0)
		q |= window(r) >> (64 - r->k);
	r->at += r->k;
	q += r->next;
	*out = (uint32_t)q;
	r->next = q + 1;
	return q >> NAME_SET_BITS == 0;
}

bool
name_set_unpack(struct bytes set, size_t n, uint32_t *v)
{
	struct reader r = reader_of(set);

	for (size_t i = 0; i < n; i++)
		if (!next(&r, &v[i]))
			return false;
	return true;
}

bool
name_set_find(struct bytes set, size_t n, const uint32_t *keys, size_t n_keys,
    uint8_t tiles[static 32])
{
	struct reader r = reader_of(set);
	size_t at = 0;
	uint32_t v;

	for (size_t i = 0; i < n; i++) {
		if (!next(&r, &v))
			return false;
		while (at < n_keys && keys[at] < v >> 8)
			at++;
		if (at < n_keys && keys[at] == v >> 8)
			tiles[(v & 0xff) / 8] |= (uint8_t)(1u << v % 8);
	}
	return true;
}
