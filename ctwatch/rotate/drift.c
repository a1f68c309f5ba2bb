/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/rotate/drift.h>
#include <ctwatch/rotate/pin_lint.h>

struct check {
	const struct drift *d;
	const struct pinset *p;
	bool *met; /* by domain: it covers a host of the file */
};

static void
fault(struct check *c, const char *where, const char *what, const char *which)
{
	c->d->report(c->d->arg, where, what, which);
}

static bool
host_has(const struct pinlist_host *h, const uint8_t spki[static SHA256_SIZE])
{
	for (size_t i = 0; i < h->n_pins; i++)
		if (pinlist_usable(&h->pins[i]) && !h->pins[i].forbidden &&
		    memcmp(h->pins[i].digest, spki, SHA256_SIZE) == 0)
			return true;
	return false;
}

/* d is NULL for pins without a host. */
static void
check_pin(struct check *c, const char *where, const struct pinset_domain *d,
    const struct pinlist_pin *pin)
{
	const struct pinset_key *key =
	    pin->n == SHA256_SIZE ? pinset_key(c->p, pin->digest) : NULL;

	if (pin->forbidden)
		return;
	if (key == NULL)
		fault(c, where, "unknown pin", pin->text);
	else if (d != NULL && !pinset_domain_key(c->p, d, key))
		fault(c, where, "a key of other domains:", key->id);
	else if (!pinset_is_usable(key)) {
		char *what =
		    mem_printf("pins a %s key:", pinset_state_word(key->state));

		fault(c, where, what, key->id);
		free(what);
	}
}

static bool
can(const struct check *c, unsigned what)
{
	return c->d->format == NULL || (c->d->format->can & what) != 0;
}

/* Report whether the format can write the key for d. */
static bool
is_writable(const struct check *c, const struct pinset_domain *d,
    const struct pinset_key *key)
{
	return c->d->format == NULL || c->d->format->write == NULL ||
	    formats_project_obstacle(c->d->format, c->p, d, key) == NULL;
}

/* The first pins of h, own in number, are its own; others were joined. */
static void
check_host(struct check *c, const struct pinlist_host *h, size_t own,
    const struct pinset_domain *d, const char *where)
{
	if (d != NULL)
		c->met[d - c->p->domains] = true;
	for (size_t i = 0; i < own; i++)
		check_pin(c, where, d, &h->pins[i]);
	if (d != NULL && h->monitor && !d->monitor)
		fault(c, where, "reports only, but the pinset enforces", "");
	else if (d != NULL && d->monitor && !h->monitor)
		fault(c, where, "enforces, but the pinset only reports", "");
	for (size_t i = 0; d != NULL && i < d->n_keys; i++) {
		const struct pinset_key *key = &c->p->keys[d->keys[i]];

		if (pinset_is_usable(key) && is_writable(c, d, key) &&
		    !host_has(h, key->spki_sha256))
			fault(c, where, "lacks the pin of", key->id);
	}
}

static const struct pinset_domain *
find_domain(const struct pinset *p, const char *host)
{
	const char *why;
	char *name = host_pattern_host(host, &why);
	const struct pinset_domain *d =
	    name != NULL ? pinset_domain(p, name) : NULL;

	free(name);
	return d;
}

/* Compare a pattern itself; the label for *.host is made up. */
static const struct pinset_domain *
domain_of(const struct pinset *p, const struct pinlist_host *h)
{
	char *name = mem_printf(
	    "%s%s", h->reach == HOST_PATTERN_ONE_LABEL ? "x." : "", h->name);
	const struct pinset_domain *d = find_domain(p, name);

	free(name);
	return d;
}

/* Report whether the host of d belongs to another domain in a file that can name
 * it once. */
static bool
has_rival(const struct pinset *p, const struct pinset_domain *d)
{
	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *o = &p->domains[i];

		if (o != d && o->n_keys > 0 && strcmp(o->host, d->host) == 0)
			return true;
	}
	return false;
}

/* The domain *.host that an export to this format writes as h; or NULL. */
static const struct pinset_domain *
widened_to(const struct check *c, const struct pinlist_host *h)
{
	const struct pinset *p = c->p;

	if (can(c, FORMATS_ONE_LABEL) ||
	    h->reach !=
	        (can(c, FORMATS_PARENT) ? HOST_PATTERN_HOST
	                                : HOST_PATTERN_SUBTREE))
		return NULL;
	for (size_t i = 0; i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];

		if (d->reach == HOST_PATTERN_ONE_LABEL && d->n_keys > 0 &&
		    strcasecmp(d->host, h->name) == 0 && !has_rival(p, d))
			return d;
	}
	return NULL;
}

/* Report whether the export said that it widened d. */
static bool
said_widened(const struct check *c, const struct pinset_domain *d)
{
	return formats_is_widened(c->d->text, d->pattern) ||
	    formats_is_widened(c->d->title, d->pattern);
}

/* The domain whose pins h should have; NULL if none covers it. */
static const struct pinset_domain *
domain_for(const struct check *c, const struct pinlist_host *h)
{
	const struct pinset_domain *d = widened_to(c, h);

	return d != NULL && said_widened(c, d) ? d : domain_of(c->p, h);
}

/* Compare pins without host, for the hosts given. */
static void
check_nameless(struct check *c, const struct pinlist_host *h)
{
	for (size_t i = 0; i < c->d->n_hosts; i++) {
		const char *host = c->d->hosts[i];
		const struct pinset_domain *d = find_domain(c->p, host);

		if (d != NULL && d->n_keys > 0)
			check_host(c, h, h->n_pins, d, d->pattern);
		else
			fault(c, "(any host)", "the pinset has no pins for",
			    host);
	}
}

/* Ports of the file that the pinset does not have. */
static void
check_ports(struct check *c, const struct pinlist_host *h,
    const struct pinset_domain *d, const char *where)
{
	for (size_t i = 0; i < h->n_ports; i++)
		if (d->n_ports > 0 ? !pinset_domain_port(d, h->ports[i])
		                   : h->ports[i] != PINLIST_HTTPS)
			fault(c, where, "the pinset has no such port for",
			    d->pattern);
}

/* Report whether the file has a host of d with the port. */
static bool
has_port(const struct check *c, const struct pinlist *l,
    const struct pinset_domain *d, uint16_t port)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		if (l->hosts[i].name != NULL &&
		    domain_for(c, &l->hosts[i]) == d &&
		    (pinlist_ports_has(&l->hosts[i], port) ||
		        (l->hosts[i].n_ports == 0 && port == PINLIST_HTTPS)))
			return true;
	return false;
}

/* Ports of the pinset that a file with the domain does not have. */
static void
check_missing_ports(struct check *c, const struct pinlist *l)
{
	for (size_t i = 0; can(c, FORMATS_PORTS) && i < c->p->n_domains; i++) {
		const struct pinset_domain *d = &c->p->domains[i];

		for (size_t k = 0; c->met[i] && k < d->n_ports; k++)
			if (!has_port(c, l, d, d->ports[k])) {
				char *port = mem_printf("%u", d->ports[k]);

				fault(c, d->pattern, "misses the port", port);
				free(port);
			}
	}
}

static void
check_one(struct check *c, const struct pinlist_host *h, size_t own,
    const char *where)
{
	const struct pinset_domain *d;

	if (h->name == NULL && c->d->n_hosts == 0)
		check_host(c, h, own, NULL, where);
	else if (h->name == NULL)
		check_nameless(c, h);
	else if ((d = domain_for(c, h)) != NULL && d->n_keys > 0) {
		check_host(c, h, own, d, where);
		check_ports(c, h, d, where);
	} else if (h->n_pins > 0 && (d = widened_to(c, h)) != NULL)
		fault(c, where,
		    "the pinset has no pins for it, and neither the file nor "
		    "the record of an export (--state) says that it was "
		    "widened from",
		    d->pattern);
	else if (h->n_pins > 0)
		fault(c, where, "not pinned in the pinset:", "extra host");
}

/* ---- exceptions ---- */

static bool
is_excluded(const struct pinlist *l, const char *name)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		if (l->hosts[i].excluded && l->hosts[i].name != NULL &&
		    strcasecmp(l->hosts[i].name, name) == 0)
			return true;
	return false;
}

/* Report whether a pattern of the file pins the name. */
static bool
is_pinned(const struct pinlist *l, const char *name)
{
	for (size_t i = 0; i < l->n_hosts; i++) {
		const struct pinlist_host *h = &l->hosts[i];

		if (h->name != NULL && !h->excluded && h->n_pins > 0 &&
		    host_pattern_covers(h->name, h->reach, name))
			return true;
	}
	return false;
}

/* Report exceptions that only the file has, or only the pinset if the format
 * can express them. */
static void
check_exceptions(struct check *c, const struct pinlist *l)
{
	for (size_t i = 0; i < l->n_hosts; i++) {
		const struct pinset_domain *d;

		if (!l->hosts[i].excluded || l->hosts[i].name == NULL)
			continue;
		d = domain_of(c->p, &l->hosts[i]);
		if (d != NULL && d->n_keys > 0)
			fault(c, d->pattern, "is not pinned for",
			    l->hosts[i].name);
	}
	for (size_t i = 0; can(c, FORMATS_EXCLUDE) && i < c->p->n_domains; i++)
		for (size_t k = 0; k < c->p->domains[i].n_exclude; k++) {
			const char *name = c->p->domains[i].exclude[k];

			if (is_pinned(l, name) && !is_excluded(l, name))
				fault(c, c->p->domains[i].pattern,
				    "excludes a host that is pinned:", name);
		}
}

/* ---- the whole ---- */

/* Report whether any usable key of d can be in the file. */
static bool
is_expected(const struct check *c, const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &c->p->keys[d->keys[i]];

		if (pinset_is_usable(key) && is_writable(c, d, key))
			return true;
	}
	return false;
}

/* Report whether the format can name the host of d once, and another domain
 * has it. */
static bool
is_displaced(const struct check *c, const struct pinset_domain *d)
{
	for (size_t i = 0; !can(c, FORMATS_ONE_LABEL) && i < c->p->n_domains;
	     i++)
		if (c->met[i] && &c->p->domains[i] != d &&
		    strcmp(c->p->domains[i].host, d->host) == 0)
			return true;
	return false;
}

/* Report domains of a consumer that are missing in its file. */
static void
check_missing(struct check *c)
{
	for (size_t i = 0; i < c->p->n_domains; i++) {
		const struct pinset_domain *d = &c->p->domains[i];

		/* No wildcards: hosts are listed one by one. */
		if (d->reach == HOST_PATTERN_ONE_LABEL &&
		    !can(c,
		        FORMATS_ONE_LABEL | FORMATS_PARENT | FORMATS_SUBTREE))
			continue;
		if (pinset_domain_consumer(c->p, d, c->d->consumer) &&
		    !c->met[i] && d->relinquished == 0 && !is_displaced(c, d) &&
		    is_expected(c, d))
			fault(c, d->pattern, "missing in", "this file");
	}
}

/* Report the errors of lint. */
static void
check_lint(struct check *c, const struct pinlist *list)
{
	struct pin_lint l = { .now = c->d->now, .may_monitor = true };

	pin_lint_list(&l, list);
	for (size_t i = 0; i < l.n; i++)
		if (l.v[i].error)
			fault(c, l.v[i].where, l.v[i].rule->id, l.v[i].text);
	pin_lint_fini(&l);
}

void
drift_check(const struct drift *d, struct pinlist *l)
{
	struct check c = { .d = d, .p = d->p };
	size_t n = l->n_hosts, *own = mem_alloc(n + 1, sizeof *own);

	c.met = mem_alloc(d->p->n_domains + 1, sizeof *c.met);
	check_lint(&c, l);
	for (size_t i = 0; i < n; i++)
		own[i] = l->hosts[i].n_pins;
	pinlist_unite(l);
	for (size_t i = 0; i < n; i++) {
		struct buf where;

		if (l->hosts[i].excluded)
			continue;
		buf_init(&where, LIMIT_SMALL_BODY);
		pinlist_show_host(&l->hosts[i], &where);
		check_one(&c, &l->hosts[i], own[i], buf_text(&where));
		buf_fini(&where);
	}
	check_exceptions(&c, l);
	check_missing_ports(&c, l);
	if (d->consumer != NULL && can(&c, FORMATS_NAMES))
		check_missing(&c);
	free(c.met);
	free(own);
}
