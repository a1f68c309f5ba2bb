/* SPDX-License-Identifier: Apache-2.0 */
/* formats_project: a pinset as a list of pins that a format can express. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/key_input.h>

/* The state of one projection. */
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

/* Key types for which TrustKit can build the SPKI. */
static bool
is_common(const struct pinset_key *key)
{
	static const char *const known[] = { "rsa-2048", "rsa-3072", "rsa-4096",
		"ec-p256", "ec-p384" };
	bool is = false;
	char *alg;

	if (key->spki_der.n > 0)
		alg = key_input_algorithm(blob_view(key->spki_der));
	else if (key->alg != NULL)
		alg = mem_strdup(key->alg);
	else
		return true; /* unknown: assume yes */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		is |= strcmp(alg, known[i]) == 0;
	free(alg);
	return is;
}

const char *
formats_project_obstacle(const struct formats_format *format,
    const struct pinset *p, const struct pinset_domain *d,
    const struct pinset_key *key)
{
	bool ca = d->kind == PINSET_CA || pinset_is_ca(p, key);

	if (d->kind == PINSET_CERT && (format->can & FORMATS_CERT) == 0)
		return "pins a whole certificate, which the format cannot "
		       "express";
	if (ca && (format->can & FORMATS_CA) == 0)
		return "is a CA's key, but the consumer compares only the end "
		       "certificate";
	if ((format->can & FORMATS_WHOLE_KEY) != 0 && key->spki_der.n == 0)
		return "has no spki_der in the pinset, but the format needs "
		       "the whole key";
	if ((format->can & FORMATS_COMMON_KEYS) != 0 && !is_common(key))
		return "is of a type that TrustKit does not support";
	if (d->monitor && (format->can & FORMATS_MONITOR) == 0)
		return "is of a domain in mode monitor, but the format can "
		       "only enforce";
	return NULL;
}

static void
add_key(struct projection *j, const struct pinset_domain *d,
    struct pinlist_host *h, const struct pinset_key *key)
{
	const char *why = formats_project_obstacle(j->format, j->p, d, key);
	char text[PINSET_PIN_TEXT];
	struct pinlist_pin *pin;

	if (why != NULL) {
		pinlist_lose(j->out, "%s: left out: key %s %s", d->pattern,
		    key->id, why);
		return;
	}
	pinset_pin_format(key->spki_sha256, text);
	pin = pinlist_add_pin(h, text);
	pin->label = mem_strdup(key->id);
	pin->of_cert = d->kind == PINSET_CERT;
	pin->position = d->kind == PINSET_CA || pinset_is_ca(j->p, key)
	    ? PINLIST_CA
	    : PINLIST_LEAF;
	pin->not_after = key->not_after;
	if (key->custody != NULL)
		pin->custody = mem_strdup(key->custody);
	if (key->spki_der.n > 0)
		pin->spki = blob_copy(blob_view(key->spki_der));
}

/* OkHttp supports **. since 4.3.0; older versions never match it. */
static bool
has_double_star(const char *version)
{
	unsigned major = 0, minor = 0;

	return sscanf(version, "%u.%u", &major, &minor) >= 1 &&
	    (major > 4 || (major == 4 && minor >= 3));
}

/* Return the format's reach for a host and everything below it. */
static enum host_pattern_reach
fit_subtree(struct projection *j, const struct pinset_domain *d)
{
	const char *version = j->choice->min_version;
	bool old = can(j, FORMATS_VERSIONED) && version != NULL &&
	    !has_double_star(version);

	if (can(j, FORMATS_VERSIONED) && version == NULL)
		pinlist_warn(j->out,
		    "%s: OkHttp before 4.3.0 ignores it and does not pin: set "
		    "min_version of the consumer, or --min-version",
		    d->pattern);
	if (can(j, FORMATS_SUBTREE) && !old)
		return HOST_PATTERN_SUBTREE;
	pinlist_warn(j->out, "%s: %s; add other names with --host", d->pattern,
	    old || can(j, FORMATS_PARENT)
	        ? "only the host and names one label below it are covered"
	        : "only the host itself is covered");
	return old || can(j, FORMATS_PARENT) ? HOST_PATTERN_ONE_LABEL
	                                     : HOST_PATTERN_HOST;
}

/* Return the format's reach for a pattern, with warnings for losses.  Return
 * false if it can express no name of the pattern. */
static bool
fit_reach(struct projection *j, const struct pinset_domain *d,
    enum host_pattern_reach *out)
{
	*out = d->reach;
	if (d->reach == HOST_PATTERN_HOST || !can(j, FORMATS_NAMES))
		return true;
	if (d->reach == HOST_PATTERN_SUBTREE) {
		*out = fit_subtree(j, d);
		return true;
	}
	if (can(j, FORMATS_ONE_LABEL))
		return true;
	if (can(j, FORMATS_PARENT)) {
		pinlist_warn(j->out, "%s: widened: %s itself is also pinned",
		    d->pattern, d->host);
		return true;
	}
	if (can(j, FORMATS_SUBTREE)) {
		pinlist_warn(j->out,
		    "%s: widened: %s itself and deeper names are also pinned",
		    d->pattern, d->host);
		*out = HOST_PATTERN_SUBTREE;
		return true;
	}
	pinlist_lose(j->out,
	    "%s: left out: the format has no wildcards; list hosts with --host",
	    d->pattern);
	return false;
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
			    "%s: widened: %s is pinned although the pinset "
			    "excludes it",
			    d->pattern, d->exclude[i]);
}

/* Warn where the consumer treats h differently from the pinset. */
static void
warn_of_host(struct projection *j, const struct pinset_domain *d,
    const struct pinlist_host *h)
{
	if (!can(j, FORMATS_PORTS) && d->n_ports > 0 &&
	    !pinset_domain_port(d, PINLIST_HTTPS))
		pinlist_warn(j->out,
		    "%s: widened: its pins are for %s%u alone, and the "
		    "consumer takes them for every port",
		    d->pattern, d->n_ports > 1 ? "ports such as " : "port ",
		    d->ports[0]);
	if (h->n_pins < j->format->min_pins)
		pinlist_warn(j->out,
		    "%s: %zu pin, and the consumer refuses fewer than %zu",
		    d->pattern, h->n_pins, j->format->min_pins);
	if (d->kind == PINSET_SPKI && d->position == PINSET_ANYWHERE &&
	    !can(j, FORMATS_CA))
		pinlist_warn(j->out,
		    "%s: the consumer compares only the end certificate, but "
		    "the pins may match anywhere",
		    d->pattern);
	if (can(j, FORMATS_FIRST_ONLY) && h->n_pins > 1)
		pinlist_warn(j->out,
		    "%s: %zu documents: a client that reads only revisions[0] "
		    "sees one of them",
		    d->pattern, h->n_pins);
}

/* Drop the last host: a host without pins has another meaning in every
 * format. */
static void
drop_last(struct projection *j, const struct pinset_domain *d)
{
	pinlist_lose(j->out, "%s: left out: no pins", d->pattern);
	pinlist_drop_host(j->out, j->out->n_hosts - 1);
}

/* Add a host with the pins of domain d that the format allows; return false if
 * there are none. */
static bool
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
	h->joins = can(j, FORMATS_JOIN);
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
	for (size_t i = 0; can(j, FORMATS_PORTS) && i < d->n_ports; i++)
		pinlist_ports_add(h, d->ports[i]);
	if (h->n_pins == 0) {
		drop_last(j, d);
		return false;
	}
	warn_of_host(j, d, h);
	return true;
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

static bool
is_chosen(const struct projection *j, const struct pinset_domain *d)
{
	return d->n_keys > 0 && d->relinquished == 0 &&
	    (j->choice->consumer == NULL ||
	        pinset_domain_consumer(j->p, d, j->choice->consumer));
}

/* Return the domain of the same host that takes precedence in a format that can
 * have a host only once: the exact one, else the widest. */
static const struct pinset_domain *
rival(const struct projection *j, const struct pinset_domain *d)
{
	if (!can(j, FORMATS_NAMES) || can(j, FORMATS_ONE_LABEL))
		return NULL;
	for (size_t i = 0; i < j->p->n_domains; i++) {
		const struct pinset_domain *o = &j->p->domains[i];

		if (o != d && is_chosen(j, o) &&
		    strcmp(o->host, d->host) == 0 &&
		    d->reach != HOST_PATTERN_HOST &&
		    (o->reach == HOST_PATTERN_HOST ||
		        o->reach == HOST_PATTERN_SUBTREE))
			return o;
	}
	return NULL;
}

static void
add_domain(struct projection *j, const struct pinset_domain *d)
{
	const struct pinset_domain *other = rival(j, d);
	enum host_pattern_reach reach;
	struct pinlist_host *h;

	if (other != NULL) {
		pinlist_lose(j->out,
		    "%s: left out: the format can have %s only once, and %s "
		    "uses it",
		    d->pattern, d->host, other->pattern);
		return;
	}
	if (!fit_reach(j, d, &reach) || !add_host(j, d, d->host, reach))
		return;
	add_excluded(j, d);
	/* For an OkHttp without **., add the host itself. */
	if (d->reach == HOST_PATTERN_SUBTREE && can(j, FORMATS_VERSIONED) &&
	    reach == HOST_PATTERN_ONE_LABEL) {
		size_t at = j->out->n_hosts - 1;

		pinlist_add_host(j->out, d->host, HOST_PATTERN_HOST)->joins =
		    true;
		h = &j->out->hosts[at];
		for (size_t i = 0; i < h->n_pins; i++)
			pinlist_copy_pin(&j->out->hosts[at + 1], &h->pins[i]);
	}
}

static void
copy_list(const struct pinlist *in, struct pinlist *out)
{
	for (size_t i = 0; i < in->n_hosts; i++) {
		const struct pinlist_host *h = &in->hosts[i];
		struct pinlist_host *c =
		    pinlist_add_host(out, h->name, h->reach);

		c->joins = h->joins;
		c->excluded = h->excluded;
		for (size_t k = 0; k < h->n_pins; k++)
			pinlist_copy_pin(c, &h->pins[k]);
	}
}

/* If the consumer joins patterns, warn of hosts that get more pins. */
static void
warn_of_unions(struct projection *j)
{
	struct pinlist joined = { 0 };

	copy_list(j->out, &joined);
	pinlist_unite(&joined);
	for (size_t i = 0; i < j->out->n_hosts; i++) {
		const struct pinlist_host *h = &joined.hosts[i];
		struct buf where;

		buf_init(&where, LIMIT_SMALL_BODY);
		pinlist_show_host(h, &where);
		for (size_t k = j->out->hosts[i].n_pins; k < h->n_pins; k++)
			pinlist_warn(j->out,
			    "%s: widened: the consumer uses the pins of all "
			    "matching patterns, so %s is also accepted",
			    buf_text(&where), h->pins[k].label);
		buf_fini(&where);
	}
	for (size_t i = j->out->n_hosts; i < joined.n_hosts; i++)
		pinlist_warn(j->out,
		    "%s: widened: two patterns match it, and the consumer uses "
		    "the pins of both",
		    joined.hosts[i].name);
	pinlist_fini(&joined);
}

bool
formats_project(const struct formats_format *format, const struct pinset *p,
    const struct formats_choice *choice, struct pinlist *out, struct buf *error)
{
	struct projection j = { format, p, choice, out };

	for (size_t i = 0; i < choice->n_hosts; i++)
		if (!add_named(&j, choice->hosts[i], error))
			return false;
	for (size_t i = 0; choice->n_hosts == 0 && i < p->n_domains; i++)
		if (is_chosen(&j, &p->domains[i]))
			add_domain(&j, &p->domains[i]);
	if (can(&j, FORMATS_JOIN))
		warn_of_unions(&j);
	if (out->n_hosts == 0)
		buf_add_text(error, "no pins that this format can express");
	else if (!can(&j, FORMATS_NAMES) && out->n_hosts > 1)
		buf_printf(error,
		    "%s has no host names, but %zu hosts have pins: choose one "
		    "with --host",
		    format->name, out->n_hosts);
	else
		return true;
	return false;
}
