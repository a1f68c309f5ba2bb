/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>

#include "net/http_queue.h"

void
http_queue_deliver(struct http_job *j)
{
	j->done(j->arg, &j->t.r);
	http_transfer_fini(&j->t);
	free(j);
}

void
http_queue_fail(struct http_job *j, enum http_result result, const char *why)
{
	http_transfer_fail(&j->t, result, why);
	http_queue_deliver(j);
}

void
http_queue_push(struct http_job *j)
{
	struct http_job **at = &j->queue->waiting;

	while (!j->first && *at != NULL)
		at = &(*at)->next;
	j->next = *at;
	*at = j;
}

/* Count the jobs in the list active with the queue and the owner of like. */
static unsigned
under_way(const struct http_job *active, const struct http_job *like)
{
	unsigned n = 0;

	for (const struct http_job *j = active; j != NULL; j = j->next)
		n += j->owner == like->owner && j->queue == like->queue;
	return n;
}

/* Find the oldest job of the owner with the fewest active jobs, or NULL, among
 * those that may start now.  If small, consider only those that need no
 * memory. */
static struct http_job **
find_next(struct http_queue *q, const struct http_job *active, int64_t now,
    bool small)
{
	struct http_job **best = NULL;
	unsigned least = UINT_MAX;

	for (struct http_job **at = &q->waiting; *at != NULL && least > 0;
	     at = &(*at)->next) {
		unsigned n;

		if ((*at)->not_before > now || (small && (*at)->t.room != NULL))
			continue;
		n = under_way(active, *at);
		if (n < least) {
			least = n;
			best = at;
		}
	}
	return best;
}

struct http_job *
http_queue_take(struct http_queue *q, const struct http_job *active,
    int64_t now, bool *no_room)
{
	struct http_job **at = find_next(q, active, now, false), *j;

	*no_room = at != NULL && (*at)->t.room != NULL &&
	    !(*at)->t.room((*at)->arg, 0);
	if (*no_room)
		at = find_next(q, active, now, true);
	if (at == NULL)
		return NULL;
	j = *at;
	*at = j->next;
	return j;
}

int64_t
http_queue_wait(const struct http_queue *q, int64_t now)
{
	int64_t wait = -1;

	for (const struct http_job *j = q->waiting; j != NULL; j = j->next)
		if (j->not_before > now &&
		    (wait < 0 || j->not_before - now < wait))
			wait = j->not_before - now;
	return wait;
}

void
http_queue_fail_all(
    struct http_queue *q, enum http_result result, const char *why)
{
	struct http_job *j;

	while ((j = q->waiting) != NULL) {
		q->waiting = j->next;
		http_queue_fail(j, result, why);
	}
}
