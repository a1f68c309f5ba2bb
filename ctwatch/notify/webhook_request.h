/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_request: the headers and the body of a POST to a webhook.
 *
 * A message in the outbox has no secret.  Keys and signatures are added here,
 * when it is sent.
 */
#ifndef CTWATCH_NOTIFY_WEBHOOK_REQUEST_H
#define CTWATCH_NOTIFY_WEBHOOK_REQUEST_H

#include <ctwatch/notify/notify.h>

#define WEBHOOK_REQUEST_HEADERS 4

/* Everything but owned is borrowed. */
struct webhook_request {
	const char *key;     /* of the message */
	struct bytes secret; /* of the webhook; may be empty */
	struct bytes body;   /* the message; replaced by what to send */
	struct notify_header headers[WEBHOOK_REQUEST_HEADERS];
	size_t n;       /* of headers */
	char *owned[2]; /* what headers and body point to */
};

/* Set the headers and the body for a service; key, secret and body are set. */
void webhook_request_make(
    const struct webhook_format *format, struct webhook_request *r);
void webhook_request_fini(struct webhook_request *r);

#endif
