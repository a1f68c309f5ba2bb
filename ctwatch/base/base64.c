/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>
#define HAVE_AVX2 1
#endif

/* The value of each digit; 0x80 marks other characters. */
static const uint8_t value[256] = {
#define NO8  128, 128, 128, 128, 128, 128, 128, 128
#define NO32 NO8, NO8, NO8, NO8
	NO32, NO8, 128, 128, 128, 62, 128, 128, 128, 63, 52, 53, 54, 55, 56, 57,
	58, 59, 60, 61, 128, 128, 128, 128, 128, 128, 128, 0, 1, 2, 3, 4, 5, 6,
	7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	128, 128, 128, 128, 128, 128, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
	36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 128,
	128, 128, 128, 128, NO32, NO32, NO32, NO32
#undef NO8
#undef NO32
};

bool
base64_quads_plain(struct bytes in, uint8_t *out)
{
	const uint8_t *p = in.p;
	uint8_t bad = 0;

	for (size_t n = in.n / 4; n > 0; n--, p += 4, out += 3) {
		uint8_t a = value[p[0]], b = value[p[1]];
		uint8_t c = value[p[2]], d = value[p[3]];

		bad |= a | b | c | d;
		out[0] = (uint8_t)(a << 2 | b >> 4);
		out[1] = (uint8_t)(b << 4 | c >> 2);
		out[2] = (uint8_t)(c << 6 | d);
	}
	return (bad & 0x80) == 0;
}

#ifdef HAVE_AVX2
/*
 * After W. Mula and D. Lemire, "Faster Base64 Encoding and Decoding Using
 * AVX2 Instructions" (2018).  Two nibbles identify a digit: a table
 * for each gives a set of bits, and the sets of a valid pair are disjoint.
 * Its value is the character plus an offset that the high nibble selects;
 * '/' has the high nibble of '+', so a comparison separates them.
 * Stops before a store of 32 bytes would pass the end; returns the number of
 * characters taken.
 */
__attribute__((target("avx2"))) static size_t
quads_avx2(struct bytes in, uint8_t *out, bool *ok)
{
	const __m256i low_set = _mm256_broadcastsi128_si256(
	    _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
	        0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a));
	const __m256i high_set = _mm256_broadcastsi128_si256(
	    _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10,
	        0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10));
	const __m256i offset = _mm256_broadcastsi128_si256(_mm_setr_epi8(
	    0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
	const __m256i pack = _mm256_broadcastsi128_si256(_mm_setr_epi8(
	    2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
	const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
	const __m256i slash = _mm256_set1_epi8('/');
	__m256i bad = _mm256_setzero_si256();
	size_t n = 0;

	for (; in.n - n >= 44; n += 32, out += 24) {
		__m256i c = _mm256_loadu_si256((const __m256i *)(in.p + n));
		__m256i high = _mm256_and_si256(_mm256_srli_epi32(c, 4), slash);
		__m256i low = _mm256_and_si256(c, slash);

		bad = _mm256_or_si256(bad,
		    _mm256_and_si256(_mm256_shuffle_epi8(low_set, low),
		        _mm256_shuffle_epi8(high_set, high)));
		c = _mm256_add_epi8(c,
		    _mm256_shuffle_epi8(offset,
		        _mm256_add_epi8(_mm256_cmpeq_epi8(c, slash), high)));
		/* Four values of 6 bits become one of 24. */
		c = _mm256_maddubs_epi16(c, _mm256_set1_epi32(0x01400140));
		c = _mm256_madd_epi16(c, _mm256_set1_epi32(0x00011000));
		c = _mm256_permutevar8x32_epi32(
		    _mm256_shuffle_epi8(c, pack), join);
		_mm256_storeu_si256((__m256i *)out, c);
	}
	*ok = _mm256_testz_si256(bad, bad) != 0;
	return n;
}
#endif

bool
base64_quads(struct bytes in, uint8_t *out)
{
#ifdef HAVE_AVX2
	if (__builtin_cpu_supports("avx2")) {
		bool ok;
		size_t n = quads_avx2(in, out, &ok);

		return ok &&
		    base64_quads_plain(
		        (struct bytes){ in.p + n, in.n - n }, out + n / 4 * 3);
	}
#endif
	return base64_quads_plain(in, out);
}
