/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/pinset.h>

#define FORMAT "ctwatch-pinset/1"

/* Longer than any path in a file that is not meant to be a nuisance. */
#define PATH_TEXT 512

/* A hundred years: no schedule is longer. */
#define DAYS_MAX 36500

/* Texts and where in their list they stand, sorted by text. */
struct index {
	struct index_entry {
		struct bytes text;
		size_t at;
	} * v;
	size_t n;
};

/* One parse: what is made, and where in the file it stands. */
struct reader {
	const char *file;
	struct buf *error;
	struct buf path;
	struct pinset *p;
	struct index keys, issuers, consumers; /* by id */
};

/* A member of an object: its reader gets the struct that it belongs to. */
struct member {
	const char *name;
	bool (*read)(struct reader *r, const json_t *v, void *out);
	size_t offset; /* of out in the struct */
	bool required;
};

__attribute__((format(printf, 2, 3))) static bool
fail(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	buf_printf(r->error, "%s: %s%s", r->file, buf_text(&r->path),
	    r->path.n > 0 ? ": " : "");
	va_start(ap, fmt);
	buf_vprintf(r->error, fmt, ap);
	va_end(ap);
	return false;
}

/* ---- objects and lists ---- */

static void
enter_member(struct reader *r, const char *name)
{
	if (r->path.n > 0)
		buf_add_byte(&r->path, '.');
	text_safe(&r->path, bytes_of(name));
}

static void
enter_element(struct reader *r, const char *list, size_t i)
{
	buf_printf(&r->path, "%s[%zu]", list, i);
}

/* What everyone may add anywhere. */
static bool
is_free(const char *name)
{
	return strcmp(name, "note") == 0 || strncmp(name, "x-", 2) == 0;
}

static bool
is_member(const struct member *members, const char *name)
{
	for (; members->name != NULL; members++)
		if (strcmp(members->name, name) == 0)
			return true;
	return is_free(name);
}

/* Read object v by its table, which ends with a member without a name. */
static bool
read_object(
    struct reader *r, const json_t *v, const struct member *members, void *out)
{
	size_t here = r->path.n;
	const char *name;
	json_t *e;

	if (!json_is_object(v))
		return fail(r, "not an object");
	json_object_foreach((json_t *)v, name, e) if (!is_member(members, name))
	{
		enter_member(r, name);
		return fail(r, "unknown member");
	}
	for (const struct member *m = members; m->name != NULL; m++) {
		e = json_object_get(v, m->name);
		if (e == NULL && !m->required)
			continue;
		enter_member(r, m->name);
		if (e == NULL)
			return fail(r, "missing");
		if (!m->read(r, e, (char *)out + m->offset))
			return false;
		r->path.n = here;
	}
	return true;
}

/* Room for the elements of list v, all zero; NULL if it is no list. */
static void *
list_new(struct reader *r, const json_t *v, size_t size)
{
	if (json_is_array(v))
		return mem_alloc(json_array_size(v) + 1, size);
	fail(r, "not a list");
	return NULL;
}

/* Read each element of list v; *n counts those that hold something. */
static bool
read_each(struct reader *r, const json_t *v, void *out, size_t size, size_t *n,
    bool (*read)(struct reader *r, const json_t *v, void *out))
{
	size_t here = r->path.n, i;
	json_t *e;

	json_array_foreach((json_t *)v, i, e)
	{
		enter_element(r, "", i);
		*n = i + 1;
		if (!read(r, e, (char *)out + i * size))
			return false;
		r->path.n = here;
	}
	return true;
}

/* ---- indexes ---- */

static int
compare_entries(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;
	int order = bytes_compare(x->text, y->text);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static void
index_add(struct index *ix, struct bytes text)
{
	ix->v = mem_grow(ix->v, ix->n, sizeof *ix->v);
	ix->v[ix->n] = (struct index_entry){ text, ix->n };
	ix->n++;
}

/* Sort, and refuse what stands in list twice. */
static bool
index_sort(
    struct reader *r, struct index *ix, const char *list, const char *member)
{
	if (ix->n > 0)
		qsort(ix->v, ix->n, sizeof *ix->v, compare_entries);
	for (size_t i = 1; i < ix->n; i++) {
		const struct index_entry *a = &ix->v[i - 1], *b = &ix->v[i];

		if (!bytes_equal(a->text, b->text))
			continue;
		buf_clear(&r->path);
		enter_element(r, list, b->at);
		enter_member(r, member);
		return fail(r, "the same as %s[%zu].%s", list, a->at, member);
	}
	return true;
}

static bool
index_find(const struct index *ix, const char *text, size_t *at)
{
	struct index_entry key = { bytes_of(text), 0 };
	size_t low = 0, high = ix->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (bytes_compare(ix->v[mid].text, key.text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == ix->n || !bytes_equal(ix->v[low].text, key.text))
		return false;
	*at = ix->v[low].at;
	return true;
}

/* ---- plain values ---- */

static bool
read_text(struct reader *r, const json_t *v, void *out)
{
	const char *s = json_string_value(v);

	if (s == NULL || *s == '\0')
		return fail(r, "not a text, or an empty one");
	for (const char *p = s; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return fail(r, "a control character in the text");
	*(char **)out = mem_strdup(s);
	return true;
}

/* A name that stands in commands and messages: printable ASCII. */
static bool
read_name(struct reader *r, const json_t *v, void *out)
{
	if (!read_text(r, v, out))
		return false;
	for (const char *p = *(char **)out; *p != '\0'; p++)
		if ((unsigned char)*p > 0x7e)
			return fail(r, "not ASCII throughout");
	return true;
}

static bool
read_note(struct reader *r, const json_t *v, void *out)
{
	(void)r;
	if (json_is_string(v))
		*(char **)out = mem_strdup(json_string_value(v));
	return true;
}

static bool
read_time(struct reader *r, const json_t *v, void *out)
{
	return (json_is_string(v) &&
	           time_parse(json_string_value(v), (int64_t *)out)) ||
	    fail(r, "not a time such as 2027-02-01T00:00:00Z");
}

static bool
read_int(struct reader *r, const json_t *v, int least, void *out)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < least || n > DAYS_MAX)
		return fail(
		    r, "not a whole number from %d to %d", least, DAYS_MAX);
	*(int *)out = (int)n;
	return true;
}

static bool
read_days(struct reader *r, const json_t *v, void *out)
{
	return read_int(r, v, 0, out);
}

static bool
read_count(struct reader *r, const json_t *v, void *out)
{
	return read_int(r, v, 1, out);
}

/* Read one of the words as its place among them. */
static bool
read_word(struct reader *r, const json_t *v, const char *const *words, int *out)
{
	const char *s = json_string_value(v);
	struct buf list;

	for (*out = 0; s != NULL && words[*out] != NULL; ++*out)
		if (strcmp(s, words[*out]) == 0)
			return true;
	buf_init(&list, PATH_TEXT);
	for (int i = 0; words[i] != NULL; i++)
		buf_printf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	fail(r, "not one of %s", buf_text(&list));
	buf_fini(&list);
	return false;
}

static bool
read_pin(struct reader *r, const json_t *v, void *out)
{
	const char *s = json_string_value(v), *fault;

	fault = s == NULL ? "not a text" : pinset_pin_fault(s);
	return fault == NULL ? pinset_pin_parse(s, out) : fail(r, "%s", fault);
}

static bool
read_oid(struct reader *r, const json_t *v, void *out)
{
	const char *s;

	if (!read_text(r, v, out))
		return false;
	s = *(char **)out;
	return (strspn(s, "0123456789.") == strlen(s) && *s != '.' &&
	           strchr(s, '.') != NULL && strstr(s, "..") == NULL &&
	           s[strlen(s) - 1] != '.') ||
	    fail(r, "not an OID such as 2.23.140.1.2.1");
}

/* ---- policy ---- */

static bool
read_warn_days(struct reader *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	free(p->warn_days);
	p->n_warn_days = 0;
	p->warn_days = list_new(r, v, sizeof *p->warn_days);
	return p->warn_days != NULL &&
	    read_each(r, v, p->warn_days, sizeof *p->warn_days, &p->n_warn_days,
	        read_days);
}

static bool
read_max_validity(struct reader *r, const json_t *v, void *out)
{
	if (json_is_string(v) && strcmp(json_string_value(v), "br") == 0)
		return true;
	return json_is_integer(v) ? read_count(r, v, out)
	                          : fail(r, "neither \"br\" nor days");
}

static bool
read_policy(struct reader *r, const json_t *v, void *out)
{
	static const struct member members[] = {
		{ "min_pins", read_count, offsetof(struct pinset, min_pins),
		    false },
		{ "approvals", read_count, offsetof(struct pinset, approvals),
		    false },
		{ "warn_days", read_warn_days, 0, false },
		{ "max_validity", read_max_validity,
		    offsetof(struct pinset, max_validity_days), false },
		{ 0 },
	};

	return read_object(r, v, members, out);
}

/* ---- issuers ---- */

static bool
read_issuer(struct reader *r, const json_t *v, void *out)
{
	static const struct member members[] = {
		{ "id", read_name, offsetof(struct pinset_issuer, id), true },
		{ "spki", read_pin, offsetof(struct pinset_issuer, spki_sha256),
		    true },
		{ "name", read_text, offsetof(struct pinset_issuer, name),
		    false },
		{ "caa", read_text, offsetof(struct pinset_issuer, caa),
		    false },
		{ "account", read_text, offsetof(struct pinset_issuer, account),
		    false },
		{ 0 },
	};

	return read_object(r, v, members, out);
}

static bool
read_issuers(struct reader *r, const json_t *v, void *out)
{
	struct pinset *p = out;
	struct index pins = { 0 };
	bool ok;

	p->issuers = list_new(r, v, sizeof *p->issuers);
	if (p->issuers == NULL ||
	    !read_each(r, v, p->issuers, sizeof *p->issuers, &p->n_issuers,
	        read_issuer))
		return false;
	for (size_t i = 0; i < p->n_issuers; i++) {
		index_add(&r->issuers, bytes_of(p->issuers[i].id));
		index_add(&pins,
		    (struct bytes){ p->issuers[i].spki_sha256, DIGEST_SIZE });
	}
	ok = index_sort(r, &r->issuers, "issuers", "id") &&
	    index_sort(r, &pins, "issuers", "spki");
	free(pins.v);
	return ok;
}

/* ---- keys ---- */

static bool
read_state(struct reader *r, const json_t *v, void *out)
{
	static const char *const words[] = { "proposed", "backup", "active",
		"retired", "compromised", NULL };
	int i;

	if (!read_word(r, v, words, &i))
		return false;
	*(enum pinset_state *)out = (enum pinset_state)i;
	return true;
}

static bool
read_custody(struct reader *r, const json_t *v, void *out)
{
	static const char *const words[] = { "hsm", "kms", "file", "unknown",
		NULL };
	int i;

	return read_word(r, v, words, &i) && read_text(r, v, out);
}

static bool
read_spki_der(struct reader *r, const json_t *v, void *out)
{
	struct bytes text =
	    bytes_of(json_is_string(v) ? json_string_value(v) : "");
	uint8_t *der = mem_alloc(text.n + 1, 1);
	size_t n;

	if (text.n == 0 || !text_unbase64(text, der, &n)) {
		free(der);
		return fail(r, "not canonical base64");
	}
	*(struct bytes *)out = (struct bytes){ der, n };
	return true;
}

static bool
read_key(struct reader *r, const json_t *v, void *out)
{
	static const struct member members[] = {
		{ "id", read_name, offsetof(struct pinset_key, id), true },
		{ "spki", read_pin, offsetof(struct pinset_key, spki_sha256),
		    true },
		{ "state", read_state, offsetof(struct pinset_key, state),
		    true },
		{ "spki_der", read_spki_der,
		    offsetof(struct pinset_key, spki_der), false },
		{ "alg", read_text, offsetof(struct pinset_key, alg), false },
		{ "custody", read_custody, offsetof(struct pinset_key, custody),
		    false },
		{ "location", read_text, offsetof(struct pinset_key, location),
		    false },
		{ "not_before", read_time,
		    offsetof(struct pinset_key, not_before), false },
		{ "not_after", read_time,
		    offsetof(struct pinset_key, not_after), false },
		{ "retire_after", read_time,
		    offsetof(struct pinset_key, retire_after), false },
		{ "retired", read_time, offsetof(struct pinset_key, retired),
		    false },
		{ "note", read_note, offsetof(struct pinset_key, note), false },
		{ 0 },
	};
	struct pinset_key *k = out;
	uint8_t digest[DIGEST_SIZE];

	if (!read_object(r, v, members, out))
		return false;
	if (k->not_after != 0 && k->not_after <= k->not_before)
		return fail(r, "not_after does not come after not_before");
	if (k->spki_der.n == 0)
		return true;
	digest_sha256(k->spki_der, digest);
	return memcmp(digest, k->spki_sha256, sizeof digest) == 0 ||
	    fail(r, "spki_der is not the key that spki pins");
}

static bool
read_keys(struct reader *r, const json_t *v, void *out)
{
	struct pinset *p = out;
	struct index pins = { 0 };
	bool ok;

	p->keys = list_new(r, v, sizeof *p->keys);
	if (p->keys == NULL ||
	    !read_each(r, v, p->keys, sizeof *p->keys, &p->n_keys, read_key))
		return false;
	for (size_t i = 0; i < p->n_keys; i++) {
		index_add(&r->keys, bytes_of(p->keys[i].id));
		index_add(&pins,
		    (struct bytes){ p->keys[i].spki_sha256, DIGEST_SIZE });
	}
	ok = index_sort(r, &r->keys, "keys", "id") &&
	    index_sort(r, &pins, "keys", "spki");
	free(pins.v);
	return ok;
}

/* ---- consumers ---- */

static bool
read_consumer(struct reader *r, const json_t *v, void *out)
{
	static const struct member members[] = {
		{ "id", read_name, offsetof(struct pinset_consumer, id), true },
		{ "format", read_text, offsetof(struct pinset_consumer, format),
		    false },
		{ "path", read_text, offsetof(struct pinset_consumer, path),
		    false },
		{ "lead_days", read_days,
		    offsetof(struct pinset_consumer, lead_days), false },
		{ "max_age_days", read_days,
		    offsetof(struct pinset_consumer, max_age_days), false },
		{ 0 },
	};

	return read_object(r, v, members, out);
}

static bool
read_consumers(struct reader *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	p->consumers = list_new(r, v, sizeof *p->consumers);
	if (p->consumers == NULL ||
	    !read_each(r, v, p->consumers, sizeof *p->consumers,
	        &p->n_consumers, read_consumer))
		return false;
	for (size_t i = 0; i < p->n_consumers; i++)
		index_add(&r->consumers, bytes_of(p->consumers[i].id));
	return index_sort(r, &r->consumers, "consumers", "id");
}

/* ---- domains ---- */

/* Read the id of one of what ix holds as its place there. */
static bool
read_id(struct reader *r, const json_t *v, const struct index *ix,
    const char *what, size_t *at)
{
	const char *id = json_string_value(v);

	return (id != NULL && index_find(ix, id, at)) ||
	    fail(r, "no %s has the id \"%s\"", what, id != NULL ? id : "");
}

static bool
read_key_id(struct reader *r, const json_t *v, void *out)
{
	return read_id(r, v, &r->keys, "key", out);
}

static bool
read_issuer_id(struct reader *r, const json_t *v, void *out)
{
	return read_id(r, v, &r->issuers, "issuer", out);
}

static bool
read_consumer_id(struct reader *r, const json_t *v, void *out)
{
	size_t at;

	return read_id(r, v, &r->consumers, "consumer", &at) &&
	    read_text(r, v, out);
}

/* Refuse what a list of places names twice. */
static bool
check_once(struct reader *r, const size_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (v[i] == v[j]) {
				enter_element(r, "", i);
				return fail(r, "named twice");
			}
	return true;
}

static bool
read_domain_keys(struct reader *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	d->keys = list_new(r, v, sizeof *d->keys);
	return d->keys != NULL &&
	    read_each(
	        r, v, d->keys, sizeof *d->keys, &d->n_keys, read_key_id) &&
	    check_once(r, d->keys, d->n_keys);
}

static bool
read_domain_issuers(struct reader *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	d->issuers = list_new(r, v, sizeof *d->issuers);
	return d->issuers != NULL &&
	    read_each(r, v, d->issuers, sizeof *d->issuers, &d->n_issuers,
	        read_issuer_id) &&
	    check_once(r, d->issuers, d->n_issuers);
}

static bool
read_domain_consumers(struct reader *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	d->consumers = list_new(r, v, sizeof *d->consumers);
	return d->consumers != NULL &&
	    read_each(r, v, d->consumers, sizeof *d->consumers, &d->n_consumers,
	        read_consumer_id);
}

static bool
read_policy_oids(struct reader *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	d->policy_oids = list_new(r, v, sizeof *d->policy_oids);
	return d->policy_oids != NULL &&
	    read_each(r, v, d->policy_oids, sizeof *d->policy_oids,
	        &d->n_policy_oids, read_oid);
}

static bool
read_host(struct reader *r, const json_t *v, void *out)
{
	const char *fault = "not a text";
	char *host = NULL;

	if (json_is_string(v))
		host = pattern_host(json_string_value(v), &fault);
	*(char **)out = host;
	return host != NULL || fail(r, "%s", fault);
}

static bool
read_exclude(struct reader *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;

	d->exclude = list_new(r, v, sizeof *d->exclude);
	if (d->exclude == NULL ||
	    !read_each(
	        r, v, d->exclude, sizeof *d->exclude, &d->n_exclude, read_host))
		return false;
	for (size_t i = 0; i < d->n_exclude; i++)
		if (!pattern_covers(d->host, d->reach, d->exclude[i])) {
			enter_element(r, "", i);
			return fail(r, "the pattern does not cover it anyway");
		}
	return true;
}

static bool
read_pattern(struct reader *r, const json_t *v, void *out)
{
	struct pinset_domain *d = out;
	const char *fault;

	if (!read_text(r, v, &d->pattern))
		return false;
	d->host = pattern_parse(d->pattern, &d->reach, &fault);
	return d->host != NULL || fail(r, "%s", fault);
}

static bool
read_kind(struct reader *r, const json_t *v, void *out)
{
	static const char *const words[] = { "spki", "ca", "cert", NULL };
	struct pinset_domain *d = out;
	int i;

	if (!read_word(r, v, words, &i))
		return false;
	d->kind = (enum pinset_kind)i;
	d->position = d->kind == PINSET_CA ? PINSET_ABOVE : PINSET_LEAF;
	return true;
}

static bool
read_position(struct reader *r, const json_t *v, void *out)
{
	static const char *const words[] = { "leaf", "ca", "any", NULL };
	struct pinset_domain *d = out;
	int i;

	if (!read_word(r, v, words, &i))
		return false;
	d->position = (enum pinset_position)i;
	return d->kind == PINSET_SPKI ||
	    d->position ==
	    (d->kind == PINSET_CA ? PINSET_ABOVE : PINSET_LEAF) ||
	    fail(r, "not where a pin of this kind can match");
}

static bool
read_mode(struct reader *r, const json_t *v, void *out)
{
	static const char *const words[] = { "enforce", "monitor", NULL };
	int i;

	if (!read_word(r, v, words, &i))
		return false;
	*(bool *)out = i == 1;
	return true;
}

static bool
read_criticality(struct reader *r, const json_t *v, void *out)
{
	static const char *const words[] = { "low", "normal", "high", NULL };
	int i;

	if (!read_word(r, v, words, &i))
		return false;
	*(int *)out = i - 1;
	return true;
}

static bool
read_domain(struct reader *r, const json_t *v, void *out)
{
	/* In this order: what stands lower relies on what stands higher. */
	static const struct member members[] = {
		{ "pattern", read_pattern, 0, true },
		{ "kind", read_kind, 0, false },
		{ "position", read_position, 0, false },
		{ "keys", read_domain_keys, 0, false },
		{ "issuers", read_domain_issuers, 0, false },
		{ "mode", read_mode, offsetof(struct pinset_domain, monitor),
		    false },
		{ "criticality", read_criticality,
		    offsetof(struct pinset_domain, criticality), false },
		{ "owner", read_text, offsetof(struct pinset_domain, owner),
		    false },
		{ "contact", read_text, offsetof(struct pinset_domain, contact),
		    false },
		{ "exclude", read_exclude, 0, false },
		{ "consumers", read_domain_consumers, 0, false },
		{ "policy_oids", read_policy_oids, 0, false },
		{ "relinquished", read_time,
		    offsetof(struct pinset_domain, relinquished), false },
		{ 0 },
	};

	return read_object(r, v, members, out);
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
read_domains(struct reader *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	p->domains = list_new(r, v, sizeof *p->domains);
	if (p->domains == NULL ||
	    !read_each(r, v, p->domains, sizeof *p->domains, &p->n_domains,
	        read_domain))
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
		enter_element(r, "", b);
		enter_member(r, "pattern");
		return fail(r, "the same as domains[%zu].pattern", a);
	}
	return true;
}

/* ---- the file ---- */

static bool
read_format(struct reader *r, const json_t *v, void *out)
{
	(void)out;
	return (json_is_string(v) &&
	           strcmp(json_string_value(v), FORMAT) == 0) ||
	    fail(r, "not \"" FORMAT "\"");
}

static bool
read_version(struct reader *r, const json_t *v, void *out)
{
	if (!json_is_integer(v) || json_integer_value(v) < 1)
		return fail(r, "not a whole number from 1");
	*(uint64_t *)out = (uint64_t)json_integer_value(v);
	return true;
}

static bool
read_root(struct reader *r, const json_t *v)
{
	/* In this order: domains name what stands above them. */
	static const struct member members[] = {
		{ "format", read_format, 0, true },
		{ "name", read_name, offsetof(struct pinset, name), true },
		{ "version", read_version, offsetof(struct pinset, version),
		    true },
		{ "expires", read_time, offsetof(struct pinset, expires),
		    false },
		{ "policy", read_policy, 0, false },
		{ "issuers", read_issuers, 0, false },
		{ "keys", read_keys, 0, false },
		{ "consumers", read_consumers, 0, false },
		{ "domains", read_domains, 0, false },
		{ 0 },
	};

	return read_object(r, v, members, r->p);
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
	struct reader r = { .file = file, .error = error };
	json_error_t e;
	json_t *root = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);

	if (root == NULL) {
		buf_printf(error, "%s:%d:%d: ", file, e.line, e.column);
		text_safe(error, bytes_of(e.text));
		return NULL;
	}
	r.p = pinset_new(text);
	buf_init(&r.path, PATH_TEXT);
	if (!read_root(&r, root)) {
		pinset_free(r.p);
		r.p = NULL;
	}
	json_decref(root);
	buf_fini(&r.path);
	free(r.keys.v);
	free(r.issuers.v);
	free(r.consumers.v);
	return r.p;
}
