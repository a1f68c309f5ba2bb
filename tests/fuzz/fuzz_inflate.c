/* SPDX-License-Identifier: Apache-2.0 */
/* Gzip bodies, by libdeflate and by zlib. */
#include <ctwatch/net/inflate.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct inflate *z = inflate_new();
	struct buf out;

	buf_init(&out, 1 << 20);
	ASSERT(
	    inflate_gzip(z, (struct bytes){ data, size }, &out) == INFLATE_OK ||
	    out.n == 0);
	buf_fini(&out);
	inflate_free(z);
	return 0;
}
