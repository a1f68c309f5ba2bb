/* SPDX-License-Identifier: Apache-2.0 */
/* http_url: which URLs may be fetched, and where that leads on this machine;
 * the rest of it stands in http.h. */
#ifndef CTWATCH_NET_HTTP_URL_H
#define CTWATCH_NET_HTTP_URL_H

#include <ctwatch/net/http.h>

/* NULL, or why url may not be fetched; *local: it is of this host. */
const char *http_url_why(
    const struct http_options *options, const char *url, bool *local);

/* Report whether host, as it stands in a URL, is a loopback address or
 * localhost. */
bool http_url_is_loopback(const char *host);

/* The path that a file: URL names, which the caller frees; NULL for others. */
char *http_url_file(const char *url);

/* Report whether the proxy, of the options or the environment, is behind a
 * local socket, as in socks5h://localhost/run/tor/socks. */
bool http_url_proxy_is_local(const struct http_options *options);

#endif
