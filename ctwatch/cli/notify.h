/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify: the notification channels of the command line and the
 * configuration, and the transports that notify/ may not use itself.
 */
#ifndef CTWATCH_CLI_NOTIFY_H
#define CTWATCH_CLI_NOTIFY_H

#include "cli/opts.h"
#include <ctwatch/net/http.h>
#include <ctwatch/notify/notify.h>

struct notify_settings {
	struct opts_list mail, webhooks, webhook_formats, webhook_secrets;
	const char *mail_from, *sendmail, *smtp, *smtp_password_file;
	const char *hooks;
	int64_t time_limit; /* ms, of one message */
	int least;
	bool mail_owners, heartbeat;
	bool no_sandbox; /* for the whole command */
};

#define NOTIFY_OPTIONS 14

/* Set s to its defaults, and fill the table of its options. */
void notify_options(
    struct notify_settings *s, struct opts_opt out[static NOTIFY_OPTIONS]);

/* The channels, ready to use. */
struct notify_ready {
	struct notify_config config;
	const struct http_options *http; /* borrowed */
	const char *smtp;                /* borrowed; NULL: use sendmail */
	bool no_sandbox;
	struct notify_webhook *webhooks; /* owned, as their secrets */
	struct blob smtp_password;
	char *hooks; /* owned */
};

/*
 * Check s, read the files that it names, and fill *out, which borrows from s
 * and http.  False after an error was reported.  Free with notify_fini.
 */
bool notify_ready(const struct notify_settings *s,
    const struct http_options *http, struct notify_ready *out);
void notify_fini(struct notify_ready *r);

/* Erase the secrets from memory: nothing is sent with r from then on. */
void notify_forget(struct notify_ready *r);

#endif
