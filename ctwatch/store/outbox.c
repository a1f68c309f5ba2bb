/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "store/store_private.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/store/outbox.h>

bool
outbox_add(struct store *s, const struct outbox_message *m)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT OR IGNORE INTO outbox (channel, key, created, payload)"
	    " VALUES (?, ?, ?, ?)");
	db_put_text(q, m->channel);
	db_put_text(q, m->key);
	db_put_int(q, m->created);
	db_put_bytes(q, m->payload);
	return store_unlock(s, db_run(q));
}

/* Load one message and pass it to each; return the result. */
static bool
load_message(struct store *s, int64_t number,
    bool (*each)(void *arg, const struct outbox_message *m), void *arg)
{
	struct outbox_message m = { .number = number };
	char *channel = NULL, *key = NULL, *error = NULL;
	struct blob payload = { 0 };
	struct db_query *q;
	bool found, more = true;

	store_lock(s);
	q = store_ask(s,
	    "SELECT channel, key, created, tries, error, payload"
	    " FROM outbox WHERE number = ?");
	db_put_int(q, number);
	if ((found = db_row(q))) {
		m.channel = channel = db_get_text(q);
		m.key = key = db_get_text(q);
		m.created = db_get_int(q);
		m.tries = db_get_int(q);
		m.error = error = db_get_text(q);
		payload = db_get_blob(q);
		m.payload = blob_view(payload);
	}
	db_done(q);
	if (store_unlock(s, found))
		more = each(arg, &m);
	free(channel);
	free(key);
	free(error);
	blob_fini(&payload);
	return more;
}

bool
outbox_each(struct store *s, const char *channel,
    bool (*each)(void *arg, const struct outbox_message *m), void *arg)
{
	struct db_query *q;
	int64_t *numbers;
	size_t n;

	store_lock(s);
	q = store_ask(s,
	    "SELECT number FROM outbox WHERE ?1 IS NULL OR channel = ?1"
	    " ORDER BY tries, number");
	db_put_text(q, channel);
	numbers = store_rowids(q, &n);
	store_unlock(s, true);
	for (size_t i = 0; i < n; i++)
		if (!load_message(s, numbers[i], each, arg))
			break;
	free(numbers);
	store_lock(s);
	return store_unlock(s, true);
}

bool
outbox_sent(struct store *s, int64_t number)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s, "DELETE FROM outbox WHERE number = ?");
	db_put_int(q, number);
	return store_unlock(s, db_run(q));
}

bool
outbox_failed(struct store *s, int64_t number, const char *error)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "UPDATE outbox SET tries = tries + 1, error = ? WHERE number = ?");
	db_put_text(q, error);
	db_put_int(q, number);
	return store_unlock(s, db_run(q));
}
