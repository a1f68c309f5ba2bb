/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_make: the messages for each service, and what they have in common.
 *
 * The sizes that a service documents are kept: a message with more findings
 * than fit says how many it leaves out.
 */
#ifndef CTWATCH_NOTIFY_WEBHOOK_MAKE_H
#define CTWATCH_NOTIFY_WEBHOOK_MAKE_H

#include <ctwatch/notify/webhook.h>

struct json_t; /* jansson's */

void webhook_ctwatch_make(const struct webhook_news *n);
void webhook_slack_make(const struct webhook_news *n);
void webhook_teams_make(const struct webhook_news *n);
void webhook_pagerduty_make(const struct webhook_news *n);
void webhook_splunk_make(const struct webhook_news *n);

/* Digits of a finding's ID that a message shows. */
#define WEBHOOK_MAKE_ID 12

/* Names of a finding that a message shows. */
#define WEBHOOK_MAKE_NAMES 3

/* Take v as the message item, and release it. */
void webhook_make_take(
    const struct webhook_news *n, const char *item, struct json_t *v);

/* Return text as a JSON string of at most max bytes, "..." at the end if it was
 * longer.  Owned by the caller. */
struct json_t *webhook_make_text(const char *text, size_t max);

/* Append "severity: name (rule)" of a finding. */
void webhook_make_title(const struct json_t *finding, struct buf *out);

/* Return how many names a message leaves out of those that matched. */
int64_t webhook_make_more_names(const struct json_t *finding);

/* Append the time of the run, its coverage and its exit status, in one line. */
void webhook_make_run(const struct report *r, struct buf *out);

/* Append that a message shows only so many of the findings; nothing if it shows
 * all. */
void webhook_make_rest(const struct report *r, size_t shown, struct buf *out);

#endif
