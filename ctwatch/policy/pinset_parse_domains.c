/* SPDX-License-Identifier: Apache-2.0 */
/* pinset_parse_domains: read the domains of a pinset. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy/pinset_read.h"
#include "policy/pinset_roots.h"
#include <ctwatch/base/mem.h>

/* Read an id as the index of its element in ix. */
static bool
read_id(struct json_table *r, const json_t *v,
    const struct json_table_index *ix, const char *what, void *at)
{
	const char *id = json_string_value(v);

	return (id != NULL && json_table_index_find(ix, id, at)) ||
	    json_table_fail(
	        r, "no %s has the id \"%s\"", what, id != NULL ? id : "");
}

static bool
read_key_id(struct json_table *r, const json_t *v, void *out)
{
	return read_id(r, v, &PINSET_READ(r)->keys, "key", out);
}

static bool
read_issuer_id(struct json_table *r, const json_t *v, void *out)
{
	return read_id(r, v, &PINSET_READ(r)->issuers, "issuer", out);
}

static bool
read_consumer_id(struct json_table *r, const json_t *v, void *out)
{
	return read_id(r, v, &PINSET_READ(r)->consumers, "consumer", out);
}

/* Refuse a list with the same index twice. */
static bool
check_once(struct json_table *r, const size_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (v[i] == v[j]) {
				json_table_element(r, "", i);
				return json_table_fail(r, "named twice");
			}
	return true;
}

static bool
read_domain_keys(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return JSON_TABLE_LIST(r, v, d, keys, read_key_id) &&
	    check_once(r, d->keys, d->n_keys);
}

static bool
read_domain_issuers(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return JSON_TABLE_LIST(r, v, d, issuers, read_issuer_id) &&
	    check_once(r, d->issuers, d->n_issuers);
}

static bool
read_domain_consumers(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return JSON_TABLE_LIST(r, v, d, consumers, read_consumer_id);
}

static bool
read_port(struct json_table *r, const json_t *v, void *out)
{
	json_int_t port = json_integer_value(v);

	if (!json_is_integer(v) || port < 1 || port > UINT16_MAX)
		return json_table_fail(r, "not a port from 1 to 65535");
	*(uint16_t *)out = (uint16_t)port;
	return true;
}

static bool
read_ports(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	if (!JSON_TABLE_LIST(r, v, d, ports, read_port))
		return false;
	for (size_t i = 1; i < d->n_ports; i++)
		for (size_t k = 0; k < i; k++)
			if (d->ports[i] == d->ports[k]) {
				json_table_element(r, "", i);
				return json_table_fail(r, "named twice");
			}
	return true;
}

static bool
read_oid(struct json_table *r, const json_t *v, void *out)
{
	const char *s;

	if (!json_table_text(r, v, out))
		return false;
	s = *(char **)out;
	return (strspn(s, "0123456789.") == strlen(s) && *s != '.' &&
	           strchr(s, '.') != NULL && strstr(s, "..") == NULL &&
	           s[strlen(s) - 1] != '.') ||
	    json_table_fail(r, "not an OID such as 2.23.140.1.2.1");
}

static bool
read_policy_oids(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return JSON_TABLE_LIST(r, v, d, policy_oids, read_oid);
}

static bool
read_host(struct json_table *r, const json_t *v, void *out)
{
	const char *fault = "not a text";
	char *host = NULL;

	if (json_is_string(v))
		host = host_pattern_host(json_string_value(v), &fault);
	*(char **)out = host;
	return host != NULL || json_table_fail(r, "%s", fault);
}

static bool
read_exclude(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	if (!JSON_TABLE_LIST(r, v, d, exclude, read_host))
		return false;
	for (size_t i = 0; i < d->n_exclude; i++)
		if (!host_pattern_covers(d->host, d->reach, d->exclude[i])) {
			json_table_element(r, "", i);
			return json_table_fail(
			    r, "the pattern does not cover it: remove it");
		}
	return true;
}

static bool
read_pattern(struct json_table *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;
	const char *fault;

	if (!json_table_text(r, v, &d->pattern))
		return false;
	d->host = host_pattern_parse(d->pattern, &d->reach, &fault);
	return d->host != NULL || json_table_fail(r, "%s", fault);
}

static bool
read_kind(struct json_table *r, const json_t *v, void *out)
{
	static const char *const words[] = { "spki", "ca", "cert", NULL };
	struct pinset_domain *d = out;
	int i;

	if (!json_table_word(r, v, words, &i))
		return false;
	d->kind = (enum pinset_kind)i;
	d->position = d->kind == PINSET_CA ? PINSET_ABOVE : PINSET_LEAF;
	return true;
}

static bool
read_position(struct json_table *r, const json_t *v, void *out)
{
	static const char *const words[] = { "leaf", "ca", "any", NULL };
	struct pinset_domain *d = out;
	int i;

	if (!json_table_word(r, v, words, &i))
		return false;
	d->position = (enum pinset_position)i;
	return d->kind == PINSET_SPKI ||
	    d->position ==
	    (d->kind == PINSET_CA ? PINSET_ABOVE : PINSET_LEAF) ||
	    json_table_fail(r, "a pin of this kind cannot match there");
}

static bool
read_mode(struct json_table *r, const json_t *v, void *out)
{
	static const char *const words[] = { "enforce", "monitor", NULL };
	int i;

	if (!json_table_word(r, v, words, &i))
		return false;
	*(bool *)out = i == 1;
	return true;
}

static bool
read_criticality(struct json_table *r, const json_t *v, void *out)
{
	static const char *const words[] = { "low", "normal", "high", NULL };
	int i;

	if (!json_table_word(r, v, words, &i))
		return false;
	*(int *)out = i - 1;
	return true;
}

static bool
read_domain(struct json_table *r, const json_t *v, void *out)
{
	/* In this order: later members use earlier ones. */
	static const struct json_table_member members[] = {
		JSON_TABLE_WHOLE(pattern, read_pattern, true),
		JSON_TABLE_WHOLE(kind, read_kind, false),
		JSON_TABLE_WHOLE(position, read_position, false),
		JSON_TABLE_WHOLE(keys, read_domain_keys, false),
		JSON_TABLE_WHOLE(roots, pinset_roots_read, false),
		JSON_TABLE_WHOLE(issuers, read_domain_issuers, false),
		{ "mode", read_mode, offsetof(struct pinset_domain, monitor),
		    false },
		JSON_TABLE_MAY(criticality, read_criticality, pinset_domain),
		JSON_TABLE_MAY(owner, json_table_text, pinset_domain),
		JSON_TABLE_MAY(contact, json_table_text, pinset_domain),
		JSON_TABLE_WHOLE(exclude, read_exclude, false),
		JSON_TABLE_WHOLE(consumers, read_domain_consumers, false),
		JSON_TABLE_WHOLE(ports, read_ports, false),
		JSON_TABLE_WHOLE(policy_oids, read_policy_oids, false),
		JSON_TABLE_MAY(relinquished, json_table_time, pinset_domain),
		{ 0 },
	};

	return json_table_object(r, v, members, out);
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
pinset_parse_domains(struct json_table *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	if (!JSON_TABLE_LIST(r, v, p, domains, read_domain))
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
		json_table_element(r, "", b);
		json_table_enter(r, "pattern");
		return json_table_fail(
		    r, "the same as domains[%zu].pattern", a);
	}
	return true;
}
