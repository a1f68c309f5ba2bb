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
#include "cli/run/setup.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

/* Deliver in the helper process, over a store connection of its own. */
static bool
deliver(void *arg, struct buf *delivery)
{
	const struct run_context *n = arg;
	struct store *store;
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	store = store_open(n->state_dir, STORE_WRITE, &error);
	ok = store != NULL && notify_deliver(&n->ready.config, store, delivery);
	if (store != NULL && *store_error(store) != '\0') {
		buf_add_text(&error, store_error(store));
		ok = false;
	}
	if (error.n > 0)
		msg_error("notify: %s", buf_text(&error));
	store_close(store);
	buf_fini(&error);
	return ok;
}

bool
notify_helper_start(struct run_context *n)
{
	struct notify_ready *ready = &n->ready;
	struct buf error;

	if (!notify_ready(&n->set.notify, &n->http_options, ready))
		return false;
	if (!notify_configured(&ready->config) || n->set.no_notify ||
	    ready->no_sandbox)
		return true;
	buf_init(&error, 4096);
	if (!privsep_start(
	        &n->notify_helper, SIZE_MAX / 2, deliver, n, &error)) {
		msg_error("notify: %s", buf_text(&error));
		n->status |= CLI_UNDELIVERED;
	}
	buf_fini(&error);
	notify_forget(ready); /* the process that reads logs needs none */
	return true;
}

void
notify_helper_deliver(struct run_context *n, struct report *r)
{
	const struct notify_config *config = &n->ready.config;
	struct buf delivery;
	bool ok;

	if (!notify_configured(config) || n->set.no_notify)
		return;
	buf_init(&delivery, SIZE_MAX / 2);
	if (n->notify_helper.pid != 0)
		ok = privsep_call(&n->notify_helper, 0, &delivery);
	else
		ok = n->ready.no_sandbox &&
		    notify_deliver(config, n->store, &delivery);
	if (delivery.n > 0 && !report_add_delivery(r, buf_view(&delivery)))
		msg_error("notify: %s", buf_text(&delivery));
	if (!ok)
		report_add_exit(r, CLI_UNDELIVERED);
	buf_fini(&delivery);
}
