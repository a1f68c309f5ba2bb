/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_network: the thread that sends all requests and receives their answers,
 * with one multi handle of libcurl.
 */
#ifndef CTWATCH_NET_HTTP_NETWORK_H
#define CTWATCH_NET_HTTP_NETWORK_H

#include <pthread.h>

#include "net/http_queue.h"

struct http {
	/* Set by http_new and only read after it. */
	struct http_options options; /* its strings are owned */
	void *share;                 /* CURLSH: TLS sessions */
	void *multi;                 /* CURLM */
	struct buf_pool *pool;
	pthread_t thread;

	pthread_mutex_t lock;      /* guards the following members */
	struct http_queue *queues; /* grows at the head, never shrinks */
	struct http_job *inbox, **inbox_end; /* started, not yet seen */
	bool stopped, ending;

	/* Used by the network thread only. */
	struct http_queue
	    *no_room; /* its request has waited longest for memory */
	struct http_job *active;
	void **idle; /* handles for reuse */
	size_t n_idle;
	uint32_t random;
};

/* Start the thread; return 0 or an error number.  It ends when h->ending is set
 * and no job is left. */
int http_network_start(struct http *h);

#endif
