/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload: the messages of each kind of channel, as bytes.
 */
#ifndef CTWATCH_NOTIFY_PAYLOAD_H
#define CTWATCH_NOTIFY_PAYLOAD_H

#include <ctwatch/report/report_json.h>

/* Characters of a message's key. */
#define NOTIFY_PAYLOAD_KEY (SHA256_SIZE + 1)

/*
 * Compute the key of the message of r for a channel about item; it is the same
 * whenever the message is made again.
 */
void notify_payload_key(const struct report *r, const char *channel,
    const char *item, char out[static NOTIFY_PAYLOAD_KEY]);

/*
 * Copy r with only its new findings at or above least, of all owners or of one
 * contact.  The caller frees it; *n is the number of findings.
 */
struct report *notify_payload_select(const struct report *r,
    enum rules_severity least, const char *contact, size_t *n);

/* Append a whole mail; from may be NULL. */
void notify_payload_mail(const struct report *r, const char *to,
    const char *from, const char *key, struct buf *out);

/* Append a summary of the findings in one line: the gravest, and the number of the
 * others. */
void notify_payload_summary(const struct report *r, struct buf *out);

/*
 * Append the JSON for a hook: findings about one certificate, the gravest first
 * (EVENT is discovered_cert), a finding without a certificate (error), or a
 * refused entry (malformed_cert).
 */
void notify_payload_findings(
    const struct report *r, const struct json_t *findings, struct buf *out);
void notify_payload_refused(
    const struct report *r, const struct json_t *refused, struct buf *out);

/*
 * The signature of a webhook's message (Standard Webhooks): v1, and the
 * base64 of the HMAC-SHA256 over "key.timestamp.body".  A secret that begins
 * with whsec_ is base64 after it.
 */
#define NOTIFY_PAYLOAD_SIGNATURE 64
void notify_payload_sign(struct bytes secret, const char *key,
    const char *timestamp, struct bytes body,
    char out[static NOTIFY_PAYLOAD_SIGNATURE]);

#endif
