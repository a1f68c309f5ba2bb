/* SPDX-License-Identifier: Apache-2.0 */
/* http_url: check which URLs may be fetched; see also http.h. */
#ifndef CTWATCH_NET_HTTP_URL_H
#define CTWATCH_NET_HTTP_URL_H

#include <ctwatch/net/http.h>

/* Report whether name, of a file or a URL, is a URL. */
bool http_url_has_scheme(const char *name);

/* Return why url may not be fetched, or NULL; *local: url is of this host. */
const char *http_url_why(
    const struct http_options *options, const char *url, bool *local);

/* Report whether host, as in a URL, is a loopback address or localhost. */
bool http_url_is_loopback(const char *host);

/* Return the path in a file: URL, which the caller frees; NULL for others. */
char *http_url_file(const char *url);

/* Report whether the proxy, of the options or the environment, is behind a
 * local socket, as in socks5h://localhost/run/tor/socks. */
bool http_url_proxy_is_local(const struct http_options *options);

#endif
