/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "notify/payload.h"
#include "notify/webhook_request.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

static void
add_header(struct webhook_request *r, const char *name, const char *value)
{
	r->headers[r->n++] = (struct notify_header){ name, value };
}

/* The headers of Standard Webhooks. */
static void
sign(struct webhook_request *r)
{
	char signature[NOTIFY_PAYLOAD_SIGNATURE];

	r->owned[0] = mem_printf("%" PRId64, time_now() / TIME_SECOND);
	add_header(r, "Webhook-Id", r->key);
	add_header(r, "Webhook-Timestamp", r->owned[0]);
	if (r->secret.n == 0)
		return;
	notify_payload_sign(r->secret, r->key, r->owned[0], r->body, signature);
	r->owned[1] = mem_strdup(signature);
	add_header(r, "Webhook-Signature", r->owned[1]);
}

/* PagerDuty takes its key in the body. */
static void
add_routing_key(struct webhook_request *r)
{
	json_t *event = json_loadb((const char *)r->body.p, r->body.n, 0, NULL);

	json_object_set_new(event, "routing_key",
	    json_stringn((const char *)r->secret.p, r->secret.n));
	r->owned[0] = json_dumps(event, JSON_COMPACT);
	if (r->owned[0] != NULL)
		r->body = bytes_of(r->owned[0]);
	json_decref(event);
}

void
webhook_request_make(
    const struct webhook_format *format, struct webhook_request *r)
{
	add_header(r, "Content-Type", "application/json");
	switch (format->secret) {
	case WEBHOOK_SECRET_UNUSED:
		break;
	case WEBHOOK_SECRET_SIGNS:
		sign(r);
		break;
	case WEBHOOK_SECRET_KEY:
		add_routing_key(r);
		break;
	case WEBHOOK_SECRET_TOKEN:
		r->owned[0] = mem_printf(
		    "Splunk %.*s", (int)r->secret.n, (const char *)r->secret.p);
		add_header(r, "Authorization", r->owned[0]);
		break;
	}
}

void
webhook_request_fini(struct webhook_request *r)
{
	for (size_t i = 0; i < sizeof r->owned / sizeof r->owned[0]; i++)
		free(r->owned[i]);
}
