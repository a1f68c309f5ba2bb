/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/export_record.h>
#include <ctwatch/store/journal.h>

#define ACTION "pinset-exported"

/* ---- adding ---- */

/* Report whether the export for the consumer has the key of that index: whether
 * one of its domains, or any domain if there is no consumer, has it. */
static bool
has_key(const struct pinset *p, const char *consumer, size_t key)
{
	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];

		if (consumer != NULL && !pinset_domain_consumer(p, d, consumer))
			continue;
		for (size_t k = 0; k < d->n_keys; k++)
			if (d->keys[k] == key)
				return true;
	}
	return false;
}

static json_t *
exported_pins(const struct pinset *p, const char *consumer)
{
	json_t *pins = json_array();

	for (size_t i = 0; i < p->n_keys; i++) {
		char pin[PINSET_PIN_TEXT];

		if (!pinset_is_usable(&p->keys[i]) || !has_key(p, consumer, i))
			continue;
		pinset_pin_format(p->keys[i].spki_sha256, pin);
		json_array_append_new(pins, json_string(pin));
	}
	return pins;
}

bool
export_record_add(
    struct store *s, const struct pinset *p, const struct export_record *e)
{
	char hex[2 * SHA256_SIZE + 1], out_hex[2 * SHA256_SIZE + 1];
	char *actor = journal_actor(), *text;
	json_t *detail;
	bool ok;

	text_hex((struct bytes){ p->sha256, SHA256_SIZE }, hex);
	sha256_hex(e->content, out_hex);
	detail = json_pack("{s:o, s:s, s:o, s:I, s:s, s:s, s:s, s:o}",
	    "consumer", journal_text(e->consumer), "format", e->format, "path",
	    journal_text(e->path), "version", (json_int_t)p->version,
	    "pinset_sha256", hex, "content_sha256", out_hex, "title", e->title,
	    "pins", exported_pins(p, e->consumer));
	text = json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);
	ok = journal_add(s, actor, ACTION, p->name,
	    e->reason != NULL ? e->reason : "", text);
	free(text);
	json_decref(detail);
	free(actor);
	return ok;
}

/* ---- what an export said ---- */

struct search {
	const struct pinset *p;
	char hex[2 * SHA256_SIZE + 1]; /* the digest of the content */
	struct buf *out;
};

static void
compare(void *arg, const struct journal_record *r)
{
	struct search *x = arg;
	const char *digest, *title;
	json_t *detail;

	if (strcmp(r->action, ACTION) != 0 ||
	    strcmp(r->object, x->p->name) != 0)
		return;
	detail = json_loads(r->detail, 0, NULL);
	digest = json_string_value(json_object_get(detail, "content_sha256"));
	title = json_string_value(json_object_get(detail, "title"));
	if (digest != NULL && title != NULL && strcmp(digest, x->hex) == 0) {
		buf_clear(x->out);
		buf_add_text(x->out, title);
	}
	json_decref(detail);
}

bool
export_record_title(struct store *s, const struct pinset *p,
    struct bytes content, struct buf *out)
{
	struct search x = { .p = p, .out = out };

	sha256_hex(content, x.hex);
	return journal_each(s, compare, &x);
}

/* ---- which copies still accept a key ---- */

/* The exports for one consumer, the oldest first. */
struct holder {
	const struct pinset *p;
	const struct pinset_consumer *consumer;
	char pin[PINSET_PIN_TEXT];
	int64_t now;
	struct buf *out;
	/* The previous export: its version if it has the key, else 0. */
	long long version;
	int64_t since;
};

static bool
lists_pin(const json_t *detail, const char *pin)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(detail, "pins"), i, v)
		if (json_is_string(v) && strcmp(json_string_value(v), pin) == 0)
			return true;
	return false;
}

/* Append until when copies of the previous version, which was replaced at that
 * time (0: never), may be in use. */
static void
say_version(const struct holder *h, int64_t replaced)
{
	int64_t age = h->consumer->max_age_days * TIME_DAY;
	char since[TIME_TEXT], until[TIME_TEXT];

	if (h->version == 0 ||
	    (replaced != 0 && age > 0 && replaced + age <= h->now))
		return;
	time_format_date(h->since, since);
	text_escape(h->out, bytes_of(h->consumer->id));
	buf_printf(h->out, EXPORT_RECORD_ACCEPTS "%lld, exported on %s",
	    h->version, since);
	time_format_date(replaced + age, until);
	if (replaced == 0)
		buf_add_text(h->out, ", and not replaced by an export since");
	else if (age > 0)
		buf_printf(h->out, ", stays in use until %s", until);
	else
		buf_add_text(h->out,
		    ", stays in use for an unknown time (no "
		    "max_age_days)");
	buf_add_byte(h->out, '\n');
}

static void
step(void *arg, const struct journal_record *r)
{
	struct holder *h = arg;
	const char *consumer;
	json_t *detail;
	int64_t at;

	if (strcmp(r->action, ACTION) != 0 ||
	    strcmp(r->object, h->p->name) != 0 || !time_parse(r->time, &at))
		return;
	detail = json_loads(r->detail, 0, NULL);
	consumer = json_string_value(json_object_get(detail, "consumer"));
	if (consumer != NULL && strcmp(consumer, h->consumer->id) == 0) {
		long long version =
		    json_integer_value(json_object_get(detail, "version"));

		if (version != h->version)
			say_version(h, at);
		if (version != h->version || h->version == 0)
			h->since = at;
		h->version = lists_pin(detail, h->pin) ? version : 0;
	}
	json_decref(detail);
}

bool
export_record_holders(struct store *s, const struct pinset *p,
    const uint8_t spki[static SHA256_SIZE], int64_t now, struct buf *out)
{
	bool ok = true;

	for (size_t i = 0; ok && i < p->n_consumers; i++) {
		struct holder h = { .p = p,
			.consumer = &p->consumers[i],
			.now = now,
			.out = out };

		pinset_pin_format(spki, h.pin);
		ok = journal_each(s, step, &h);
		if (ok)
			say_version(&h, 0);
	}
	return ok;
}
