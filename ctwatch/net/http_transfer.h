/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_transfer: one GET on one handle of libcurl, from options to response.
 * Only for the network thread.
 */
#ifndef CTWATCH_NET_HTTP_TRANSFER_H
#define CTWATCH_NET_HTTP_TRANSFER_H

#include <ctwatch/net/http.h>

struct http_transfer {
	char *url;     /* owned */
	bool plain;    /* request a body without compression */
	char *etag;    /* owned; for If-None-Match; or NULL */
	bool is_local; /* to a loopback address */
	size_t max_body;
	bool (*room)(void *arg, size_t n); /* see http.h; or NULL */
	void *room_arg;
	bool no_cache;
	int64_t began; /* time_mono() */
	struct http_response r;

	/* While active. */
	void *easy;    /* CURL */
	void *headers; /* struct curl_slist, owned */
	bool has_status;
	bool too_large;
	size_t granted;      /* bytes reserved for the body */
	size_t header_bytes; /* of headers and trailers, see LIMIT_HEADERS */
	char error[256];     /* curl's */
};

/* Make a handle for any number of transfers; share is a CURLSH.  NULL if
 * libcurl refuses an option. */
void *http_transfer_handle(const struct http_options *o, void *share);

/* Prepare handle for t; it may then be added to a multi handle.  False, with
 * t's response a failure, if libcurl refuses an option. */
bool http_transfer_begin(
    struct http_transfer *t, void *handle, const struct http_options *o);

/* Evaluate the end of t, with a CURLcode, and complete its response. */
void http_transfer_end(struct http_transfer *t, int code);

/* Make t's response a failure without an answer. */
void http_transfer_fail(
    struct http_transfer *t, enum http_result result, const char *why);

/* Free all that t owns except its response. */
void http_transfer_fini(struct http_transfer *t);

#endif
