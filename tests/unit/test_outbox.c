/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/store/outbox.h>

#include "../support/test_state.h"

static void
add(struct store *s, const char *channel, const char *key, const char *payload)
{
	CHECK(outbox_add(s,
	    &(struct outbox_message){ .channel = channel,
	        .key = key,
	        .payload = bytes_of(payload),
	        .created = 1000 }));
}

/* What outbox_each shows, "channel/key=payload#tries;" after one another. */
struct seen {
	struct store *s;
	struct buf text;
	size_t stop_after;
	const char *fail; /* the key that fails when it is seen */
};

static bool
see(void *arg, const struct outbox_message *m)
{
	struct seen *seen = arg;

	buf_printf(&seen->text, "%s/%s=%.*s#%d%s;", m->channel, m->key,
	    (int)m->payload.n, (const char *)m->payload.p, (int)m->tries,
	    m->error != NULL ? m->error : "");
	CHECK(m->created == 1000);
	if (seen->fail != NULL && strcmp(m->key, seen->fail) == 0)
		CHECK(outbox_failed(seen->s, m->number, "why"));
	else if (seen->fail != NULL)
		CHECK(outbox_sent(seen->s, m->number));
	return --seen->stop_after > 0;
}

static void
shows(struct store *s, const char *channel, const char *fail, size_t stop,
    const char *want)
{
	struct seen seen = { .s = s, .stop_after = stop, .fail = fail };

	buf_init(&seen.text, 4096);
	CHECK(outbox_each(s, channel, see, &seen));
	if (strcmp(buf_text(&seen.text), want) != 0)
		fprintf(stderr, "%s\n", buf_text(&seen.text));
	CHECK(strcmp(buf_text(&seen.text), want) == 0);
	buf_fini(&seen.text);
}

static void
keeps_messages_until_they_are_delivered(const char *dir)
{
	struct store *s = state_open(dir, STORE_RUN);

	shows(s, NULL, NULL, 99, "");
	add(s, "a", "1", "one");
	add(s, "b", "1", "uno");
	add(s, "a", "2", "two");
	add(s, "a", "1", "never"); /* its key is there already */
	shows(s, NULL, NULL, 99, "a/1=one#0;b/1=uno#0;a/2=two#0;");
	shows(s, "a", NULL, 99, "a/1=one#0;a/2=two#0;");
	shows(s, NULL, NULL, 1, "a/1=one#0;");
	CHECK(store_commit(s));
	store_close(s);
	s = state_open(dir, STORE_RUN);
	shows(s, "a", "1", 99, "a/1=one#0;a/2=two#0;");
	add(s, "a", "3", "three");
	/* What failed does not hold up what has not. */
	shows(s, "a", NULL, 99, "a/3=three#0;a/1=one#1why;");
	store_close(s);
}

static void
forgets_what_was_not_committed(const char *dir)
{
	struct store *s = state_open(dir, STORE_RUN);

	shows(s, NULL, NULL, 99, "a/1=one#0;b/1=uno#0;a/2=two#0;");
	store_close(s);
}

int
main(void)
{
	char *dir = tmpdir_new();

	keeps_messages_until_they_are_delivered(dir);
	forgets_what_was_not_committed(dir);
	tmpdir_remove(dir);
	return 0;
}
