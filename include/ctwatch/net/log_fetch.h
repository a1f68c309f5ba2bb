/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_fetch: a log_client_fetch over http, one request after the other, for
 * commands that ask a log a few questions.
 */
#ifndef CTWATCH_NET_LOG_FETCH_H
#define CTWATCH_NET_LOG_FETCH_H

#include <ctwatch/net/http.h>
#include <ctwatch/net/log_client.h>

/* How one log is asked.  It lives as long as the fetch made of it. */
struct log_fetch {
	struct http *http;
	struct http_lane *lane;
	long status; /* of the last answer; 0 when there was none */
};

/* Make a fetch that asks twice before it fails. */
struct log_client_fetch log_fetch_of(struct log_fetch *f);

#endif
