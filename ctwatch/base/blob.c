/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/mem.h>

struct blob
blob_copy(struct bytes in)
{
	struct blob b = { mem_malloc(in.n + 1), in.n };

	if (in.n > 0)
		memcpy(b.p, in.p, in.n);
	b.p[in.n] = '\0';
	return b;
}

struct blob
blob_take(struct buf *b)
{
	size_t n = b->n;

	return (struct blob){ (uint8_t *)buf_detach(b), n };
}

struct bytes
blob_view(struct blob b)
{
	return (struct bytes){ b.p, b.n };
}

void
blob_fini(struct blob *b)
{
	free(b->p);
	*b = (struct blob){ 0 };
}
