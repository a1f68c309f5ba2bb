/* SPDX-License-Identifier: Apache-2.0 */
/* pin_lint_pinset: lint of a pinset, beside that of any list of pins. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/pin_lint_rules.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>

/* Return the keys of d that clients accept. */
static size_t
usable_keys(const struct pinset *p, const struct pinset_domain *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_keys; i++)
		n += pinset_is_usable(&p->keys[d->keys[i]]);
	return n;
}

static bool
has_unused_backup(const struct pin_lint *l, const struct pinset *p,
    const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];

		if (key->state == PINSET_BACKUP &&
		    (l->seen == NULL || !l->seen(l->arg, key->spki_sha256)))
			return true;
	}
	return false;
}

/* PIN09 and PIN10: the pinset's issuers give the operators of CA keys. */
static void
lint_cas(
    struct pin_lint *l, const struct pinset *p, const struct pinset_domain *d)
{
	const char *operator= NULL;
	bool same = d->n_keys > 1;

	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];
		const struct pinset_issuer *ca =
		    pinset_issuer(p, key->spki_sha256);

		if (ca == NULL || ca->caa == NULL) {
			same = false;
			continue;
		}
		same =
		    same && (operator== NULL || strcmp(operator, ca->caa) == 0);
		operator= ca->caa;
		for (size_t k = 0; k < p->n_issuers; k++) {
			const struct pinset_issuer *sibling = &p->issuers[k];
			const struct pinset_key *pinned =
			    pinset_key(p, sibling->spki_sha256);

			if (sibling != ca && sibling->caa != NULL &&
			    strcmp(sibling->caa, ca->caa) == 0 &&
			    (pinned == NULL ||
			        !pinset_domain_key(p, d, pinned)))
				pin_lint_rules_note(l, PIN_LINT_INTERMEDIATE,
				    false, d->pattern,
				    "%s is pinned, but its sibling %s is not",
				    key->id, sibling->id);
		}
	}
	if (same)
		pin_lint_rules_note(l, PIN_LINT_SAME_CA, false, d->pattern,
		    "all are %s's", operator);
}

/* PIN13: losses in a consumer's format. */
static void
lint_consumer(
    struct pin_lint *l, const struct pinset *p, const struct pinset_consumer *c)
{
	const struct formats_format *f =
	    c->format != NULL ? formats_find(c->format) : NULL;
	const struct formats_choice choice = { NULL, 0, c->id, 0,
		c->min_version };
	struct pinlist list = { 0 };
	struct buf error;

	if (c->format == NULL)
		return;
	if (f == NULL || f->write == NULL) {
		pin_lint_rules_note(l, PIN_LINT_CONSUMER, false, c->id,
		    "unknown export format %s", c->format);
		return;
	}
	buf_init(&error, LIMIT_SMALL_BODY);
	if (!formats_project(f, p, &choice, &list, &error))
		pin_lint_rules_note(
		    l, PIN_LINT_CONSUMER, false, c->id, "%s", buf_text(&error));
	for (size_t i = 0; i < list.n_warnings; i++)
		pin_lint_rules_note(
		    l, PIN_LINT_CONSUMER, false, c->id, "%s", list.warnings[i]);
	pinlist_fini(&list);
	buf_fini(&error);
}

static void
lint_domain(
    struct pin_lint *l, const struct pinset *p, const struct pinset_domain *d)
{
	size_t usable = usable_keys(p, d);

	if (d->n_keys == 0 || d->relinquished != 0)
		return; /* watched, not pinned */
	if (usable < (size_t)p->min_pins)
		pin_lint_rules_note(l, PIN_LINT_SINGLE_PIN, !d->monitor,
		    d->pattern, "%zu usable pin%s; the policy requires %d",
		    usable, usable == 1 ? "" : "s", p->min_pins);
	if (d->kind == PINSET_SPKI && !has_unused_backup(l, p, d))
		pin_lint_rules_note(l, PIN_LINT_NO_BACKUP, false, d->pattern,
		    "no unused backup key");
	if (d->kind == PINSET_CA)
		lint_cas(l, p, d);
	if (d->kind == PINSET_CERT)
		pin_lint_rules_note(l, PIN_LINT_NOT_SPKI, false, d->pattern,
		    "pins whole certificates, which change at every renewal");
}

/* PIN11: by the clock, the slowest consumer and the dates of keys. */
static void
lint_end(struct pin_lint *l, const struct pinset *p)
{
	int64_t warn = 0, last = 0;

	for (size_t i = 0; i < p->n_warn_days; i++)
		if (p->warn_days[i] * TIME_DAY > warn)
			warn = p->warn_days[i] * TIME_DAY;
	for (size_t i = 0; i < p->n_consumers; i++)
		if (p->consumers[i].lead_days * TIME_DAY > warn)
			warn = p->consumers[i].lead_days * TIME_DAY;
	for (size_t i = 0; i < p->n_keys; i++)
		if (p->keys[i].not_after > last)
			last = p->keys[i].not_after;
	if (p->expires == 0)
		pin_lint_rules_note(l, PIN_LINT_EXPIRY, false, "expires",
		    "the pinset has no expiry: an old copy is never stale");
	else if (last != 0 && p->expires > last)
		pin_lint_rules_note(l, PIN_LINT_EXPIRY, false, "expires",
		    "the pinset outlives every key that has a not_after");
	pin_lint_expiry(l, "expires", p->expires, warn);
}

/* PIN18 for the usable keys of a domain. */
static void
lint_domain_certs(
    struct pin_lint *l, const struct pinset *p, const struct pinset_domain *d)
{
	struct pinlist list = { 0 };
	struct pinlist_host *h = pinlist_add_host(&list, d->host, d->reach);

	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];
		char text[PINSET_PIN_TEXT];

		pinset_pin_format(key->spki_sha256, text);
		if (pinset_is_usable(key))
			pinlist_add_pin(h, text)->of_cert =
			    d->kind == PINSET_CERT;
	}
	if (d->relinquished == 0)
		pin_lint_certs(l, d->pattern, h);
	pinlist_fini(&list);
}

static void
lint_keys(struct pin_lint *l, const struct pinset *p)
{
	struct pinlist list = { 0 };
	struct pinlist_host *h =
	    pinlist_add_host(&list, NULL, HOST_PATTERN_HOST);

	for (size_t i = 0; i < p->n_keys; i++) {
		const struct pinset_key *key = &p->keys[i];
		char text[PINSET_PIN_TEXT];
		struct pinlist_pin *pin;

		pinset_pin_format(key->spki_sha256, text);
		pin = pinlist_add_pin(h, text);
		if (key->spki_der.n > 0)
			pin->spki = blob_copy(blob_view(key->spki_der));
		/* Skip retired and compromised keys. */
		if (key->state != PINSET_COMPROMISED &&
		    key->state != PINSET_RETIRED)
			pin_lint_pin(l, key->id, pin);
	}
	pinlist_fini(&list);
}

void
pin_lint_pinset(struct pin_lint *l, const struct pinset *p)
{
	lint_keys(l, p);
	for (size_t i = 0; i < p->n_domains; i++) {
		lint_domain(l, p, &p->domains[i]);
		lint_domain_certs(l, p, &p->domains[i]);
	}
	for (size_t i = 0; i < p->n_consumers; i++)
		lint_consumer(l, p, &p->consumers[i]);
	lint_end(l, p);
}

/* ---- a pinset that is refused ---- */

static struct pinset *
parse_json(const json_t *root, const char *file, struct buf *error)
{
	char *text = json_dumps(root, 0);
	struct pinset *p =
	    text != NULL ? pinset_parse_at(bytes_of(text), file, error) : NULL;

	free(text);
	return p;
}

/*
 * Judge a key whose pin the parser would refuse, and replace its pin by a valid
 * digest, so that the rest of the file is judged too.
 */
static void
lint_raw_key(struct pin_lint *l, json_t *key, size_t at)
{
	const char *text = json_string_value(json_object_get(key, "spki"));
	const char *id = json_string_value(json_object_get(key, "id"));
	struct pinlist list = { 0 };
	char stand_in[PINSET_PIN_TEXT];
	uint8_t digest[SHA256_SIZE];
	struct buf where;
	size_t before = l->n;
	char *seed;

	if (text == NULL || pinset_pin_fault(text) == NULL)
		return;
	buf_init(&where, LIMIT_SMALL_BODY);
	if (id != NULL)
		text_escape(&where, bytes_of(id));
	else
		buf_printf(&where, "keys[%zu]", at);
	pin_lint_pin(l, buf_text(&where),
	    pinlist_add_pin(
	        pinlist_add_host(&list, NULL, HOST_PATTERN_HOST), text));
	if (l->n == before)
		pin_lint_rules_note(l, PIN_LINT_NON_CANONICAL, true,
		    buf_text(&where), "%s: %s", text, pinset_pin_fault(text));
	seed = mem_printf("ctwatch stand-in %zu", at);
	sha256_digest(bytes_of(seed), digest);
	pinset_pin_format(digest, stand_in);
	json_object_set_new(key, "spki", json_string(stand_in));
	json_object_del(key, "spki_der");
	free(seed);
	pinlist_fini(&list);
	buf_fini(&where);
}

void
pin_lint_pinset_text(struct pin_lint *l, struct bytes text, const char *file)
{
	struct pinset *p;
	struct buf error;
	json_t *root, *key;
	size_t i;

	buf_init(&error, LIMIT_SMALL_BODY);
	p = pinset_parse_at(text, file, &error);
	if (p == NULL) {
		root = json_loadb(
		    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
		json_array_foreach(json_object_get(root, "keys"), i, key)
			lint_raw_key(l, key, i);
		if (root != NULL && l->n > 0) {
			buf_clear(&error);
			p = parse_json(root, file, &error);
		}
		json_decref(root);
	}
	if (p != NULL)
		pin_lint_pinset(l, p);
	else
		pin_lint_rules_note(
		    l, PIN_LINT_NOT_LOADED, true, file, "%s", buf_text(&error));
	pinset_free(p);
	buf_fini(&error);
}
