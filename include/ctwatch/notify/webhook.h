/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook: the services that a webhook may belong to, and the form of the
 * messages that each of them takes.
 */
#ifndef CTWATCH_NOTIFY_WEBHOOK_H
#define CTWATCH_NOTIFY_WEBHOOK_H

#include <ctwatch/report/report.h>

/* What the secret of a webhook is for. */
enum webhook_secret {
	WEBHOOK_SECRET_UNUSED, /* the URL is the secret */
	WEBHOOK_SECRET_SIGNS,  /* optional: it signs the messages */
	WEBHOOK_SECRET_KEY,    /* required: a key in the body */
	WEBHOOK_SECRET_TOKEN   /* required: a token in a header */
};

/* The messages about one run. */
struct webhook_news {
	const struct report *news;  /* with the findings to report only */
	const struct report *whole; /* with all findings */
	enum rules_severity least;  /* of the findings to report */
	/* Take one message; item distinguishes the messages of one run. */
	void (*take)(void *arg, const char *item, struct bytes body);
	/* Return the key of that message, valid until the next call. */
	const char *(*key)(void *arg, const char *item);
	void *arg;
};

struct webhook_format {
	const char *name;    /* as in --webhook-format */
	const char *channel; /* how names of its channels begin */
	enum webhook_secret secret;
	bool follows; /* has messages about findings that closed, too */
	void (*make)(const struct webhook_news *n);
};

/* Return the table of all formats, n of them; the first is the default. */
const struct webhook_format *webhook_formats(size_t *n);

/* Return the format of that name; NULL if there is none. */
const struct webhook_format *webhook_format(const char *name);

/* Return the format of a channel, and the URL in the channel's name; NULL if it
 * is no webhook. */
const struct webhook_format *webhook_channel(
    const char *channel, const char **url);

/* Report whether s can be the key or token of a service: visible ASCII, which
 * cannot end a header. */
bool webhook_is_key(struct bytes s);

#endif
