/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl_init: start and end libcurl; options that all requests share.
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

/*
 * Set an option of the CURL handle unless *code, a CURLcode, is an earlier
 * failure: one check after many options sees the first that failed.
 */
#define CURL_INIT_SET(code, handle, option, value)                             \
	do {                                                                   \
		if (*(code) == CURLE_OK)                                       \
			*(code) = curl_easy_setopt(handle, option, value);     \
	} while (0)

/* Make a CURL with the user agent and trusted roots in o; NULL if libcurl
 * refuses an option. */
void *curl_init_handle(const struct http_options *o);

/* Set the proxy of its next request: none of the environment's for a URL on
 * this host, which may be http because it stays here.  A CURLcode. */
int curl_init_route(void *handle, const struct http_options *o, bool is_local);

#endif
