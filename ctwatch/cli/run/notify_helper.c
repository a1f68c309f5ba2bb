/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run/notify_helper.h"
#include <ctwatch/base/msg.h>

/* Deliver in the helper process, over a store connection of its own. */
static bool
deliver(void *arg, struct buf *delivery)
{
	const struct notify_helper *h = arg;
	struct store *store;
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	store = store_open(h->state_dir, STORE_WRITE, &error);
	ok = store != NULL && notify_deliver(&h->ready.config, store, delivery);
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

enum cli_exit
notify_helper_start(struct notify_helper *h, const struct notify_settings *set,
    const struct http_options *http)
{
	struct notify_ready *ready = &h->ready;
	enum cli_exit status = CLI_CLEAN;
	struct buf error;

	if (!notify_ready(set, http, ready))
		return CLI_USAGE;
	if (!notify_configured(&ready->config) || h->off || ready->no_sandbox)
		return CLI_CLEAN;
	buf_init(&error, 4096);
	if (!privsep_start(&h->process, SIZE_MAX / 2, deliver, h, &error)) {
		msg_error("notify: %s", buf_text(&error));
		status = CLI_UNDELIVERED;
	}
	buf_fini(&error);
	notify_forget(ready); /* the process that reads logs needs none */
	return status;
}

void
notify_helper_deliver(
    struct notify_helper *h, struct store *s, struct report *r)
{
	const struct notify_config *config = &h->ready.config;
	struct buf delivery;
	bool ok;

	if (!notify_configured(config) || h->off)
		return;
	buf_init(&delivery, SIZE_MAX / 2);
	if (h->process.pid != 0)
		ok = privsep_call(&h->process, 0, &delivery);
	else
		ok =
		    h->ready.no_sandbox && notify_deliver(config, s, &delivery);
	if (delivery.n > 0 && !report_add_delivery(r, buf_view(&delivery)))
		msg_error("notify: %s", buf_text(&delivery));
	if (!ok)
		report_add_exit(r, CLI_UNDELIVERED);
	buf_fini(&delivery);
}

void
notify_helper_fini(struct notify_helper *h)
{
	privsep_fini(&h->process);
	notify_fini(&h->ready);
}
