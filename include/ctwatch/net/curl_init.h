/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl_init: its beginning and end, and what all requests have in common.
 */
#ifndef CTWATCH_NET_CURL_INIT_H
#define CTWATCH_NET_CURL_INIT_H

#include <ctwatch/net/http.h>

/*
 * Begin to use libcurl; out of memory ends the program there, too.  False
 * with the reason in error.  Each start has its stop, and they can nest.
 */
bool curl_init_start(struct buf *error);
void curl_init_stop(void);

/* The file and the directory of trusted roots that it was built with; NULL
 * for what it has none of.  Static storage. */
void curl_init_roots(const char *out[static 2]);

/* A new CURL that asks under the name in o, and trusts whom o says. */
void *curl_init_handle(const struct http_options *o);

/* Choose the way of its next request: what is allowed without TLS because it
 * stays on this host shall not leave it by a proxy of the environment. */
void curl_init_route(void *handle, const struct http_options *o, bool is_local);

#endif
