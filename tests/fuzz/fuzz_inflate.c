/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <ctwatch/net/inflate.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct inflate *z = inflate_new();
	struct buf out;

	buf_init(&out, 1 << 20);
	if (inflate_gzip(z, (struct bytes){ data, size }, &out) != INFLATE_OK &&
	    out.n != 0)
		abort();
	buf_fini(&out);
	inflate_free(z);
	return 0;
}
