/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_peer: the certificates that a TLS server presents.
 */
#ifndef CTWATCH_NET_TLS_PEER_H
#define CTWATCH_NET_TLS_PEER_H

#include <ctwatch/net/http.h>

/*
 * Connect to host, "NAME" or "NAME:PORT" (443 if none), and append its chain
 * as PEM, the leaf first.  The chain must be valid for the name by the trusted
 * roots of options.  time_limit is in ms.  False with *error.
 */
bool tls_peer_chain(const struct http_options *options, const char *host,
    int64_t time_limit, struct buf *out, struct buf *error);

#endif
