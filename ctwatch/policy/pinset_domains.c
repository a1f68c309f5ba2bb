/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/policy/pinset_read.h>

/* Read the id of one of what ix holds as its place there. */
static bool
read_id(struct strict *r, const json_t *v, const struct strict_index *ix,
    const char *what, void *at)
{
	const char *id = json_string_value(v);

	return (id != NULL && strict_index_find(ix, id, at)) ||
	    strict_fail(
	        r, "no %s has the id \"%s\"", what, id != NULL ? id : "");
}

static bool
read_key_id(struct strict *r, const json_t *v, void *out)
{
	return read_id(r, v, &PINSET_READ(r)->keys, "key", out);
}

static bool
read_issuer_id(struct strict *r, const json_t *v, void *out)
{
	return read_id(r, v, &PINSET_READ(r)->issuers, "issuer", out);
}

static bool
read_consumer_id(struct strict *r, const json_t *v, void *out)
{
	return read_id(r, v, &PINSET_READ(r)->consumers, "consumer", out);
}

/* Refuse what a list of places names twice. */
static bool
check_once(struct strict *r, const size_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (v[i] == v[j]) {
				strict_element(r, "", i);
				return strict_fail(r, "named twice");
			}
	return true;
}

static bool
read_domain_keys(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return STRICT_LIST(r, v, d, keys, read_key_id) &&
	    check_once(r, d->keys, d->n_keys);
}

static bool
read_domain_issuers(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return STRICT_LIST(r, v, d, issuers, read_issuer_id) &&
	    check_once(r, d->issuers, d->n_issuers);
}

static bool
read_domain_consumers(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return STRICT_LIST(r, v, d, consumers, read_consumer_id);
}

static bool
read_oid(struct strict *r, const json_t *v, void *out)
{
	const char *s;

	if (!strict_text(r, v, out))
		return false;
	s = *(char **)out;
	return (strspn(s, "0123456789.") == strlen(s) && *s != '.' &&
	           strchr(s, '.') != NULL && strstr(s, "..") == NULL &&
	           s[strlen(s) - 1] != '.') ||
	    strict_fail(r, "not an OID such as 2.23.140.1.2.1");
}

static bool
read_policy_oids(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return STRICT_LIST(r, v, d, policy_oids, read_oid);
}

static bool
read_host(struct strict *r, const json_t *v, void *out)
{
	const char *fault = "not a text";
	char *host = NULL;

	if (json_is_string(v))
		host = pattern_host(json_string_value(v), &fault);
	*(char **)out = host;
	return host != NULL || strict_fail(r, "%s", fault);
}

static bool
read_exclude(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	if (!STRICT_LIST(r, v, d, exclude, read_host))
		return false;
	for (size_t i = 0; i < d->n_exclude; i++)
		if (!pattern_covers(d->host, d->reach, d->exclude[i])) {
			strict_element(r, "", i);
			return strict_fail(
			    r, "the pattern does not cover it anyway");
		}
	return true;
}

static bool
read_pattern(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;
	const char *fault;

	if (!strict_text(r, v, &d->pattern))
		return false;
	d->host = pattern_parse(d->pattern, &d->reach, &fault);
	return d->host != NULL || strict_fail(r, "%s", fault);
}

static bool
read_kind(struct strict *r, const json_t *v, void *out)
{
	static const char *const words[] = { "spki", "ca", "cert", NULL };
	struct pinset_domain *d = out;
	int i;

	if (!strict_word(r, v, words, &i))
		return false;
	d->kind = (enum pinset_kind)i;
	d->position = d->kind == PINSET_CA ? PINSET_ABOVE : PINSET_LEAF;
	return true;
}

static bool
read_position(struct strict *r, const json_t *v, void *out)
{
	static const char *const words[] = { "leaf", "ca", "any", NULL };
	struct pinset_domain *d = out;
	int i;

	if (!strict_word(r, v, words, &i))
		return false;
	d->position = (enum pinset_position)i;
	return d->kind == PINSET_SPKI ||
	    d->position ==
	    (d->kind == PINSET_CA ? PINSET_ABOVE : PINSET_LEAF) ||
	    strict_fail(r, "not where a pin of this kind can match");
}

static bool
read_mode(struct strict *r, const json_t *v, void *out)
{
	static const char *const words[] = { "enforce", "monitor", NULL };
	int i;

	if (!strict_word(r, v, words, &i))
		return false;
	*(bool *)out = i == 1;
	return true;
}

static bool
read_criticality(struct strict *r, const json_t *v, void *out)
{
	static const char *const words[] = { "low", "normal", "high", NULL };
	int i;

	if (!strict_word(r, v, words, &i))
		return false;
	*(int *)out = i - 1;
	return true;
}

static bool
read_domain(struct strict *r, const json_t *v, void *out)
{
	/* In this order: what stands lower relies on what stands higher. */
	static const struct strict_member members[] = {
		STRICT_WHOLE(pattern, read_pattern, true),
		STRICT_WHOLE(kind, read_kind, false),
		STRICT_WHOLE(position, read_position, false),
		STRICT_WHOLE(keys, read_domain_keys, false),
		STRICT_WHOLE(issuers, read_domain_issuers, false),
		{ "mode", read_mode, offsetof(struct pinset_domain, monitor),
		    false },
		STRICT_MAY(criticality, read_criticality, pinset_domain),
		STRICT_MAY(owner, strict_text, pinset_domain),
		STRICT_MAY(contact, strict_text, pinset_domain),
		STRICT_WHOLE(exclude, read_exclude, false),
		STRICT_WHOLE(consumers, read_domain_consumers, false),
		STRICT_WHOLE(policy_oids, read_policy_oids, false),
		STRICT_MAY(relinquished, strict_time, pinset_domain),
		{ 0 },
	};

	return strict_object(r, v, members, out);
}

static int
compare_domains(const void *a, const void *b, void *arg)
{
	const struct pinset *p = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	const struct pinset_domain *x = &p->domains[i], *y = &p->domains[j];
	int order = strcmp(x->host, y->host);

	if (order == 0)
		order = (int)x->reach - (int)y->reach;
	return order != 0 ? order : (i > j) - (i < j);
}

bool
pinset_domains_read(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	if (!STRICT_LIST(r, v, p, domains, read_domain))
		return false;
	p->by_host = mem_alloc(p->n_domains + 1, sizeof *p->by_host);
	for (size_t i = 0; i < p->n_domains; i++)
		p->by_host[i] = i;
	qsort_r(
	    p->by_host, p->n_domains, sizeof *p->by_host, compare_domains, p);
	for (size_t i = 1; i < p->n_domains; i++) {
		size_t a = p->by_host[i - 1], b = p->by_host[i];

		if (p->domains[a].reach != p->domains[b].reach ||
		    strcmp(p->domains[a].host, p->domains[b].host) != 0)
			continue;
		strict_element(r, "", b);
		strict_enter(r, "pattern");
		return strict_fail(r, "the same as domains[%zu].pattern", a);
	}
	return true;
}
