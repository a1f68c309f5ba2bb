/* SPDX-License-Identifier: Apache-2.0 */
/*
 * courier: who delivers messages at the end of a run.
 *
 * To start sendmail and hooks takes rights that the reader of logs gives up.
 * So a process that has them is made before: it waits, reads nothing from
 * the network, and is asked once, when the messages are committed.  It
 * takes them from the outbox and tells how each channel fared.  What webhooks
 * answer is read in a sandbox again.  Where there is no sandbox, there is no
 * courier.
 */
#include <string.h>

#include "cli/run/setup.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

/* In the courier's process: the store is its own. */
static bool
carry(void *arg, struct buf *delivery)
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
	if (!privsep_start(&n->courier, SIZE_MAX / 2, carry, n, &error)) {
		msg_error("notify: %s", buf_text(&error));
		n->status |= CLI_UNDELIVERED;
	}
	buf_fini(&error);
	/* The reader need not know it. */
	if (ready->secret != NULL)
		explicit_bzero(ready->secret, ready->config.secret.n);
	if (ready->smtp_password != NULL)
		explicit_bzero(
		    ready->smtp_password, strlen(ready->smtp_password));
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
	if (n->courier.pid != 0)
		ok = privsep_call(&n->courier, 0, &delivery);
	else
		ok = n->ready.no_sandbox &&
		    notify_deliver(config, n->store, &delivery);
	if (delivery.n > 0 && !report_add_delivery(r, buf_view(&delivery)))
		msg_error("notify: %s", buf_text(&delivery));
	if (!ok)
		report_add_exit(r, CLI_UNDELIVERED);
	buf_fini(&delivery);
}
