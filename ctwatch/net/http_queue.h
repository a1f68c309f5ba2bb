/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_queue: the requests to one operator: its limits, and which is next.
 * Only for the network thread.
 */
#ifndef CTWATCH_NET_HTTP_QUEUE_H
#define CTWATCH_NET_HTTP_QUEUE_H

#include "net/http_transfer.h"
#include "net/rate_limit.h"

/* A request from http_start to done; in one list at a time. */
struct http_job {
	struct http_job *next;
	struct http_queue *queue;
	const void *owner;
	int64_t not_before; /* this and first: see struct http_request */
	bool first;
	void (*done)(void *arg, struct http_response *response);
	void *arg;
	struct http_transfer t;
};

struct http_queue {
	struct http_queue *next;
	char *name;
	struct rate_limit limit;
	struct http_job *waiting; /* oldest first */
};

/* Call done with the response of j, and free j. */
void http_queue_deliver(struct http_job *j);

/* Deliver j as a failure without an answer. */
void http_queue_fail(
    struct http_job *j, enum http_result result, const char *why);

/* Put j at the end of its queue or, if j->first, at the beginning. */
void http_queue_push(struct http_job *j);

/*
 * Remove and return the next job of q that may start now, or NULL: the oldest
 * of the owner with the fewest jobs in the list active.  If it must wait for
 * memory, set *no_room and return one that needs none.
 */
struct http_job *http_queue_take(struct http_queue *q,
    const struct http_job *active, int64_t now, bool *no_room);

/* Return the time in ms until a waiting job may start that may not now, or
 * -1. */
int64_t http_queue_wait(const struct http_queue *q, int64_t now);

/* Fail all waiting jobs of q. */
void http_queue_fail_all(
    struct http_queue *q, enum http_result result, const char *why);

#endif
