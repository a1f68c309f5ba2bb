/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/strict.h>

#define FORMAT "ctwatch-pinset/1"

/* What is made, and the ids in it that domains may name. */
struct parse {
	struct pinset *p;
	struct strict_index keys, issuers, consumers;
};

#define PARSE(r) ((struct parse *)(r)->arg)

/* Rows of a table: a member that goes where its namesake in a struct is. */
#define ROW(member, reader, type, must)                                        \
	{                                                                      \
		.name = #member, .read = (reader),                             \
		.offset = offsetof(struct type, member), .required = (must)    \
	}
#define MUST(member, reader, type) ROW(member, reader, type, true)
#define MAY(member, reader, type)  ROW(member, reader, type, false)

/* A row whose reader gets the whole struct. */
#define WHOLE(member, reader, must)                                            \
	{                                                                      \
		.name = #member, .read = (reader), .required = (must)          \
	}

/* Read v, a list, into a member of s that has its count beside it. */
#define LIST(r, v, s, member, reader)                                          \
	strict_list((r), (v), &(s)->member, sizeof *(s)->member,               \
	    &(s)->n_##member, (reader))

static bool
read_pin(struct strict *r, const json_t *v, void *out)
{
	const char *s = json_string_value(v), *fault;

	fault = s == NULL ? "not a text" : pinset_pin_fault(s);
	return fault == NULL ? pinset_pin_parse(s, out)
	                     : strict_fail(r, "%s", fault);
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

/* ---- policy ---- */

static bool
read_warn_days(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	free(p->warn_days);
	p->n_warn_days = 0;
	p->warn_days = NULL;
	return LIST(r, v, p, warn_days, strict_days);
}

static bool
read_max_validity(struct strict *r, const json_t *v, void *out)
{
	if (json_is_string(v) && strcmp(json_string_value(v), "br") == 0)
		return true;
	return json_is_integer(v) ? strict_count(r, v, out)
	                          : strict_fail(r, "neither \"br\" nor days");
}

static bool
read_policy(struct strict *r, const json_t *v, void *out)
{
	static const struct strict_member members[] = {
		MAY(min_pins, strict_count, pinset),
		MAY(approvals, strict_count, pinset),
		WHOLE(warn_days, read_warn_days, false),
		{ "max_validity", read_max_validity,
		    offsetof(struct pinset, max_validity_days), false },
		{ 0 },
	};

	return strict_object(r, v, members, out);
}

/* ---- issuers ---- */

static bool
read_issuer(struct strict *r, const json_t *v, void *out)
{
	static const struct strict_member members[] = {
		MUST(id, strict_name, pinset_issuer),
		{ "spki", read_pin, offsetof(struct pinset_issuer, spki_sha256),
		    true },
		MAY(name, strict_text, pinset_issuer),
		MAY(caa, strict_text, pinset_issuer),
		MAY(account, strict_text, pinset_issuer),
		{ 0 },
	};

	return strict_object(r, v, members, out);
}

static bool
read_issuers(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;
	struct strict_index pins = { 0 };
	bool ok;

	if (!LIST(r, v, p, issuers, read_issuer))
		return false;
	for (size_t i = 0; i < p->n_issuers; i++) {
		strict_index_add(
		    &PARSE(r)->issuers, bytes_of(p->issuers[i].id));
		strict_index_add(&pins,
		    (struct bytes){ p->issuers[i].spki_sha256, DIGEST_SIZE });
	}
	ok = strict_index_sort(r, &PARSE(r)->issuers, "issuers", "id") &&
	    strict_index_sort(r, &pins, "issuers", "spki");
	free(pins.v);
	return ok;
}

/* ---- keys ---- */

static bool
read_state(struct strict *r, const json_t *v, void *out)
{
	static const char *const words[] = { "proposed", "backup", "active",
		"retired", "compromised", NULL };
	int i;

	if (!strict_word(r, v, words, &i))
		return false;
	*(enum pinset_state *)out = (enum pinset_state)i;
	return true;
}

static bool
read_custody(struct strict *r, const json_t *v, void *out)
{
	static const char *const words[] = { "hsm", "kms", "file", "unknown",
		NULL };
	int i;

	return strict_word(r, v, words, &i) && strict_text(r, v, out);
}

static bool
read_spki_der(struct strict *r, const json_t *v, void *out)
{
	struct bytes text =
	    bytes_of(json_is_string(v) ? json_string_value(v) : "");
	uint8_t *der = mem_alloc(text.n + 1, 1);
	size_t n;

	if (text.n == 0 || !text_unbase64(text, der, &n)) {
		free(der);
		return strict_fail(r, "not canonical base64");
	}
	*(struct bytes *)out = (struct bytes){ der, n };
	return true;
}

static bool
read_key(struct strict *r, const json_t *v, void *out)
{
	static const struct strict_member members[] = {
		MUST(id, strict_name, pinset_key),
		{ "spki", read_pin, offsetof(struct pinset_key, spki_sha256),
		    true },
		MUST(state, read_state, pinset_key),
		MAY(spki_der, read_spki_der, pinset_key),
		MAY(alg, strict_text, pinset_key),
		MAY(custody, read_custody, pinset_key),
		MAY(location, strict_text, pinset_key),
		MAY(not_before, strict_time, pinset_key),
		MAY(not_after, strict_time, pinset_key),
		MAY(retire_after, strict_time, pinset_key),
		MAY(retired, strict_time, pinset_key),
		{ 0 },
	};
	struct pinset_key *k = out;
	uint8_t digest[DIGEST_SIZE];

	if (!strict_object(r, v, members, out))
		return false;
	if (k->not_after != 0 && k->not_after <= k->not_before)
		return strict_fail(
		    r, "not_after does not come after not_before");
	if (k->spki_der.n == 0)
		return true;
	digest_sha256(k->spki_der, digest);
	return memcmp(digest, k->spki_sha256, sizeof digest) == 0 ||
	    strict_fail(r, "spki_der is not the key that spki pins");
}

static bool
read_keys(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;
	struct strict_index pins = { 0 };
	bool ok;

	if (!LIST(r, v, p, keys, read_key))
		return false;
	for (size_t i = 0; i < p->n_keys; i++) {
		strict_index_add(&PARSE(r)->keys, bytes_of(p->keys[i].id));
		strict_index_add(&pins,
		    (struct bytes){ p->keys[i].spki_sha256, DIGEST_SIZE });
	}
	ok = strict_index_sort(r, &PARSE(r)->keys, "keys", "id") &&
	    strict_index_sort(r, &pins, "keys", "spki");
	free(pins.v);
	return ok;
}

/* ---- consumers ---- */

static bool
read_consumer(struct strict *r, const json_t *v, void *out)
{
	static const struct strict_member members[] = {
		MUST(id, strict_name, pinset_consumer),
		MAY(format, strict_text, pinset_consumer),
		MAY(path, strict_text, pinset_consumer),
		MAY(lead_days, strict_days, pinset_consumer),
		MAY(max_age_days, strict_days, pinset_consumer),
		{ 0 },
	};

	return strict_object(r, v, members, out);
}

static bool
read_consumers(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	if (!LIST(r, v, p, consumers, read_consumer))
		return false;
	for (size_t i = 0; i < p->n_consumers; i++)
		strict_index_add(
		    &PARSE(r)->consumers, bytes_of(p->consumers[i].id));
	return strict_index_sort(r, &PARSE(r)->consumers, "consumers", "id");
}

/* ---- domains ---- */

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
	return read_id(r, v, &PARSE(r)->keys, "key", out);
}

static bool
read_issuer_id(struct strict *r, const json_t *v, void *out)
{
	return read_id(r, v, &PARSE(r)->issuers, "issuer", out);
}

static bool
read_consumer_id(struct strict *r, const json_t *v, void *out)
{
	return read_id(r, v, &PARSE(r)->consumers, "consumer", out);
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

	return LIST(r, v, d, keys, read_key_id) &&
	    check_once(r, d->keys, d->n_keys);
}

static bool
read_domain_issuers(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return LIST(r, v, d, issuers, read_issuer_id) &&
	    check_once(r, d->issuers, d->n_issuers);
}

static bool
read_domain_consumers(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return LIST(r, v, d, consumers, read_consumer_id);
}

static bool
read_policy_oids(struct strict *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	return LIST(r, v, d, policy_oids, read_oid);
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

	if (!LIST(r, v, d, exclude, read_host))
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
		WHOLE(pattern, read_pattern, true),
		WHOLE(kind, read_kind, false),
		WHOLE(position, read_position, false),
		WHOLE(keys, read_domain_keys, false),
		WHOLE(issuers, read_domain_issuers, false),
		{ "mode", read_mode, offsetof(struct pinset_domain, monitor),
		    false },
		MAY(criticality, read_criticality, pinset_domain),
		MAY(owner, strict_text, pinset_domain),
		MAY(contact, strict_text, pinset_domain),
		WHOLE(exclude, read_exclude, false),
		WHOLE(consumers, read_domain_consumers, false),
		WHOLE(policy_oids, read_policy_oids, false),
		MAY(relinquished, strict_time, pinset_domain),
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

static bool
read_domains(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	if (!LIST(r, v, p, domains, read_domain))
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

/* ---- the file ---- */

static bool
read_format(struct strict *r, const json_t *v, void *out)
{
	(void)out;
	return (json_is_string(v) &&
	           strcmp(json_string_value(v), FORMAT) == 0) ||
	    strict_fail(r, "not \"" FORMAT "\"");
}

static bool
read_version(struct strict *r, const json_t *v, void *out)
{
	if (!json_is_integer(v) || json_integer_value(v) < 1)
		return strict_fail(r, "not a whole number from 1");
	*(uint64_t *)out = (uint64_t)json_integer_value(v);
	return true;
}

static bool
read_root(struct strict *r, const json_t *v)
{
	/* In this order: domains name what stands above them. */
	static const struct strict_member members[] = {
		WHOLE(format, read_format, true),
		MUST(name, strict_name, pinset),
		MUST(version, read_version, pinset),
		MAY(expires, strict_time, pinset),
		WHOLE(policy, read_policy, false),
		WHOLE(issuers, read_issuers, false),
		WHOLE(keys, read_keys, false),
		WHOLE(consumers, read_consumers, false),
		WHOLE(domains, read_domains, false),
		{ 0 },
	};

	return strict_object(r, v, members, PARSE(r)->p);
}

static struct pinset *
pinset_new(struct bytes text)
{
	static const int warn_days[] = { 30, 15, 2 };
	struct pinset *p = mem_alloc(1, sizeof *p);

	digest_sha256(text, p->sha256);
	p->min_pins = p->approvals = 2;
	p->warn_days = mem_alloc(3, sizeof *p->warn_days);
	memcpy(p->warn_days, warn_days, sizeof warn_days);
	p->n_warn_days = 3;
	return p;
}

struct pinset *
pinset_parse(struct bytes text, const char *file, struct buf *error)
{
	struct parse parse = { 0 };
	struct strict r = { .file = file, .error = error, .arg = &parse };
	json_t *root;

	buf_init(&r.path, STRICT_PATH);
	root = strict_parse(&r, text);
	if (root != NULL) {
		parse.p = pinset_new(text);
		if (!read_root(&r, root)) {
			pinset_free(parse.p);
			parse.p = NULL;
		}
	}
	json_decref(root);
	buf_fini(&r.path);
	free(parse.keys.v);
	free(parse.issuers.v);
	free(parse.consumers.v);
	return parse.p;
}
