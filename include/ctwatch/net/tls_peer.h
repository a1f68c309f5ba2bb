/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_peer: the certificates that a TLS server presents, and the SCTs that it
 * sends beside them.
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

enum tls_peer_protocol {
	TLS_PEER_TLS,  /* TLS from the first byte on */
	TLS_PEER_SMTP, /* STARTTLS of RFC 3207; port 25 if none is given */
	TLS_PEER_IMAP  /* STARTTLS of RFC 9051, 6.2.1; port 143 */
};

/* What a server presents; free with tls_peer_fini. */
struct tls_peer {
	struct buf chain; /* PEM, the leaf first */
	/* The contents of a SignedCertificateTimestampList (RFC 6962, 3.3), of
	 * the TLS extension and of the stapled OCSP response; or empty. */
	struct buf tls_scts, ocsp_scts;
	bool unread; /* a list, or the response, cannot be parsed */
};

/* As tls_peer_chain, with the SCTs.  libcurl must use OpenSSL. */
bool tls_peer_fetch(const struct http_options *options, const char *host,
    enum tls_peer_protocol protocol, int64_t time_limit, struct tls_peer *out,
    struct buf *error);
void tls_peer_fini(struct tls_peer *p);

#endif
