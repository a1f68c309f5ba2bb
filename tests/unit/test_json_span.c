/* SPDX-License-Identifier: Apache-2.0 */
/* The fast search against the definition, for every byte in every place. */
#include <string.h>

#include "base/json_span.h"

#include "../support/test.h"

static void
stops_at_exactly_what_is_not_plain(void)
{
	for (size_t n = 0; n <= 200; n += n < 10 ? 1 : 19) {
		/* A buffer of exactly n, for the sanitizers. */
		uint8_t *p = mem_alloc(n > 0 ? n : 1, 1);

		memset(p, 'x', n);
		CHECK(json_span_length((struct bytes){ p, n }) == n);
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c < 256; c++) {
				bool plain = c >= 0x20 && c <= 0x7f &&
				    c != '"' && c != '\\';
				struct bytes in = { p, n };

				p[at] = (uint8_t)c;
				CHECK(json_span_length(in) == (plain ? n : at));
				CHECK(json_span_length_simple(in) ==
				    (plain ? n : at));
				p[at] = 'x';
			}
		free(p);
	}
}

int
main(void)
{
	stops_at_exactly_what_is_not_plain();
	return 0;
}
