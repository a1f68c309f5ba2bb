/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp: submit one mail to an SMTP server (RFC 5321) with libcurl.
 *
 * Beyond loopback addresses the connection is encrypted: smtps://, or smtp://
 * with STARTTLS, which the server must offer unless plain http is allowed.
 */
#ifndef CTWATCH_NET_SMTP_H
#define CTWATCH_NET_SMTP_H

#include <ctwatch/net/http.h>

struct smtp_mail {
	const char *url;      /* smtp[s]://[USER@]HOST[:PORT] */
	const char *password; /* of USER, or NULL */
	const char *from;     /* the envelope's sender */
	const char *to;       /* the envelope's recipient */
	struct bytes message; /* RFC 5322, lines end with LF; body in UTF-8 */
	int64_t time_limit;   /* ms, of the whole exchange */
};

/*
 * Return NULL, or why no mail can be submitted to url; static storage.
 * *local: url names this host by a loopback address.
 */
const char *smtp_url_why(const char *url, bool *local);

/*
 * Send m.  The body goes out as quoted-printable text, so that the server needs
 * no extension.  Return true if the server accepted the mail, else false with
 * the reason in *error.
 */
bool smtp_send(const struct http_options *options, const struct smtp_mail *m,
    struct buf *error);

#endif
