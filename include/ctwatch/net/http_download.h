/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_download: GET one URL into a file, or POST to one and keep the answer in
 * memory, for URLs in certificates.
 *
 * The subscriber or the CA of a logged certificate chose such a URL, so it is
 * untrusted.  It must be http on port 80 or https on port 443, of a host that
 * resolves to public addresses: each address is checked when the connection is
 * made, so that no DNS answer directs it to this machine or its network.  A
 * proxy of the user (options.proxy) resolves the host itself; proxies of the
 * environment are not used.  Redirects are not followed, and no content
 * encoding is accepted.
 */
#ifndef CTWATCH_NET_HTTP_DOWNLOAD_H
#define CTWATCH_NET_HTTP_DOWNLOAD_H

#include <ctwatch/net/http.h>

struct http_download {
	const char *url;
	int fd;            /* open for writing, empty; unused if into is set */
	struct buf *into;  /* append the body here, not to fd; or NULL */
	struct bytes post; /* POST this; empty: GET */
	const char *post_type; /* its media type */
	uint64_t max;          /* bytes of the answer */
	int64_t time_limit;    /* ms, of the whole exchange */
	const char *etag;      /* for If-None-Match, or NULL */
	bool allow_private;    /* any address and port: for private CAs */
	bool (*stopped)(void); /* true: abort, within a second; or NULL */
};

enum http_download_result {
	HTTP_DOWNLOAD_OK,      /* 200, the whole body is in fd or into */
	HTTP_DOWNLOAD_SAME,    /* 304: the entity tag is current */
	HTTP_DOWNLOAD_REFUSED, /* a URL or an address that is not allowed */
	HTTP_DOWNLOAD_STATUS,  /* another status */
	HTTP_DOWNLOAD_FAILED   /* anything else */
};

/* Download d under the user agent and roots of options.  *etag is the answer's
 * entity tag (owned) or NULL; *error is the reason of a failure. */
enum http_download_result http_download(const struct http_options *options,
    const struct http_download *d, char **etag, struct buf *error);

/*
 * Report whether an address is public: not loopback, private, link-local,
 * shared, multicast, reserved, or an IPv6 form of such an IPv4 address (RFC
 * 6890 and its registries).
 */
struct sockaddr;
bool http_download_is_public(const struct sockaddr *address);

#endif
