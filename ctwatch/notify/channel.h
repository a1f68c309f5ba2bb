/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel: the names of channels in the outbox: a prefix, and the receiver.
 */
#ifndef CTWATCH_NOTIFY_CHANNEL_H
#define CTWATCH_NOTIFY_CHANNEL_H

/* The prefixes; webhook.h has those of webhooks. */
#define CHANNEL_MAIL "mail:"
#define CHANNEL_HOOK "hook:"

/* Return the rest of text after prefix, or NULL without the prefix. */
const char *channel_after(const char *text, const char *prefix);

/*
 * Return the name of a channel for reports and messages. For a webhook it has
 * only scheme and host of the URL, because services put their tokens in the
 * rest, and a digest to distinguish URLs of one host. The caller frees.
 */
char *channel_public_name(const char *channel);

#endif
