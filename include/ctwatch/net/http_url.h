/* SPDX-License-Identifier: Apache-2.0 */
/* http_url: which URLs may be fetched; the rest of it stands in http.h. */
#ifndef CTWATCH_NET_HTTP_URL_H
#define CTWATCH_NET_HTTP_URL_H

#include <ctwatch/net/http.h>

/* NULL, or why url may not be fetched; *local: it is of this host. */
const char *http_url_why(
    const struct http_options *options, const char *url, bool *local);

#endif
