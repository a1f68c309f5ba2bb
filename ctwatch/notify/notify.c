/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "notify/payload.h"
#include "notify/sample.h"
#include "notify/subprocess.h"
#include "notify/webhook_request.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/notify/hooks.h>
#include <ctwatch/notify/notify.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/store/outbox.h>
#include <ctwatch/wire/sha256.h>

/* Skip a channel after this many failures in one pass, and all channels after
 * this many times the limit of one call; the next run sends the rest. */
#define FAILURES_MAX 3
#define CALLS_MAX    10

/* Prefixes of channel names, before the receiver. */
static const char mail_prefix[] = "mail:";
static const char hook_prefix[] = "hook:";

/* Return the rest of text after prefix, or NULL without the prefix. */
static const char *
after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/*
 * The name of a channel in reports and messages: of a webhook's URL no more
 * than scheme and host, because services put their tokens in the rest, and a
 * digest that tells URLs of one host apart.  The caller frees.
 */
static char *
public_name(const char *channel)
{
	const struct webhook_format *format;
	const char *url, *host, *end, *at;
	char hex[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];

	format = webhook_channel(channel, &url);
	if (format == NULL)
		return mem_strdup(channel);
	host = strstr(url, "://");
	host = host != NULL ? host + 3 : url;
	end = host + strcspn(host, "/?#");
	at = memchr(host, '@', (size_t)(end - host));
	if (at == NULL && (*end == '\0' || strcmp(end, "/") == 0))
		return mem_strdup(channel);
	sha256_digest(bytes_of(url), digest);
	text_hex((struct bytes){ digest, SHA256_SIZE }, hex);
	at = at != NULL ? at + 1 : host;
	return mem_printf("%s%.*s%.*s/#%.8s", format->channel,
	    (int)(host - url), url, (int)(end - at), at, hex);
}

bool
notify_is_address(struct bytes s)
{
	if (s.n == 0 || s.p[0] == '-' || s.n > LIMIT_ADDRESS)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ',')
			return false;
	return true;
}

bool
notify_configured(const struct notify_config *c)
{
	return c->n_mail > 0 || c->mail_owners || c->n_webhooks > 0 ||
	    c->hooks != NULL;
}

/* ---- fill the outbox ---- */

/* Takes messages into the outbox, or, in a test, sends them at once. */
struct filling {
	const struct notify_config *c;
	const struct report *r;
	bool (*take)(void *arg, const struct outbox_message *m);
	void *arg;
	bool ok;
};

static void
put(struct filling *f, const char *channel, const char *key,
    struct bytes payload)
{
	struct outbox_message m = { .channel = channel,
		.key = key,
		.payload = payload,
		.created = report_json_time(f->r->doc, "run.ended") };

	f->ok &= f->take(f->arg, &m);
}

/* Put a mail: of all findings or, for a contact, of the findings of its
 * domains. */
static void
put_mail(struct filling *f, const char *to, const char *contact)
{
	char *channel = mem_printf("%s%s", mail_prefix, to);
	char key[NOTIFY_PAYLOAD_KEY];
	struct buf payload;
	size_t n;
	struct report *r =
	    notify_payload_select(f->r, f->c->least, contact, &n);

	buf_init(&payload, SIZE_MAX / 2);
	notify_payload_key(f->r, channel, "digest", key);
	if (n > 0 || (f->c->heartbeat && contact == NULL)) {
		notify_payload_mail(r, to, f->c->mail_from, key, &payload);
		put(f, channel, key, buf_view(&payload));
	}
	report_free(r);
	buf_fini(&payload);
	free(channel);
}

struct webhook_channel {
	struct filling *f;
	const char *name;
};

static void
put_webhook_message(void *arg, const char *item, struct bytes body)
{
	const struct webhook_channel *c = arg;
	char key[NOTIFY_PAYLOAD_KEY];

	notify_payload_key(c->f->r, c->name, item, key);
	put(c->f, c->name, key, body);
}

static void
put_webhook(struct filling *f, const struct notify_webhook *w)
{
	char *name = mem_printf("%s%s", w->format->channel, w->url);
	struct webhook_channel channel = { f, name };
	char key[NOTIFY_PAYLOAD_KEY];
	size_t n;
	struct report *r = notify_payload_select(f->r, f->c->least, NULL, &n);

	notify_payload_key(f->r, name, "digest", key);
	if (n > 0 || f->c->heartbeat || w->format->follows)
		w->format->make(&(struct webhook_news){ .news = r,
		    .whole = f->r,
		    .least = f->c->least,
		    .key = key,
		    .take = put_webhook_message,
		    .arg = &channel });
	report_free(r);
	free(name);
}

/* Put a digest for this owner, unless one was put before. */
static void
put_owner(struct filling *f, const char *contact, json_t *done)
{
	const char *to = after(contact, "mailto:");

	if (to == NULL)
		to = contact;
	if (strchr(to, '@') == NULL || json_object_get(done, to) != NULL)
		return;
	json_object_set_new(done, to, json_true());
	if (notify_is_address(bytes_of(to)))
		put_mail(f, to, contact);
	else
		msg_warn("notify: contact %s is not a mail address", contact);
}

/* Put one digest per owner with a finding, except owners who get all findings
 * anyway. */
static void
put_owners(struct filling *f)
{
	json_t *done = json_object(), *finding;
	size_t i;

	for (i = 0; i < f->c->n_mail; i++)
		json_object_set_new(done, f->c->mail[i], json_true());
	json_array_foreach(report_json_at(f->r->doc, "findings"), i, finding) {
		size_t n = report_json_count(finding, "owners");

		for (size_t k = 0; report_json_is_new(finding) && k < n; k++)
			put_owner(f,
			    report_json_text(
			        report_json_item(finding, "owners", k),
			        "contact"),
			    done);
	}
	json_decref(done);
}

/* The rule of an unreadable entry that may have a watched name. */
#define REFUSED "CTW060"

/*
 * The findings for hooks: an object with a list per certificate, the gravest
 * finding first, and per finding without one.
 */
static json_t *
group_by_certificate(const struct filling *f)
{
	json_t *groups = json_object(), *v;
	size_t i;

	json_array_foreach(report_json_at(f->r->doc, "findings"), i, v) {
		const char *tbs = report_json_text(v, "certificate.tbs_sha256");
		const char *name =
		    *tbs != '\0' ? tbs : report_json_text(v, "id");

		/* put_hook reports these with their entry. */
		if (!report_json_is_new(v) ||
		    report_json_severity(v) < f->c->least ||
		    strcmp(report_json_text(v, "rule"), REFUSED) == 0)
			continue;
		if (json_object_get(groups, name) == NULL)
			json_object_set_new(groups, name, json_array());
		json_array_append(json_object_get(groups, name), v);
	}
	return groups;
}

/* Put one message per certificate, per other finding, and per entry that cannot
 * be read, for a hook. */
static void
put_hook(struct filling *f, const char *program)
{
	char *channel = mem_printf("%s%s", hook_prefix, program);
	char key[NOTIFY_PAYLOAD_KEY], item[128];
	json_t *groups = group_by_certificate(f), *v;
	struct buf payload;
	const char *name;
	size_t i;

	buf_init(&payload, SIZE_MAX / 2);
	json_object_foreach(groups, name, v) {
		buf_clear(&payload);
		notify_payload_findings(f->r, v, &payload);
		notify_payload_key(f->r, channel, name, key);
		put(f, channel, key, buf_view(&payload));
	}
	json_decref(groups);
	json_array_foreach(report_json_at(f->r->doc, "refused"), i, v) {
		if (*report_json_text(v, "possible_match") == '\0' ||
		    rules_find(REFUSED)->severity < f->c->least)
			continue;
		snprintf(item, sizeof item, "%s %" PRId64,
		    report_json_text(v, "log_id"), report_json_int(v, "index"));
		buf_clear(&payload);
		notify_payload_refused(f->r, v, &payload);
		notify_payload_key(f->r, channel, item, key);
		put(f, channel, key, buf_view(&payload));
	}
	buf_fini(&payload);
	free(channel);
}

static void
put_hooks(struct filling *f)
{
	struct buf error;
	char **v;
	size_t n;

	buf_init(&error, 4096);
	v = hooks_list(f->c->hooks, &n, &error);
	if (v == NULL)
		msg_warn("notify: %s", buf_text(&error));
	for (size_t i = 0; v != NULL && i < n; i++)
		put_hook(f, v[i]);
	hooks_list_free(v, n);
	buf_fini(&error);
}

static void
put_all(struct filling *f)
{
	for (size_t i = 0; i < f->c->n_mail; i++)
		put_mail(f, f->c->mail[i], NULL);
	if (f->c->mail_owners)
		put_owners(f);
	for (size_t i = 0; i < f->c->n_webhooks; i++)
		put_webhook(f, &f->c->webhooks[i]);
	if (f->c->hooks != NULL)
		put_hooks(f);
}

static bool
take_into_outbox(void *arg, const struct outbox_message *m)
{
	return outbox_add(arg, m);
}

bool
notify_fill(
    const struct notify_config *c, const struct report *r, struct store *s)
{
	struct filling f = {
		.c = c, .r = r, .take = take_into_outbox, .arg = s, .ok = true
	};

	put_all(&f);
	return f.ok;
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
	if ((to = after(m->channel, mail_prefix)) != NULL)
		return send_mail(c, to, m->payload, error);
	if ((to = after(m->channel, hook_prefix)) != NULL)
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
	char *shown = public_name(name);

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

	if (c->hooks == NULL || (name = after(program, c->hooks)) == NULL)
		return false;
	return name[0] == '/' && name[1] != '.' &&
	    strchr(name + 1, '/') == NULL;
}

/* Report whether a channel is still configured. */
static bool
is_wanted(const struct notify_config *c, const char *channel)
{
	const char *to;

	if ((to = after(channel, mail_prefix)) != NULL) {
		for (size_t i = 0; i < c->n_mail; i++)
			if (strcmp(c->mail[i], to) == 0)
				return true;
		return c->mail_owners && notify_is_address(bytes_of(to));
	}
	to = after(channel, hook_prefix);
	return (to != NULL && is_hook(c, to)) ||
	    find_webhook(c, channel) != NULL;
}

static bool
deliver_one(void *arg, const struct outbox_message *m)
{
	struct pass *x = arg;
	const char *program = after(m->channel, hook_prefix);
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
		msg_warn("notify: %s does not exist any more; its messages are "
		         "dropped",
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
		char *shown = public_name(m->channel);

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
	char *shown = public_name(m->channel);
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
	struct filling f = { .c = c,
		.r = r,
		.take = send_at_once,
		.arg = (void *)(uintptr_t)c,
		.ok = true };

	put_all(&f);
	report_free(r);
	return f.ok;
}
