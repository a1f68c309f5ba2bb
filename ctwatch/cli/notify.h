/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify: who is told, from the command line and the configuration; the
 * transports that the report floor has no right to.
 */
#ifndef CTWATCH_CLI_NOTIFY_H
#define CTWATCH_CLI_NOTIFY_H

#include "cli/opts.h"
#include <ctwatch/net/http.h>
#include <ctwatch/notify/notify.h>

struct notify_settings {
	struct opts_list mail, webhooks;
	const char *mail_from, *sendmail, *hooks, *secret_file;
	int64_t time_limit;
	int least;
	bool mail_owners, heartbeat;
	bool no_sandbox; /* for all that a command does */
};

#define NOTIFY_OPTIONS 11

/* Set s to what holds if nothing is said, and fill its table of options. */
void notify_options(
    struct notify_settings *s, struct opts_opt out[static NOTIFY_OPTIONS]);

/*
 * What s means; http, borrowed, says how webhooks are reached.  False after
 * an error was said.  Free with notify_fini.
 */
struct notify_ready {
	struct notify_config config;
	const struct http_options *http;
	bool no_sandbox;
	char *secret, *hooks; /* owned */
};
bool notify_ready(const struct notify_settings *s,
    const struct http_options *http, struct notify_ready *out);
void notify_fini(struct notify_ready *r);

#endif
