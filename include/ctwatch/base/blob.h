/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob: bytes that their holder owns; struct bytes is a borrowed view.
 */
#ifndef CTWATCH_BASE_BLOB_H
#define CTWATCH_BASE_BLOB_H

#include <ctwatch/base/buf.h>

struct blob {
	uint8_t *p; /* owned, with a NUL after it; NULL: there is none */
	size_t n;   /* bytes, without the NUL */
};

/* Copy in; free with blob_fini. */
struct blob blob_copy(struct bytes in);

/* Take the content of b, which is then empty; free with blob_fini. */
struct blob blob_take(struct buf *b);

/* Return the content; borrowed until blob_fini. */
struct bytes blob_view(struct blob b);

/* Free the content; b is then {0}. */
void blob_fini(struct blob *b);

#endif
