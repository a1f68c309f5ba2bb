/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify: tell people and programs what a run found.
 *
 * At the end of a run each channel (an address, a webhook, a hook program)
 * gets its message into the outbox, in the transaction that ends the run.
 * After the commit everything in the outbox is sent: at least once, always
 * with the same key.  What fails stays for the next run; a channel that
 * fails three times is left until then, and stops no other.
 */
#ifndef CTWATCH_NOTIFY_NOTIFY_H
#define CTWATCH_NOTIFY_NOTIFY_H

#include <ctwatch/report/report.h>

/* A header of a POST. */
struct notify_header {
	const char *name, *value;
};

/* Everything is borrowed. */
struct notify_config {
	const char *const *mail; /* notify_is_address; get every finding */
	size_t n_mail;
	bool mail_owners; /* tell the contact of a domain, too, of its own */
	const char *mail_from; /* NULL: sendmail's choice */
	const char *sendmail;  /* a program that takes -i -- ADDRESS */
	/* Send a whole message to one address, instead of by sendmail; false
	 * with the reason in *error.  NULL: by sendmail. */
	bool (*mail_it)(
	    void *arg, const char *to, struct bytes message, struct buf *error);
	const char *const *webhooks;
	size_t n_webhooks;
	struct bytes secret;       /* for signing what goes there; or empty */
	const char *hooks;         /* a directory of programs, or NULL */
	int64_t time_limit;        /* ms, of sendmail and of each hook */
	enum rules_severity least; /* findings below it are not told */
	bool heartbeat; /* mail and webhooks tell of quiet runs too */
	/* POST body to url; false with the reason in *error. */
	bool (*post)(void *arg, const char *url, struct bytes body,
	    const struct notify_header *headers, size_t n, struct buf *error);
	void *transport; /* arg of mail_it and post */
};

/* Report whether s can be an argument of sendmail and stand in a header: of
 * visible ASCII, and no list or option. */
bool notify_is_address(struct bytes s);

/* Report whether any channel is configured. */
bool notify_configured(const struct notify_config *c);

/*
 * Put the messages about r into the outbox; the caller commits.  False when
 * the store fails.
 */
bool notify_fill(
    const struct notify_config *c, const struct report *r, struct store *s);

/*
 * Send what is in the outbox, committing after each message, and append to
 * *delivery, which may be NULL, how each channel fared (JSON: "delivery" of a
 * report).  False when something was not delivered, each with a warning.
 */
bool notify_deliver(
    const struct notify_config *c, struct store *s, struct buf *delivery);

/* Send a sample, marked as such, through every channel, past the outbox. */
bool notify_test(const struct notify_config *c, const char *version);

#endif
