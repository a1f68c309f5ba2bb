/* SPDX-License-Identifier: Apache-2.0 */
/* pinset_parse: read a pinset in JSON, its domains excepted. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy/pinset_read.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

#define FORMAT "ctwatch-pinset/1"

static bool
read_pin(struct json_table *r, const json_t *v, void *out)
{
	const char *s = json_string_value(v), *fault;

	fault = s == NULL ? "not a text" : pinset_pin_fault(s);
	return fault == NULL ? pinset_pin_parse(s, out)
	                     : json_table_fail(r, "%s", fault);
}

/* ---- policy ---- */

static bool
read_warn_days(struct json_table *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	free(p->warn_days);
	p->n_warn_days = 0;
	p->warn_days = NULL;
	return JSON_TABLE_LIST(r, v, p, warn_days, json_table_days);
}

static bool
read_max_validity(struct json_table *r, const json_t *v, void *out)
{
	if (json_is_string(v) && strcmp(json_string_value(v), "br") == 0)
		return true;
	return json_is_integer(v)
	    ? json_table_count(r, v, out)
	    : json_table_fail(r, "neither \"br\" nor days");
}

static bool
read_policy(struct json_table *r, const json_t *v, void *out)
{
	static const struct json_table_member members[] = {
		JSON_TABLE_MAY(min_pins, json_table_count, pinset),
		JSON_TABLE_MAY(approvals, json_table_count, pinset),
		JSON_TABLE_WHOLE(warn_days, read_warn_days, false),
		{ "max_validity", read_max_validity,
		    offsetof(struct pinset, max_validity_days), false },
		{ 0 },
	};

	return json_table_object(r, v, members, out);
}

/* ---- issuers ---- */

static bool
read_issuer(struct json_table *r, const json_t *v, void *out)
{
	static const struct json_table_member members[] = {
		JSON_TABLE_MUST(id, json_table_name, pinset_issuer),
		{ "spki", read_pin, offsetof(struct pinset_issuer, spki_sha256),
		    true },
		JSON_TABLE_MAY(name, json_table_text, pinset_issuer),
		JSON_TABLE_MAY(caa, json_table_text, pinset_issuer),
		JSON_TABLE_MAY(account, json_table_text, pinset_issuer),
		{ 0 },
	};

	return json_table_object(r, v, members, out);
}

static bool
read_issuers(struct json_table *r, const json_t *v, void *out)
{
	struct pinset *p = out;
	struct json_table_index pins = { 0 };
	bool ok;

	if (!JSON_TABLE_LIST(r, v, p, issuers, read_issuer))
		return false;
	for (size_t i = 0; i < p->n_issuers; i++) {
		json_table_index_add(
		    &PINSET_READ(r)->issuers, bytes_of(p->issuers[i].id));
		json_table_index_add(&pins,
		    (struct bytes){ p->issuers[i].spki_sha256, SHA256_SIZE });
	}
	ok = json_table_index_sort(
	         r, &PINSET_READ(r)->issuers, "issuers", "id") &&
	    json_table_index_sort(r, &pins, "issuers", "spki");
	free(pins.v);
	return ok;
}

/* ---- keys ---- */

static bool
read_state(struct json_table *r, const json_t *v, void *out)
{
	static const char *const words[] = { "proposed", "backup", "active",
		"retired", "compromised", NULL };
	int i;

	if (!json_table_word(r, v, words, &i))
		return false;
	*(enum pinset_state *)out = (enum pinset_state)i;
	return true;
}

static bool
read_flag(struct json_table *r, const json_t *v, void *out)
{
	if (!json_is_boolean(v))
		return json_table_fail(r, "not true or false");
	*(bool *)out = json_is_true(v);
	return true;
}

static bool
read_custody(struct json_table *r, const json_t *v, void *out)
{
	static const char *const words[] = { "hsm", "kms", "file", "unknown",
		NULL };
	int i;

	return json_table_word(r, v, words, &i) && json_table_text(r, v, out);
}

static bool
read_spki_der(struct json_table *r, const json_t *v, void *out)
{
	struct bytes text =
	    bytes_of(json_is_string(v) ? json_string_value(v) : "");
	uint8_t *der = mem_alloc(text.n + 1, 1);
	size_t n;

	if (text.n == 0 || !text_unbase64(text, der, &n)) {
		free(der);
		return json_table_fail(r, "not canonical base64");
	}
	*(struct blob *)out = (struct blob){ der, n };
	return true;
}

static bool
read_key(struct json_table *r, const json_t *v, void *out)
{
	static const struct json_table_member members[] = {
		JSON_TABLE_MUST(id, json_table_name, pinset_key),
		{ "spki", read_pin, offsetof(struct pinset_key, spki_sha256),
		    true },
		JSON_TABLE_MUST(state, read_state, pinset_key),
		JSON_TABLE_MAY(ca, read_flag, pinset_key),
		JSON_TABLE_MAY(spki_der, read_spki_der, pinset_key),
		JSON_TABLE_MAY(alg, json_table_text, pinset_key),
		JSON_TABLE_MAY(custody, read_custody, pinset_key),
		JSON_TABLE_MAY(location, json_table_text, pinset_key),
		JSON_TABLE_MAY(not_before, json_table_time, pinset_key),
		JSON_TABLE_MAY(not_after, json_table_time, pinset_key),
		JSON_TABLE_MAY(retire_after, json_table_time, pinset_key),
		JSON_TABLE_MAY(retired, json_table_time, pinset_key),
		{ 0 },
	};
	struct pinset_key *k = out;
	uint8_t digest[SHA256_SIZE];

	if (!json_table_object(r, v, members, out))
		return false;
	if (k->not_after != 0 && k->not_after <= k->not_before)
		return json_table_fail(
		    r, "not_after does not come after not_before");
	if (k->spki_der.n == 0)
		return true;
	sha256_digest(blob_view(k->spki_der), digest);
	return memcmp(digest, k->spki_sha256, sizeof digest) == 0 ||
	    json_table_fail(r, "spki_der is not the key that spki pins");
}

static bool
read_keys(struct json_table *r, const json_t *v, void *out)
{
	struct pinset *p = out;
	struct json_table_index pins = { 0 };
	bool ok;

	if (!JSON_TABLE_LIST(r, v, p, keys, read_key))
		return false;
	for (size_t i = 0; i < p->n_keys; i++) {
		json_table_index_add(
		    &PINSET_READ(r)->keys, bytes_of(p->keys[i].id));
		json_table_index_add(&pins,
		    (struct bytes){ p->keys[i].spki_sha256, SHA256_SIZE });
	}
	ok = json_table_index_sort(r, &PINSET_READ(r)->keys, "keys", "id") &&
	    json_table_index_sort(r, &pins, "keys", "spki");
	free(pins.v);
	return ok;
}

/* ---- consumers ---- */

/* "4.3.0": numbers with dots between. */
static bool
read_library_version(struct json_table *r, const json_t *v, void *out)
{
	const char *s = json_string_value(v);

	if (s == NULL || strspn(s, "0123456789.") != strlen(s) ||
	    strspn(s, ".") > 0)
		return json_table_fail(r, "not a version such as 4.3.0");
	return json_table_name(r, v, out);
}

static bool
read_consumer(struct json_table *r, const json_t *v, void *out)
{
	static const struct json_table_member members[] = {
		JSON_TABLE_MUST(id, json_table_name, pinset_consumer),
		JSON_TABLE_MAY(format, json_table_text, pinset_consumer),
		JSON_TABLE_MAY(path, json_table_text, pinset_consumer),
		JSON_TABLE_MAY(
		    min_version, read_library_version, pinset_consumer),
		JSON_TABLE_MAY(lead_days, json_table_days, pinset_consumer),
		JSON_TABLE_MAY(max_age_days, json_table_days, pinset_consumer),
		{ 0 },
	};

	return json_table_object(r, v, members, out);
}

static bool
read_consumers(struct json_table *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	if (!JSON_TABLE_LIST(r, v, p, consumers, read_consumer))
		return false;
	for (size_t i = 0; i < p->n_consumers; i++)
		json_table_index_add(
		    &PINSET_READ(r)->consumers, bytes_of(p->consumers[i].id));
	return json_table_index_sort(
	    r, &PINSET_READ(r)->consumers, "consumers", "id");
}

/* ---- the file ---- */

static bool
read_format(struct json_table *r, const json_t *v, void *out)
{
	(void)out;
	return (json_is_string(v) &&
	           strcmp(json_string_value(v), FORMAT) == 0) ||
	    json_table_fail(r, "not \"" FORMAT "\"");
}

static bool
read_version(struct json_table *r, const json_t *v, void *out)
{
	if (!json_is_integer(v) || json_integer_value(v) < 1)
		return json_table_fail(r, "not a whole number from 1");
	*(uint64_t *)out = (uint64_t)json_integer_value(v);
	return true;
}

static bool
read_root(struct json_table *r, const json_t *v)
{
	/* In this order: domains refer to the members above them. */
	static const struct json_table_member members[] = {
		JSON_TABLE_WHOLE(format, read_format, true),
		JSON_TABLE_MUST(name, json_table_name, pinset),
		JSON_TABLE_MUST(version, read_version, pinset),
		JSON_TABLE_MAY(expires, json_table_time, pinset),
		JSON_TABLE_WHOLE(policy, read_policy, false),
		JSON_TABLE_WHOLE(issuers, read_issuers, false),
		JSON_TABLE_WHOLE(keys, read_keys, false),
		JSON_TABLE_WHOLE(consumers, read_consumers, false),
		JSON_TABLE_WHOLE(domains, pinset_parse_domains, false),
		{ 0 },
	};

	return json_table_object(r, v, members, PINSET_READ(r)->p);
}

static struct pinset *
pinset_new(struct bytes text)
{
	static const int warn_days[] = { 30, 15, 2 };
	struct pinset *p = mem_alloc(1, sizeof *p);

	sha256_digest(text, p->sha256);
	p->min_pins = p->approvals = 2;
	p->warn_days = mem_alloc(3, sizeof *p->warn_days);
	memcpy(p->warn_days, warn_days, sizeof warn_days);
	p->n_warn_days = 3;
	return p;
}

static struct pinset *
parse_text(
    struct bytes text, const char *file, const char *path, struct buf *error)
{
	struct pinset_read parse = { .path = path };
	struct json_table r = { .file = file, .error = error, .arg = &parse };
	json_t *root;

	buf_init(&r.path, JSON_TABLE_PATH);
	root = json_table_parse(&r, text);
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

struct pinset *
pinset_parse(struct bytes text, const char *file, struct buf *error)
{
	return parse_text(text, file, NULL, error);
}

struct pinset *
pinset_parse_at(struct bytes text, const char *path, struct buf *error)
{
	return parse_text(text, path, path, error);
}
