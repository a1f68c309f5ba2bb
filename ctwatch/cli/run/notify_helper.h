/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify_helper: the process that delivers messages at the end of a run.
 *
 * The process that reads logs drops the rights to start sendmail and hooks.
 * The helper is started before and keeps them.  It reads nothing from the
 * network until the messages are committed, and is then called once.  It sends
 * the messages of the outbox and returns the result of each channel.  It reads
 * the answers of webhooks in a sandbox.  With --no-sandbox no helper starts.
 */
#ifndef CTWATCH_CLI_RUN_NOTIFY_HELPER_H
#define CTWATCH_CLI_RUN_NOTIFY_HELPER_H

#include "cli/notify.h"
#include <ctwatch/base/privsep.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/report.h>

struct notify_helper {
	/* Set by the caller, borrowed. */
	const char *state_dir;
	bool off; /* --no-notify: send nothing */
	/* Set by notify_helper_start. */
	struct notify_ready ready; /* the channels */
	struct privsep process;
};

/*
 * Resolve the notification channels and start the process that delivers to
 * them.  http must outlive h.  Return CLI_USAGE if a channel cannot be used,
 * CLI_UNDELIVERED if the findings of the run cannot be delivered.
 */
enum cli_exit notify_helper_start(struct notify_helper *h,
    const struct notify_settings *set, const struct http_options *http);

/* Send the messages of this run and the undelivered ones of earlier runs, and
 * add the result of each channel to r. */
void notify_helper_deliver(
    struct notify_helper *h, struct store *s, struct report *r);

void notify_helper_fini(struct notify_helper *h);

#endif
