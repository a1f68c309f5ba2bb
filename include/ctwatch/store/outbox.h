/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox: messages that are to leave, kept until they have.
 *
 * A message is stored with the run it tells of, in the same transaction, as
 * the bytes that will be sent: each attempt sends the same, with the same
 * key.  One that was sent and could not be taken out (a crash between the
 * two) is sent again, which its key lets the receiver see.
 */
#ifndef CTWATCH_STORE_OUTBOX_H
#define CTWATCH_STORE_OUTBOX_H

#include <ctwatch/store/store.h>

struct outbox_message {
	int64_t number;       /* in the outbox; in the order of adding */
	const char *channel;  /* how and to whom: "mail:ADDRESS" ... */
	const char *key;      /* what it is known by, the same for ever */
	struct bytes payload; /* what is sent */
	int64_t created;      /* ms */
	int64_t tries;        /* attempts so far */
	const char *error;    /* why the last one failed, or NULL */
};

/*
 * Add m (number, tries and error are not looked at).  A key that the channel
 * has already is not added again.
 */
bool outbox_add(struct store *s, const struct outbox_message *m);

/*
 * Step through the messages of a channel, or of all if it is NULL, until each
 * returns false: those with the fewest failures first, so that one that can
 * never be delivered holds up no other, and of these the oldest.  What is
 * passed is borrowed for the call, and the callback may use the store.
 */
bool outbox_each(struct store *s, const char *channel,
    bool (*each)(void *arg, const struct outbox_message *m), void *arg);

/* Remove a message that was delivered or has expired. */
bool outbox_sent(struct store *s, int64_t number);

/* An attempt failed: keep it, and why. */
bool outbox_failed(struct store *s, int64_t number, const char *error);

#endif
