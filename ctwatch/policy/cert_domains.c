/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/cert_domains.h"
#include "policy/dnsname.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

struct search {
	const struct pinset *p; /* or NULL */
	const struct verdict_input *in;
	struct cert_domains *out;
	size_t *of_domain; /* by domain: index in out and one more; 0: none */
	bool named;        /* match_name matched a domain */
};

/* ---- the names of the certificate ---- */

/* Keep a reading that is a host name, in lower case. */
static bool
keep_name(void *arg, const struct dnsname_reading *r)
{
	struct cert_domains *l = arg;
	struct bytes value = r->labels;
	char *name;

	while (value.n > 0 && value.p[value.n - 1] == '.')
		value.n--;
	if (value.n == 0 || value.n > LIMIT_NAME)
		return false;
	name = mem_text(value);
	text_lower(value, name);
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.*") ==
	        value.n &&
	    strchr(name, '.') != NULL) {
		l->names = mem_grow(l->names, l->n_names, sizeof *l->names);
		l->names[l->n_names++] = name;
	} else
		free(name);
	return false;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
read_names(const struct cert *c, struct cert_domains *l)
{
	struct dnsname_reader reader = { keep_name, l, LIMIT_IDNA };
	struct cert_names it;
	struct cert_name name;
	size_t n = 0;

	cert_names(c, &it);
	while (cert_names_next(&it, &name))
		if (name.kind == CERT_DNS || name.kind == CERT_CN)
			dnsname_read(&reader, &name);
	if (l->n_names > 0)
		qsort(l->names, l->n_names, sizeof *l->names, compare_names);
	for (size_t i = 0; i < l->n_names; i++)
		if (n > 0 && strcmp(l->names[n - 1], l->names[i]) == 0)
			free(l->names[i]);
		else
			l->names[n++] = l->names[i];
	l->n_names = n;
}

/* ---- which patterns match ---- */

static void
add_name(struct cert_domain *c, const char *name)
{
	c->names = mem_grow(c->names, c->n_names, sizeof *c->names);
	c->names[c->n_names++] = name;
}

static struct cert_domain *
add_domain(struct search *s, const char *pattern, const char *name)
{
	struct cert_domain *c;

	s->out->v = mem_grow(s->out->v, s->out->n, sizeof *s->out->v);
	c = &s->out->v[s->out->n++];
	*c = (struct cert_domain){ .pattern = pattern };
	add_name(c, name);
	return c;
}

static void
match_domain(struct search *s, const struct pinset_domain *d, const char *name,
    bool served)
{
	size_t *at = &s->of_domain[d - s->p->domains];
	struct cert_domain *c;

	if (*at == 0) {
		c = add_domain(s, d->pattern, name);
		c->d = d;
		c->served = served;
		*at = s->out->n;
		return;
	}
	c = &s->out->v[*at - 1];
	add_name(c, name);
	c->served = c->served && served;
}

/* Match a name with the pinset: patterns that cover it or lie below it. */
static void
match_name(struct search *s, const char *name)
{
	const struct pinset_domain *d = pinset_domain(s->p, name);

	if (d != NULL)
		match_domain(s, d, name, false);
	if (strchr(name, '*') == NULL)
		return;
	for (size_t i = 0; i < s->p->n_domains; i++) {
		const struct pinset_domain *e = &s->p->domains[i];

		if (e != d && host_pattern_served(e->host, e->reach, name))
			match_domain(s, e, name, true);
	}
}

/* Return the domain of the pinset that equals a watched item, or NULL. */
static const struct pinset_domain *
domain_of_item(const struct pinset *p, const char *item)
{
	const struct pinset_domain *found = NULL;
	enum host_pattern_reach reach = HOST_PATTERN_SUBTREE;
	const char *fault;
	char *host;

	if (p == NULL)
		return NULL;
	if (*item == '.')
		host = host_pattern_host(item + 1, &fault);
	else
		host = host_pattern_parse(item, &reach, &fault);
	for (size_t i = 0; host != NULL && i < p->n_domains; i++)
		if (p->domains[i].reach == reach &&
		    strcmp(p->domains[i].host, host) == 0)
			found = &p->domains[i];
	free(host);
	return found;
}

/* Report whether an item of the watch list is a host that d excludes. */
static bool
is_excluded_host(const struct pinset_domain *d, const char *item)
{
	const char *fault;
	char *host = host_pattern_host(item + (*item == '.'), &fault);
	bool excluded = false;

	for (size_t i = 0; host != NULL && i < d->n_exclude; i++)
		excluded = excluded || strcmp(d->exclude[i], host) == 0;
	free(host);
	return excluded;
}

/* Return the host of a displayed name, behind the @ of an address, in lower
 * case; the caller frees. */
static char *
host_of(const char *shown)
{
	const char *at = strrchr(shown, '@');
	struct bytes host = bytes_of(at != NULL ? at + 1 : shown);
	char *lower;

	while (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	lower = mem_text(host);
	text_lower(host, lower);
	return lower;
}

static bool
is_account(const struct watch_hit *hit)
{
	return hit->kind == CERT_EMAIL || hit->kind == CERT_KERBEROS;
}

/* Report whether match_name had this name, or another reading of it. */
static bool
is_named(const struct search *s, const struct watch_hit *hit, const char *host)
{
	if (hit->kind != CERT_DNS && hit->kind != CERT_CN)
		return false;
	for (size_t i = 0; i < s->out->n_names; i++)
		if (strcmp(s->out->names[i], host) == 0)
			return true;
	/* Escapes: it was read as an A-label. */
	return s->named && strchr(hit->name, '\\') != NULL;
}

/*
 * Match a hit with the pinset's closest pattern; return false if that does not
 * decide, so that the watched item does.  A watched host that the pinset
 * excludes is still watched, since the user named it.
 */
static bool
match_closest(struct search *s, const struct watch_hit *hit, const char *item)
{
	const struct pinset_domain *any, *d;
	struct cert_domain *c;
	bool decided = true, added;
	char *host;

	if (s->p == NULL)
		return false;
	host = host_of(hit->name);
	any = pinset_domain_any(s->p, host);
	d = pinset_domain(s->p, host);
	if (d == NULL)
		decided = any != NULL && !is_excluded_host(any, item);
	else if (!is_named(s, hit, host)) {
		decided = hit->how != WATCH_UNCLEAR;
		added = s->of_domain[d - s->p->domains] == 0;
		if (decided) {
			match_domain(s, d, hit->name, false);
			c = &s->out->v[s->of_domain[d - s->p->domains] - 1];
			c->account = is_account(hit) && (added || c->account);
		}
	}
	free(host);
	return decided;
}

/*
 * Add the hits of watch, which reads unusual names more leniently than
 * match_name: some patterns of the pinset are found only here.
 */
static void
match_hit(struct search *s, const struct watch_hit *hit)
{
	const char *item = watch_item(s->in->watch, hit->item);
	bool unclear = hit->how == WATCH_UNCLEAR;
	bool permitted = hit->kind == CERT_PERMITTED;
	const struct pinset_domain *d;
	struct cert_domain *c;

	if (!permitted && match_closest(s, hit, item))
		return;
	d = domain_of_item(s->p, item);
	if (d != NULL) {
		bool added = s->of_domain[d - s->p->domains] == 0;

		if (added)
			match_domain(
			    s, d, hit->name, hit->how == WATCH_WILDCARD);
		c = &s->out->v[s->of_domain[d - s->p->domains] - 1];
		c->unclear = unclear && (added || c->unclear);
		c->permitted = permitted && (added || c->permitted);
		return;
	}
	for (size_t i = 0; i < s->out->n; i++) {
		c = &s->out->v[i];
		if (strcmp(c->pattern, item) == 0) {
			add_name(c, hit->name);
			c->unclear = c->unclear && unclear;
			c->permitted = c->permitted && permitted;
			return;
		}
	}
	c = add_domain(s, item, hit->name);
	c->unclear = unclear;
	c->permitted = permitted;
}

static void
match_host(struct search *s, const char *host)
{
	const struct pinset_domain *d =
	    s->p != NULL ? pinset_domain(s->p, host) : NULL;

	if (d != NULL)
		match_domain(s, d, host, false);
	else
		add_domain(s, host, host);
}

static void
find(struct search *s)
{
	const struct watch_hits *hits = s->in->hits;

	if (s->in->host != NULL) {
		match_host(s, s->in->host);
		return;
	}
	for (size_t i = 0; s->p != NULL && i < s->out->n_names; i++)
		match_name(s, s->out->names[i]);
	s->named = s->out->n > 0;
	for (size_t i = 0; s->in->watch != NULL && hits != NULL && i < hits->n;
	     i++)
		match_hit(s, &hits->v[i]);
}

void
cert_domains_find(const struct pinset *p, const struct verdict_input *in,
    const struct cert *c, struct cert_domains *out)
{
	struct search s = { .p = p, .in = in, .out = out };

	*out = (struct cert_domains){ 0 };
	s.of_domain =
	    mem_alloc(p != NULL ? p->n_domains + 1 : 1, sizeof *s.of_domain);
	read_names(c, out);
	find(&s);
	free(s.of_domain);
}

void
cert_domains_fini(struct cert_domains *l)
{
	for (size_t i = 0; i < l->n_names; i++)
		free(l->names[i]);
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].names);
	free(l->names);
	free(l->v);
	*l = (struct cert_domains){ 0 };
}

/* ---- unrelated names ---- */

static bool
is_ours(const struct pinset *p, const struct watch_hits *hits, const char *name)
{
	const char *base = host_pattern_registrable(name);

	if (base == NULL || pinset_domain_any(p, name) != NULL)
		return true;
	for (size_t i = 0; i < p->n_domains; i++)
		if (host_pattern_covers(
		        base, HOST_PATTERN_SUBTREE, p->domains[i].host))
			return true;
	for (size_t i = 0; hits != NULL && i < hits->n; i++)
		if (strcasecmp(hits->v[i].name, name) == 0)
			return true;
	return false;
}

void
cert_domains_unrelated_names(const struct pinset *p,
    const struct verdict_input *in, const struct cert_domains *l,
    struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_names; i++) {
		if (is_ours(p, in->hits, l->names[i]))
			continue;
		if (n < 3)
			buf_printf(out, "%s%s", n > 0 ? ", " : "", l->names[i]);
		n++;
	}
	if (n > 3)
		buf_printf(out, " and %zu more", n - 3);
}
