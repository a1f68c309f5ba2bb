/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf_pool: reuse the memory of large bodies.  New pages are as expensive as
 * the reception: the kernel maps and clears each.  Any thread may call.
 */
#ifndef CTWATCH_NET_BUF_POOL_H
#define CTWATCH_NET_BUF_POOL_H

#include <ctwatch/base/buf.h>

struct buf_pool;

/* Return a new pool with one reference. */
struct buf_pool *buf_pool_new(void);

/* Add or release a reference; the last release frees the pool. */
void buf_pool_join(struct buf_pool *p);
void buf_pool_leave(struct buf_pool *p);

/* Give out, which is empty, memory for n bytes if the pool has it. */
void buf_pool_take(struct buf_pool *p, size_t n, struct buf *out);

/* Move the memory of b into the pool, or free it. */
void buf_pool_give(struct buf_pool *p, struct buf *b);

#endif
