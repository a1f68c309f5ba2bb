/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "notify/channel.h"
#include "notify/fill.h"
#include "notify/payload.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/notify/hooks.h>
#include <ctwatch/notify/mail_address.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/wire/sha256.h>

static void
put(struct fill *f, const char *channel, const char *key, struct bytes payload)
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
put_mail(struct fill *f, const char *to, const char *contact)
{
	char *channel = mem_printf("%s%s", CHANNEL_MAIL, to);
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
	struct fill *f;
	const char *name;
	char key[NOTIFY_PAYLOAD_KEY]; /* of the last message */
};

static const char *
webhook_key(void *arg, const char *item)
{
	struct webhook_channel *c = arg;

	notify_payload_key(c->f->r, c->name, item, c->key);
	return c->key;
}

static void
put_webhook_message(void *arg, const char *item, struct bytes body)
{
	struct webhook_channel *c = arg;

	put(c->f, c->name, webhook_key(c, item), body);
}

static void
put_webhook(struct fill *f, const struct notify_webhook *w)
{
	char *name = mem_printf("%s%s", w->format->channel, w->url);
	struct webhook_channel channel = { .f = f, .name = name };
	size_t n;
	struct report *r = notify_payload_select(f->r, f->c->least, NULL, &n);

	if (n > 0 || f->c->heartbeat || w->format->follows)
		w->format->make(&(struct webhook_news){ .news = r,
		    .whole = f->r,
		    .least = f->c->least,
		    .take = put_webhook_message,
		    .key = webhook_key,
		    .arg = &channel });
	report_free(r);
	free(name);
}

/* Put a digest for this owner, unless one was put before. */
static void
put_owner(struct fill *f, const char *contact, json_t *done)
{
	const char *to = channel_after(contact, "mailto:");

	if (to == NULL)
		to = contact;
	if (strchr(to, '@') == NULL || json_object_get(done, to) != NULL)
		return;
	json_object_set_new(done, to, json_true());
	if (mail_address_is_valid(bytes_of(to)))
		put_mail(f, to, contact);
	else
		msg_warn("notify: contact %s is not a mail address", contact);
}

/* Put one digest per owner with a finding, except owners who get all findings
 * anyway. */
static void
put_owners(struct fill *f)
{
	struct report_walk w = report_walk(f->r, STORE_ITEM_FINDING);
	json_t *done = json_object();

	for (size_t i = 0; i < f->c->n_mail; i++)
		json_object_set_new(done, f->c->mail[i], json_true());
	while (report_walk_next(&w)) {
		const json_t *finding;

		if (!report_walk_is_new(&w))
			continue;
		finding = report_walk_json(&w);
		for (size_t k = 0; k < report_json_count(finding, "owners");
		     k++)
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
group_by_certificate(const struct fill *f)
{
	struct report_walk w = report_walk(f->r, STORE_ITEM_FINDING);
	json_t *groups = json_object(), *v;

	while (report_walk_next(&w)) {
		const char *tbs, *name;

		/* put_hook reports these with their entry. */
		if (!report_walk_is_new(&w) || w.severity < f->c->least ||
		    strcmp(w.rule, REFUSED) == 0)
			continue;
		v = report_walk_json(&w);
		tbs = report_json_text(v, "certificate.tbs_sha256");
		name = *tbs != '\0' ? tbs : report_json_text(v, "id");
		if (json_object_get(groups, name) == NULL)
			json_object_set_new(groups, name, json_array());
		json_array_append(json_object_get(groups, name), v);
	}
	return groups;
}

/* Put one message per certificate, per other finding, and per entry that cannot
 * be read, for a hook. */
static void
put_hook(struct fill *f, const char *program)
{
	char *channel = mem_printf("%s%s", CHANNEL_HOOK, program);
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
put_hooks(struct fill *f)
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

void
fill_all(struct fill *f)
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
	struct fill f = {
		.c = c, .r = r, .take = take_into_outbox, .arg = s, .ok = true
	};

	fill_all(&f);
	return f.ok;
}
