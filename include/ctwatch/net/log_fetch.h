/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_fetch: a log_client_fetch over http, one request after the other, for
 * commands that send few requests.
 */
#ifndef CTWATCH_NET_LOG_FETCH_H
#define CTWATCH_NET_LOG_FETCH_H

#include <ctwatch/net/http.h>
#include <ctwatch/net/log_client.h>

/* The state of requests to one log; it must outlive the fetch made from it. */
struct log_fetch {
	struct http *http;
	struct http_queue *queue;
	long status;   /* of the last answer; 0: none */
	bool no_cache; /* caches must revalidate */
};

/* Make a fetch with two attempts. */
struct log_client_fetch log_fetch_of(struct log_fetch *f);

#endif
