/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_span.h"

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>
#define HAVE_AVX2 1
#endif

size_t
json_span_length_simple(struct bytes in)
{
	size_t n = 0;

	while (n < in.n && in.p[n] >= 0x20 && in.p[n] < 0x80 &&
	    in.p[n] != '"' && in.p[n] != '\\')
		n++;
	return n;
}

#ifdef HAVE_AVX2
/* Return a mask of the bytes that are not plain.  As signed numbers, control
 * characters and bytes outside ASCII are less than a blank. */
__attribute__((target("avx2"))) static inline __m256i
odd(__m256i c)
{
	return _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(' '), c),
	    _mm256_or_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8('"')),
	        _mm256_cmpeq_epi8(c, _mm256_set1_epi8('\\'))));
}

__attribute__((target("avx2"))) static size_t
plain_avx2(struct bytes in)
{
	size_t n = 0;

	for (; in.n - n >= 64; n += 64) {
		const __m256i *p = (const __m256i *)(in.p + n);
		__m256i a = odd(_mm256_loadu_si256(p));
		__m256i b = odd(_mm256_loadu_si256(p + 1));

		if (!_mm256_testz_si256(
		        _mm256_or_si256(a, b), _mm256_or_si256(a, b)))
			break;
	}
	return n +
	    json_span_length_simple((struct bytes){ in.p + n, in.n - n });
}
#endif

size_t
json_span_length(struct bytes in)
{
#ifdef HAVE_AVX2
	if (__builtin_cpu_supports("avx2"))
		return plain_avx2(in);
#endif
	return json_span_length_simple(in);
}
