/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill: the messages about one report, for every channel.
 */
#ifndef CTWATCH_NOTIFY_FILL_H
#define CTWATCH_NOTIFY_FILL_H

#include <ctwatch/notify/notify.h>
#include <ctwatch/store/outbox.h>

/* take puts messages into the outbox or, in a test, sends them at once. */
struct fill {
	const struct notify_config *c;
	const struct report *r;
	bool (*take)(void *arg, const struct outbox_message *m);
	void *arg;
	bool ok; /* false after take returned false */
};

/* Make the messages for all channels, and let f->take take each. */
void fill_all(struct fill *f);

#endif
