/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl_init: start and end libcurl; options for all requests.
 */
#ifndef CTWATCH_NET_CURL_INIT_H
#define CTWATCH_NET_CURL_INIT_H

#include <ctwatch/net/http.h>

/*
 * Start libcurl; out of memory ends the program there, too.  Return false with
 * the reason in error.  Each start needs a stop; they can nest.
 */
bool curl_init_start(struct buf *error);
void curl_init_stop(void);

/* Return the built-in file and directory of trusted roots; NULL for an absent
 * one.  Static storage. */
void curl_init_roots(const char *out[static 2]);

/*
 * Set an option of the CURL handle unless *code, a CURLcode, is an earlier
 * failure: one check after many options suffices.
 */
#define CURL_INIT_SET(code, handle, option, value)                             \
	do {                                                                   \
		if (*(code) == CURLE_OK)                                       \
			*(code) = curl_easy_setopt(handle, option, value);     \
	} while (0)

/* Make a CURL with the user agent and trusted roots in o; NULL if libcurl
 * refuses an option. */
void *curl_init_handle(const struct http_options *o);

/* Start libcurl and make a CURL; NULL with the reason in *error.  Close it with
 * curl_init_close, which also stops libcurl. */
void *curl_init_open(const struct http_options *o, struct buf *error);
void curl_init_close(void *handle);

/* Set the proxy of its next request; ignore that of the environment for a URL
 * on this host, which may be http because it does not leave it.  Return a
 * CURLcode. */
int curl_init_route(void *handle, const struct http_options *o, bool is_local);

#endif
