/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/key_input.h>

/* A format that any text with a pin in it would fit stands last. */
static const struct formats_format *const formats[] = {
	&android_format,
	&trustkit_format,
	&apple_format,
	&immudb_format,
	&chrome_format,
	&firefox_format,
	&okhttp_format,
	&okhttp_java_format,
	&csv_format,
	&pem_format,
	&hpkp_format,
	&envoy_format,
	&reactnative_format,
	&tlsa_format,
	&curl_format,
	&fingerprint_format,
	&lines_format,
};

#define N_FORMATS (sizeof formats / sizeof *formats)

const struct formats_format *const *
formats_all(size_t *n)
{
	*n = N_FORMATS;
	return formats;
}

const struct formats_format *
formats_find(const char *name)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* ---- reading ---- */

/* What a build made of a source file; NULL if text is none of these. */
static const char *
advice(struct bytes text)
{
	struct bytes start = text;

	if (lex_prefix(&start, "bplist00"))
		return "a binary property list: make XML of it first (plutil "
		       "-convert xml1)";
	if (text.n > 4 && memcmp(text.p, "\x03\x00\x08\x00", 4) == 0)
		return "compiled Android XML: take the source file, or "
		       "aapt2 dump xmltree's";
	if (lex_prefix(&start, "PK\x03\x04"))
		return "an archive: take the file out of it first";
	return NULL;
}

static const struct formats_format *
recognise(struct bytes text)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (formats[i]->detect(text))
			return formats[i];
	return NULL;
}

bool
formats_read(const struct formats_format *format, struct bytes text,
    const char *file, struct pinlist *out, struct buf *error,
    const struct formats_format **found)
{
	const char *what = advice(text);
	struct buf why;
	bool ok;

	if (what == NULL && text.n > LIMIT_PIN_FILE)
		what = "longer than is taken";
	if (what == NULL && format == NULL)
		format = recognise(text);
	if (what == NULL && format == NULL)
		what = "no pins in any format that is known here";
	if (what != NULL) {
		buf_printf(error, "%s: %s", file, what);
		return false;
	}
	if (found != NULL)
		*found = format;
	buf_init(&why, error->max);
	ok = format->read(text, out, &why);
	if (!ok)
		buf_printf(error, "%s: %s: %s", file, format->name,
		    why.n > 0 ? buf_text(&why) : "malformed");
	buf_fini(&why);
	return ok;
}

json_t *
formats_json(struct bytes text, struct buf *error)
{
	json_error_t err;
	json_t *root = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &err);

	if (root == NULL)
		buf_printf(error, "%d: %s", err.line, err.text);
	return root;
}

const char *
formats_member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* ---- writing ---- */

char *
formats_title(const struct pinset *p)
{
	char *title = mem_printf("Made by ctwatch from the pinset %s, "
	                         "version %llu. Do not edit.",
	    p->name, (unsigned long long)p->version);

	/* Nothing in it may end a comment of any language. */
	for (char *c = title; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr(" .,_", *c) == NULL)
			*c = '_';
	return title;
}

/* A projection at work. */
struct projection {
	const struct formats_format *format;
	const struct pinset *p;
	const struct formats_choice *choice;
	struct pinlist *out;
};

static bool
can(const struct projection *j, unsigned what)
{
	return (j->format->can & what) != 0;
}

/* Keys of which TrustKit knows how to make an SPKI. */
static bool
is_common(const struct pinset_key *key)
{
	static const char *const known[] = { "rsa-2048", "rsa-3072", "rsa-4096",
		"ec-p256", "ec-p384" };
	bool is = false;
	char *alg;

	if (key->spki_der.n > 0)
		alg = key_input_algorithm(key->spki_der);
	else if (key->alg != NULL)
		alg = mem_strdup(key->alg);
	else
		return true; /* not known, and likely */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		is |= strcmp(alg, known[i]) == 0;
	free(alg);
	return is;
}

/* Why a key cannot be written for a domain, or NULL. */
static const char *
obstacle(const struct projection *j, const struct pinset_domain *d,
    const struct pinset_key *key)
{
	if (d->kind == PINSET_CERT && !can(j, FORMATS_CERT))
		return "pins a whole certificate, which the format cannot say";
	if (d->kind == PINSET_CA && !can(j, FORMATS_CA))
		return "is a CA's key, and the consumer compares the end "
		       "certificate alone";
	if (can(j, FORMATS_WHOLE_KEY) && key->spki_der.n == 0)
		return "has no spki_der in the pinset, and the format needs "
		       "the whole key";
	if (can(j, FORMATS_COMMON_KEYS) && !is_common(key))
		return "is of a kind that TrustKit does not know";
	return NULL;
}

static void
add_key(struct projection *j, const struct pinset_domain *d,
    struct pinlist_host *h, const struct pinset_key *key)
{
	const char *why = obstacle(j, d, key);
	char text[PINSET_PIN_TEXT];
	struct pinlist_pin *pin;

	if (why != NULL) {
		pinlist_warn(j->out, "%s: left out: key %s %s", d->pattern,
		    key->id, why);
		return;
	}
	pinset_pin_format(key->spki_sha256, text);
	pin = pinlist_add_pin(h, text);
	pin->label = mem_strdup(key->id);
	pin->of_cert = d->kind == PINSET_CERT;
	pin->position = d->kind == PINSET_CA ? PINLIST_CA : PINLIST_LEAF;
	pin->not_after = key->not_after;
	if (key->custody != NULL)
		pin->custody = mem_strdup(key->custody);
	if (key->spki_der.n > 0)
		pin->spki =
		    (struct bytes){ mem_dup(key->spki_der), key->spki_der.n };
}

/* The reach that the format gives a pattern, its losses said. */
static enum host_pattern_reach
fit_reach(struct projection *j, const struct pinset_domain *d)
{
	if (d->reach == HOST_PATTERN_HOST || !can(j, FORMATS_NAMES))
		return d->reach;
	if (d->reach == HOST_PATTERN_SUBTREE) {
		if (can(j, FORMATS_SUBTREE))
			return HOST_PATTERN_SUBTREE;
		pinlist_warn(j->out, "%s: %s; name the others with --host",
		    d->pattern,
		    can(j, FORMATS_PARENT)
		        ? "only the host and names one label below it are "
		          "covered"
		        : "only the host itself is covered");
		return can(j, FORMATS_PARENT) ? HOST_PATTERN_ONE_LABEL
		                              : HOST_PATTERN_HOST;
	}
	if (can(j, FORMATS_ONE_LABEL))
		return HOST_PATTERN_ONE_LABEL;
	if (can(j, FORMATS_PARENT)) {
		pinlist_warn(j->out, "%s: widened: %s itself is pinned too",
		    d->pattern, d->host);
		return HOST_PATTERN_ONE_LABEL;
	}
	if (can(j, FORMATS_SUBTREE)) {
		pinlist_warn(j->out,
		    "%s: widened: %s itself and deeper names are pinned too",
		    d->pattern, d->host);
		return HOST_PATTERN_SUBTREE;
	}
	pinlist_warn(j->out, "%s: no name is covered; name them with --host",
	    d->pattern);
	return HOST_PATTERN_HOST;
}

static void
add_excluded(struct projection *j, const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_exclude; i++)
		if (can(j, FORMATS_EXCLUDE))
			pinlist_add_host(
			    j->out, d->exclude[i], HOST_PATTERN_HOST)
			    ->excluded = true;
		else
			pinlist_warn(j->out,
			    "%s: widened: %s is pinned, though it is excluded",
			    d->pattern, d->exclude[i]);
}

/* Add a host with what may be pinned of domain d. */
static void
add_host(struct projection *j, const struct pinset_domain *d, const char *name,
    enum host_pattern_reach reach)
{
	struct pinlist_host *h = pinlist_add_host(j->out, name, reach);

	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &j->p->keys[d->keys[i]];

		if (pinset_is_usable(key))
			add_key(j, d, h, key);
	}
	h->monitor = d->monitor;
	if (d->monitor && !can(j, FORMATS_MONITOR)) {
		h->monitor = false;
		pinlist_warn(j->out,
		    "%s: enforced, though the domain is only monitored",
		    d->pattern);
	}
	if (j->choice->expires != 0) {
		h->expires = j->choice->expires;
		if (!can(j, FORMATS_EXPIRY)) {
			h->expires = 0;
			pinlist_warn(
			    j->out, "%s: pinning does not expire", d->pattern);
		}
	}
	if (d->owner != NULL)
		h->owner = mem_strdup(d->owner);
	if (h->n_pins < j->format->min_pins)
		pinlist_warn(j->out,
		    "%s: %zu pin, and the consumer refuses fewer than %zu",
		    d->pattern, h->n_pins, j->format->min_pins);
	if (d->kind == PINSET_SPKI && d->position == PINSET_ANYWHERE &&
	    !can(j, FORMATS_CA))
		pinlist_warn(j->out,
		    "%s: the consumer compares the end certificate alone, "
		    "though the pins may match anywhere",
		    d->pattern);
	if (h->n_pins > 0)
		return;
	/* A host without pins would mean something else everywhere. */
	pinlist_warn(j->out, "%s: left out: no pins", d->pattern);
	free(h->name);
	free(h->owner);
	j->out->n_hosts--;
}

static bool
add_named(struct projection *j, const char *name, struct buf *error)
{
	const struct pinset_domain *d = pinset_domain(j->p, name);

	if (d == NULL) {
		buf_printf(error, "no domain of the pinset covers ");
		text_escape(error, bytes_of(name));
		return false;
	}
	add_host(j, d, name, HOST_PATTERN_HOST);
	return true;
}

bool
formats_project(const struct formats_format *format, const struct pinset *p,
    const struct formats_choice *choice, struct pinlist *out, struct buf *error)
{
	struct projection j = { format, p, choice, out };

	for (size_t i = 0; i < choice->n_hosts; i++)
		if (!add_named(&j, choice->hosts[i], error))
			return false;
	for (size_t i = 0; choice->n_hosts == 0 && i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];

		if (d->n_keys == 0 || d->relinquished != 0 ||
		    (choice->consumer != NULL &&
		        !pinset_domain_consumer(p, d, choice->consumer)))
			continue;
		add_host(&j, d, d->host, fit_reach(&j, d));
		add_excluded(&j, d);
	}
	if (out->n_hosts == 0)
		buf_add_text(error, "nothing that this format could say");
	else if (!can(&j, FORMATS_NAMES) && out->n_hosts > 1)
		buf_printf(error,
		    "%s names no hosts, and %zu have pins: choose one with "
		    "--host",
		    format->name, out->n_hosts);
	else
		return true;
	return false;
}
