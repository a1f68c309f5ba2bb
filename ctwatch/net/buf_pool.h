/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf_pool: the memory of large bodies, kept to be used again.  Fresh pages cost
 * as much as receiving into them: the kernel maps and clears each.
 * Any thread may call.
 */
#ifndef CTWATCH_NET_BUF_POOL_H
#define CTWATCH_NET_BUF_POOL_H

#include <ctwatch/base/buf.h>

struct buf_pool;

/* A pool with one user. */
struct buf_pool *buf_pool_new(void);

/* One user more, or one less; the last one frees it. */
void buf_pool_join(struct buf_pool *p);
void buf_pool_leave(struct buf_pool *p);

/* Give out, which is empty, room for n bytes if the pool has it. */
void buf_pool_take(struct buf_pool *p, size_t n, struct buf *out);

/* Empty b into the pool, or free what it holds. */
void buf_pool_give(struct buf_pool *p, struct buf *b);

#endif
