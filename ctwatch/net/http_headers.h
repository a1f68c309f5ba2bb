/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_headers: parse header fields and error bodies of an HTTP answer, which
 * are untrusted.
 */
#ifndef CTWATCH_NET_HTTP_HEADERS_H
#define CTWATCH_NET_HTTP_HEADERS_H

#include <ctwatch/base/buf.h>

/*
 * Parse a Retry-After (RFC 9110, 10.2.3), seconds or an HTTP date, into ms
 * from now (ms since 1970): at least 0, at most a day; -1 if it is neither.
 */
int64_t http_headers_retry_after(const char *value, int64_t now);

/* Report whether an ETag may be stored and sent back: printable ASCII, limited
 * length. */
bool http_headers_is_etag(const char *value);

/*
 * Append the beginning of an unexpected body in one line, inflated if it is
 * gzip, escaped: "<html><title>502 Bad Gate..."
 */
void http_headers_excerpt(struct buf *out, struct bytes body);

#endif
