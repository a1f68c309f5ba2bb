/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "notify/channel.h"
#include "notify/fill.h"
#include "notify/sample.h"
#include "notify/subprocess.h"
#include "notify/webhook_request.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/notify/hooks.h>
#include <ctwatch/notify/mail_address.h>
#include <ctwatch/notify/notify.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/store/outbox.h>

/* Skip a channel after this many failures in one pass, and all channels after
 * this many times the limit of one call; the next run sends the rest. */
#define FAILURES_MAX 3
#define CALLS_MAX    10

bool
notify_configured(const struct notify_config *c)
{
	return c->n_mail > 0 || c->mail_owners || c->n_webhooks > 0 ||
	    c->hooks != NULL;
}

/* ---- send it ---- */

static bool
send_mail(const struct notify_config *c, const char *to, struct bytes payload,
    struct buf *error)
{
	extern char **environ;
	const char *words[8] = { c->sendmail, "-i" };
	char *argv[8] = { NULL };
	size_t n = 2;
	bool ok;

	if (c->mail_it != NULL)
		return c->mail_it(c->transport, to, payload, error);
	if (c->mail_from != NULL) {
		words[n++] = "-f";
		words[n++] = c->mail_from;
	}
	words[n++] = "--";
	words[n++] = to;
	for (size_t i = 0; i < n; i++)
		argv[i] = mem_strdup(words[i]);
	ok = subprocess_run(&(struct subprocess){ .argv = argv,
	                        .envp = environ,
	                        .input = payload,
	                        .time_limit = c->time_limit },
	    error);
	for (size_t i = 0; i < n; i++)
		free(argv[i]);
	return ok;
}

static bool
send_webhook(const struct notify_config *c, const struct notify_webhook *w,
    const struct outbox_message *m, struct buf *error)
{
	struct webhook_request request = { .key = m->key,
		.body = m->payload,
		.secret = blob_view(w->secret) };
	bool ok;

	webhook_request_make(w->format, &request);
	ok = c->post(c->transport, w->url, request.body, request.headers,
	    request.n, error);
	webhook_request_fini(&request);
	return ok;
}

/* Return the webhook of a channel; NULL if it is not configured. */
static const struct notify_webhook *
find_webhook(const struct notify_config *c, const char *channel)
{
	const char *url;
	const struct webhook_format *format = webhook_channel(channel, &url);

	for (size_t i = 0; format != NULL && i < c->n_webhooks; i++)
		if (c->webhooks[i].format == format &&
		    strcmp(c->webhooks[i].url, url) == 0)
			return &c->webhooks[i];
	return NULL;
}

static bool
send_one(const struct notify_config *c, const struct outbox_message *m,
    struct store *s, struct buf *error)
{
	const struct notify_webhook *webhook = find_webhook(c, m->channel);
	const char *to;

	if (webhook != NULL)
		return send_webhook(c, webhook, m, error);
	if ((to = channel_after(m->channel, CHANNEL_MAIL)) != NULL)
		return send_mail(c, to, m->payload, error);
	if ((to = channel_after(m->channel, CHANNEL_HOOK)) != NULL)
		return hooks_run(to, m->payload, s, c->time_limit, error);
	buf_add_text(error, "an unknown kind of channel: use a newer ctwatch");
	return false;
}

/* The result of each channel in one pass; "delivery" of the report. */
struct pass {
	const struct notify_config *c;
	struct store *s;
	int64_t until;    /* by the monotonic clock */
	int64_t oldest;   /* messages created before it expire */
	json_t *channels; /* by name: as channel_of makes them */
	bool ok;
};

static json_t *
channel_of(struct pass *x, const char *name)
{
	json_t *v = json_object_get(x->channels, name);
	char *shown = channel_public_name(name);

	if (v == NULL) {
		v = json_pack("{so si si si si sn}", "channel",
		    collect_text(shown), "sent", 0, "failed", 0, "waiting", 0,
		    "given_up", 0, "error");
		json_object_set_new(x->channels, name, v);
	}
	free(shown);
	return v;
}

static void
count(json_t *channel, const char *what)
{
	json_object_set_new(
	    channel, what, json_integer(report_json_int(channel, what) + 1));
}

/* Accept only a program directly in the directory: a changed store must not
 * start others. */
static bool
is_hook(const struct notify_config *c, const char *program)
{
	const char *name;

	if (c->hooks == NULL ||
	    (name = channel_after(program, c->hooks)) == NULL)
		return false;
	return name[0] == '/' && name[1] != '.' &&
	    strchr(name + 1, '/') == NULL;
}

/* Report whether a channel is still configured. */
static bool
is_wanted(const struct notify_config *c, const char *channel)
{
	const char *to;

	if ((to = channel_after(channel, CHANNEL_MAIL)) != NULL) {
		for (size_t i = 0; i < c->n_mail; i++)
			if (strcmp(c->mail[i], to) == 0)
				return true;
		return c->mail_owners && mail_address_is_valid(bytes_of(to));
	}
	to = channel_after(channel, CHANNEL_HOOK);
	return (to != NULL && is_hook(c, to)) ||
	    find_webhook(c, channel) != NULL;
}

static bool
deliver_one(void *arg, const struct outbox_message *m)
{
	struct pass *x = arg;
	const char *program = channel_after(m->channel, CHANNEL_HOOK);
	json_t *channel;
	struct buf error;

	if (m->created < x->oldest) {
		count(channel_of(x, m->channel), "given_up");
		x->ok = false;
		return outbox_sent(x->s, m->number) && store_commit(x->s);
	}
	if (!is_wanted(x->c, m->channel))
		return true;
	if (program != NULL && access(program, F_OK) != 0) {
		msg_warn(
		    "notify: %s no longer exists; its messages are dropped",
		    program);
		return outbox_sent(x->s, m->number) && store_commit(x->s);
	}
	channel = channel_of(x, m->channel);
	if (report_json_int(channel, "failed") >= FAILURES_MAX ||
	    time_mono() >= x->until) {
		count(channel, "waiting");
		x->ok = false;
		return true;
	}
	buf_init(&error, 4096);
	if (send_one(x->c, m, x->s, &error)) {
		count(channel, "sent");
		outbox_sent(x->s, m->number);
	} else {
		char *shown = channel_public_name(m->channel);

		msg_warn("notify: %s: %s; the next run sends the message again",
		    shown, buf_text(&error));
		free(shown);
		count(channel, "failed");
		json_object_set_new(
		    channel, "error", collect_text(buf_text(&error)));
		outbox_failed(x->s, m->number, buf_text(&error));
		x->ok = false;
	}
	buf_fini(&error);
	return store_commit(x->s);
}

bool
notify_deliver(
    const struct notify_config *c, struct store *s, struct buf *delivery)
{
	struct pass x = { .c = c,
		.s = s,
		.until = time_mono() + CALLS_MAX * c->time_limit,
		.oldest = time_now() - LIMIT_OUTBOX_DAYS * TIME_DAY,
		.channels = json_object(),
		.ok = true };
	json_t *list = json_array(), *v;
	const char *name;
	char *text;

	x.ok = outbox_each(s, NULL, deliver_one, &x) && x.ok;
	x.ok = store_commit(s) && x.ok;
	json_object_foreach(x.channels, name, v) {
		json_array_append(list, v);
		if (report_json_int(v, "given_up") > 0)
			msg_warn("notify: %s: %" PRId64 " messages could not "
			         "be delivered in %d days and were dropped",
			    name, report_json_int(v, "given_up"),
			    LIMIT_OUTBOX_DAYS);
	}
	text = json_dumps(list, JSON_COMPACT);
	if (delivery != NULL)
		buf_add_text(delivery, text);
	free(text);
	json_decref(list);
	json_decref(x.channels);
	return x.ok;
}

/* ---- a test ---- */

static bool
send_at_once(void *arg, const struct outbox_message *m)
{
	const struct notify_config *c = arg;
	char *shown = channel_public_name(m->channel);
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = send_one(c, m, NULL, &error);
	if (ok)
		msg_info("notify: %s: sent", shown);
	else
		msg_error("notify: %s: %s", shown, buf_text(&error));
	buf_fini(&error);
	free(shown);
	return ok;
}

bool
notify_test(const struct notify_config *c, const char *version)
{
	struct report *r = notify_sample(version);
	struct fill f = { .c = c,
		.r = r,
		.take = send_at_once,
		.arg = (void *)(uintptr_t)c,
		.ok = true };

	fill_all(&f);
	report_free(r);
	return f.ok;
}
