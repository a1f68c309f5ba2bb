/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox: messages to send, stored until delivered.
 *
 * A message is stored in the same transaction as its run, as the bytes to send:
 * each attempt sends the same bytes and key.  A message that was sent but not
 * removed (a crash in between) is sent again; the receiver recognises it by its
 * key.
 */
#ifndef CTWATCH_STORE_OUTBOX_H
#define CTWATCH_STORE_OUTBOX_H

#include <ctwatch/store/store.h>

struct outbox_message {
	int64_t number;       /* in the outbox; in the order of adding */
	const char *channel;  /* kind and address: "mail:ADDRESS" ... */
	const char *key;      /* its permanent identifier */
	struct bytes payload; /* the bytes to send */
	int64_t created;      /* ms */
	int64_t tries;        /* attempts so far */
	const char *error;    /* why the last one failed, or NULL */
};

/*
 * Add m; number, tries and error are ignored.  Skip it if the channel already
 * has the key.
 */
bool outbox_add(struct store *s, const struct outbox_message *m);

/*
 * Step through the messages of a channel, or of all if it is NULL, until each
 * returns false: those with the fewest failures first, so that one that cannot
 * be delivered does not delay others; of these the oldest.  The message is
 * borrowed for the call; the callback may use the store.
 */
bool outbox_each(struct store *s, const char *channel,
    bool (*each)(void *arg, const struct outbox_message *m), void *arg);

/* Remove a message that was delivered or has expired. */
bool outbox_sent(struct store *s, int64_t number);

/* Record a failed attempt and its error. */
bool outbox_failed(struct store *s, int64_t number, const char *error);

#endif
