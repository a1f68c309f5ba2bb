/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/pinset_read.h>

#define FORMAT "ctwatch-pinset/1"

static bool
read_pin(struct strict *r, const json_t *v, void *out)
{
	const char *s = json_string_value(v), *fault;

	fault = s == NULL ? "not a text" : pinset_pin_fault(s);
	return fault == NULL ? pinset_pin_parse(s, out)
	                     : strict_fail(r, "%s", fault);
}

/* ---- policy ---- */

static bool
read_warn_days(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	free(p->warn_days);
	p->n_warn_days = 0;
	p->warn_days = NULL;
	return STRICT_LIST(r, v, p, warn_days, strict_days);
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
		STRICT_MAY(min_pins, strict_count, pinset),
		STRICT_MAY(approvals, strict_count, pinset),
		STRICT_WHOLE(warn_days, read_warn_days, false),
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
		STRICT_MUST(id, strict_name, pinset_issuer),
		{ "spki", read_pin, offsetof(struct pinset_issuer, spki_sha256),
		    true },
		STRICT_MAY(name, strict_text, pinset_issuer),
		STRICT_MAY(caa, strict_text, pinset_issuer),
		STRICT_MAY(account, strict_text, pinset_issuer),
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

	if (!STRICT_LIST(r, v, p, issuers, read_issuer))
		return false;
	for (size_t i = 0; i < p->n_issuers; i++) {
		strict_index_add(
		    &PINSET_READ(r)->issuers, bytes_of(p->issuers[i].id));
		strict_index_add(&pins,
		    (struct bytes){ p->issuers[i].spki_sha256, DIGEST_SIZE });
	}
	ok = strict_index_sort(r, &PINSET_READ(r)->issuers, "issuers", "id") &&
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
		STRICT_MUST(id, strict_name, pinset_key),
		{ "spki", read_pin, offsetof(struct pinset_key, spki_sha256),
		    true },
		STRICT_MUST(state, read_state, pinset_key),
		STRICT_MAY(spki_der, read_spki_der, pinset_key),
		STRICT_MAY(alg, strict_text, pinset_key),
		STRICT_MAY(custody, read_custody, pinset_key),
		STRICT_MAY(location, strict_text, pinset_key),
		STRICT_MAY(not_before, strict_time, pinset_key),
		STRICT_MAY(not_after, strict_time, pinset_key),
		STRICT_MAY(retire_after, strict_time, pinset_key),
		STRICT_MAY(retired, strict_time, pinset_key),
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

	if (!STRICT_LIST(r, v, p, keys, read_key))
		return false;
	for (size_t i = 0; i < p->n_keys; i++) {
		strict_index_add(
		    &PINSET_READ(r)->keys, bytes_of(p->keys[i].id));
		strict_index_add(&pins,
		    (struct bytes){ p->keys[i].spki_sha256, DIGEST_SIZE });
	}
	ok = strict_index_sort(r, &PINSET_READ(r)->keys, "keys", "id") &&
	    strict_index_sort(r, &pins, "keys", "spki");
	free(pins.v);
	return ok;
}

/* ---- consumers ---- */

static bool
read_consumer(struct strict *r, const json_t *v, void *out)
{
	static const struct strict_member members[] = {
		STRICT_MUST(id, strict_name, pinset_consumer),
		STRICT_MAY(format, strict_text, pinset_consumer),
		STRICT_MAY(path, strict_text, pinset_consumer),
		STRICT_MAY(lead_days, strict_days, pinset_consumer),
		STRICT_MAY(max_age_days, strict_days, pinset_consumer),
		{ 0 },
	};

	return strict_object(r, v, members, out);
}

static bool
read_consumers(struct strict *r, const json_t *v, void *out)
{
	struct pinset *p = out;

	if (!STRICT_LIST(r, v, p, consumers, read_consumer))
		return false;
	for (size_t i = 0; i < p->n_consumers; i++)
		strict_index_add(
		    &PINSET_READ(r)->consumers, bytes_of(p->consumers[i].id));
	return strict_index_sort(
	    r, &PINSET_READ(r)->consumers, "consumers", "id");
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
		STRICT_WHOLE(format, read_format, true),
		STRICT_MUST(name, strict_name, pinset),
		STRICT_MUST(version, read_version, pinset),
		STRICT_MAY(expires, strict_time, pinset),
		STRICT_WHOLE(policy, read_policy, false),
		STRICT_WHOLE(issuers, read_issuers, false),
		STRICT_WHOLE(keys, read_keys, false),
		STRICT_WHOLE(consumers, read_consumers, false),
		STRICT_WHOLE(domains, pinset_domains_read, false),
		{ 0 },
	};

	return strict_object(r, v, members, PINSET_READ(r)->p);
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
	struct pinset_read parse = { 0 };
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
