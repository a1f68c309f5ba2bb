/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach: connect to the server of a URL, and send it nothing of value.
 */
#ifndef CTWATCH_NET_REACH_H
#define CTWATCH_NET_REACH_H

#include <ctwatch/net/http.h>

/*
 * Connect to the server of an http, https, smtp or smtps URL, by the route and
 * the roots of options, and close the connection.  With https the TLS handshake
 * must succeed, with SMTP the greeting, STARTTLS and, if the URL names a user,
 * AUTH with that password (or NULL).  time_limit is in ms.  False with *error.
 */
bool reach_server(const struct http_options *options, const char *url,
    const char *password, int64_t time_limit, struct buf *error);

#endif
