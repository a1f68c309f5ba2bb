/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload: what each kind of channel is told, as the bytes that are sent.
 */
#ifndef CTWATCH_NOTIFY_PAYLOAD_H
#define CTWATCH_NOTIFY_PAYLOAD_H

#include <ctwatch/report/report_json.h>

/* Characters of a message's key. */
#define NOTIFY_PAYLOAD_KEY (SHA256_SIZE + 1)

/*
 * The key of what r tells the channel about item: the same whenever the
 * message is made again.
 */
void notify_payload_key(const struct report *r, const char *channel,
    const char *item, char out[static NOTIFY_PAYLOAD_KEY]);

/*
 * A copy of r with the findings that are to be told: new ones at or above
 * least, all or, if contact is not NULL, those of his domains.  The caller
 * frees it; *n is how many there are.
 */
struct report *notify_payload_select(const struct report *r,
    enum rules_severity least, const char *contact, size_t *n);

/* A mail, whole; from may be NULL. */
void notify_payload_mail(const struct report *r, const char *to,
    const char *from, const char *key, struct buf *out);

/* The JSON that a webhook gets. */
void notify_payload_webhook(
    const struct report *r, const char *key, struct buf *out);

/*
 * The JSON for a hook: a finding (EVENT is discovered_cert, or error when it
 * is about no certificate), or a refused entry (malformed_cert).
 */
void notify_payload_finding(
    const struct report *r, const struct json_t *finding, struct buf *out);
void notify_payload_refused(
    const struct report *r, const struct json_t *refused, struct buf *out);

/*
 * The signature of a webhook's message (Standard Webhooks): v1, and the
 * base64 of the HMAC-SHA256 over "key.timestamp.body".  A secret that begins
 * with whsec_ is base64 from there on.
 */
#define NOTIFY_PAYLOAD_SIGNATURE 64
void notify_payload_sign(struct bytes secret, const char *key,
    const char *timestamp, struct bytes body,
    char out[static NOTIFY_PAYLOAD_SIGNATURE]);

#endif
