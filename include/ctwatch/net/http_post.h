/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_post: POST one body to one URL, and wait for the answer.
 *
 * For webhooks.  Redirects are not followed, and only the beginning of an error
 * answer is quoted.
 */
#ifndef CTWATCH_NET_HTTP_POST_H
#define CTWATCH_NET_HTTP_POST_H

#include <ctwatch/net/http.h>

struct http_post {
	const char *url;
	struct bytes body;
	const char *const *headers; /* "Name: value", n of them */
	size_t n;
	int64_t time_limit; /* ms, of the whole exchange */
};

/*
 * Send p under the options of http (agent, roots, proxy, which URLs are
 * allowed).  Return true for a status from 200 to 299, else false with the
 * reason in *error.
 */
bool http_post_send(const struct http_options *options,
    const struct http_post *p, struct buf *error);

#endif
