/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>

#include "net/buf_pool.h"
#include <ctwatch/base/mem.h>

/* Limits of the pool: the pages of one log at full speed, of usual size. */
#define KEPT       8
#define POOLED_MIN (64u << 10)
#define POOLED_MAX (4u << 20)

struct buf_pool {
	pthread_mutex_t lock;
	unsigned users;
	size_t n;
	struct buf kept[KEPT];
};

struct buf_pool *
buf_pool_new(void)
{
	struct buf_pool *p = mem_alloc(1, sizeof *p);

	pthread_mutex_init(&p->lock, NULL);
	p->users = 1;
	return p;
}

void
buf_pool_join(struct buf_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->users++;
	pthread_mutex_unlock(&p->lock);
}

void
buf_pool_leave(struct buf_pool *p)
{
	unsigned users;

	pthread_mutex_lock(&p->lock);
	users = --p->users;
	pthread_mutex_unlock(&p->lock);
	if (users > 0)
		return;
	for (size_t i = 0; i < p->n; i++)
		buf_fini(&p->kept[i]);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
buf_pool_take(struct buf_pool *p, size_t n, struct buf *out)
{
	if (n < POOLED_MIN)
		return;
	pthread_mutex_lock(&p->lock);
	for (size_t i = p->n; i-- > 0;)
		if (p->kept[i].cap > n) {
			out->p = p->kept[i].p;
			out->cap = p->kept[i].cap;
			p->kept[i] = p->kept[--p->n];
			break;
		}
	pthread_mutex_unlock(&p->lock);
}

void
buf_pool_give(struct buf_pool *p, struct buf *b)
{
	if (b->cap >= POOLED_MIN && b->cap <= POOLED_MAX) {
		pthread_mutex_lock(&p->lock);
		if (p->n < KEPT) {
			p->kept[p->n++] = *b;
			buf_init(b, b->max);
		}
		pthread_mutex_unlock(&p->lock);
	}
	buf_fini(b);
}
