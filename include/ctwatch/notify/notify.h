/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify: deliver the findings of a run to users and programs.
 *
 * The transaction that ends a run puts a message per channel (an address, a
 * webhook, a hook program) into the outbox.  After the commit all messages of
 * the outbox are sent: at least once, always with the same key.  A failed
 * message stays for the next run; a channel with three failures is skipped
 * until then, and does not delay others.
 */
#ifndef CTWATCH_NOTIFY_NOTIFY_H
#define CTWATCH_NOTIFY_NOTIFY_H

#include <ctwatch/base/blob.h>
#include <ctwatch/notify/webhook.h>
#include <ctwatch/report/report.h>

/* A header of a POST. */
struct notify_header {
	const char *name, *value;
};

struct notify_webhook {
	const char *url;
	const struct webhook_format *format;
	struct blob secret; /* or none; see format->secret */
};

/* Everything is borrowed. */
struct notify_config {
	const char *const
	    *mail; /* mail_address_is_valid; receive all findings */
	size_t n_mail;
	bool mail_owners;      /* mail the contact of a domain its findings */
	const char *mail_from; /* NULL: sendmail's choice */
	const char *sendmail;  /* a program with arguments -i -- ADDRESS */
	/* Send a whole message to one address; false with the reason in
	 * *error.  NULL: use sendmail. */
	bool (*mail_it)(
	    void *arg, const char *to, struct bytes message, struct buf *error);
	const struct notify_webhook *webhooks;
	size_t n_webhooks;
	const char *hooks;         /* a directory of programs, or NULL */
	int64_t time_limit;        /* ms, of sendmail and of each hook */
	enum rules_severity least; /* minimum severity */
	bool heartbeat; /* also mail and POST after runs without findings */
	/* POST body to url; false with the reason in *error. */
	bool (*post)(void *arg, const char *url, struct bytes body,
	    const struct notify_header *headers, size_t n, struct buf *error);
	void *transport; /* arg of mail_it and post */
};

/* Report whether a channel is configured. */
bool notify_configured(const struct notify_config *c);

/*
 * Put the messages about r into the outbox; the caller commits.  False when
 * the store fails.
 */
bool notify_fill(
    const struct notify_config *c, const struct report *r, struct store *s);

/*
 * Send the messages of the outbox, commit after each, and append the result of
 * each channel to *delivery, unless it is NULL (JSON: "delivery" of a report).
 * False when a message was not delivered; a warning was printed.
 */
bool notify_deliver(
    const struct notify_config *c, struct store *s, struct buf *delivery);

/* Send a marked sample through every channel, without the outbox. */
bool notify_test(const struct notify_config *c, const char *version);

#endif
