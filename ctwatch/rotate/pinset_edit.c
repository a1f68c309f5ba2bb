/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/pinset_edit.h>

struct pinset_edit {
	json_t *root;
};

/* Owns root. */
static struct pinset_edit *
make(json_t *root)
{
	struct pinset_edit *f = mem_alloc(1, sizeof *f);

	f->root = root;
	return f;
}

struct pinset_edit *
pinset_edit_new(struct bytes text, struct buf *error)
{
	struct pinset *p = pinset_parse(text, "pinset", error);

	if (p == NULL)
		return NULL;
	pinset_free(p);
	return make(json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL));
}

void
pinset_edit_free(struct pinset_edit *f)
{
	if (f == NULL)
		return;
	json_decref(f->root);
	free(f);
}

/* Return the list of this name, created if absent; borrowed. */
static json_t *
list(struct pinset_edit *f, const char *name)
{
	json_t *l = json_object_get(f->root, name);

	if (l == NULL) {
		l = json_array();
		json_object_set_new(f->root, name, l);
	}
	return l;
}

/* Return the element whose member is value; borrowed, or NULL. */
static json_t *
find(struct pinset_edit *f, const char *in, const char *member,
    const char *value)
{
	json_t *e;
	size_t i;

	json_array_foreach(list(f, in), i, e) {
		const char *is = json_string_value(json_object_get(e, member));

		if (is != NULL && strcmp(is, value) == 0)
			return e;
	}
	return NULL;
}

static void
set_text(json_t *o, const char *member, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, member, json_string(value));
}

static void
set_time(json_t *o, const char *member, int64_t t)
{
	char text[TIME_TEXT];

	if (t == 0)
		return;
	time_format(t, text);
	set_text(o, member, text);
}

static bool
fail(struct buf *error, const char *what, const char *name)
{
	buf_add_text(error, what);
	text_escape(error, bytes_of(name));
	return false;
}

bool
pinset_edit_add_key(
    struct pinset_edit *f, const struct pinset_edit_key *key, struct buf *error)
{
	json_t *o = json_object();
	char pin[PINSET_PIN_TEXT];

	if (find(f, "keys", "id", key->id) != NULL) {
		json_decref(o);
		return fail(error, "the pinset already has a key with the id ",
		    key->id);
	}
	pinset_pin_format(key->spki_sha256, pin);
	set_text(o, "id", key->id);
	set_text(o, "spki", pin);
	if (key->spki_der.n > 0) {
		char *b64 = mem_alloc(TEXT_BASE64_LEN(key->spki_der.n) + 1, 1);

		text_base64(key->spki_der, b64);
		set_text(o, "spki_der", b64);
		free(b64);
	}
	set_text(o, "alg", key->alg);
	set_text(o, "state", pinset_state_word(key->state));
	if (key->ca)
		json_object_set_new(o, "ca", json_true());
	set_text(o, "custody", key->custody);
	set_text(o, "location", key->location);
	set_text(o, "note", key->note);
	set_time(o, "not_before", key->not_before);
	set_time(o, "not_after", key->not_after);
	json_array_append_new(list(f, "keys"), o);
	return true;
}

bool
pinset_edit_add_to_domain(struct pinset_edit *f, const char *pattern,
    const char *id, struct buf *error)
{
	json_t *d = find(f, "domains", "pattern", pattern), *keys;

	if (d == NULL)
		return fail(
		    error, "no domain of the pinset has the pattern ", pattern);
	keys = json_object_get(d, "keys");
	if (keys == NULL) {
		keys = json_array();
		json_object_set_new(d, "keys", keys);
	}
	json_array_append_new(keys, json_string(id));
	return true;
}

bool
pinset_edit_set_state(struct pinset_edit *f, const char *id,
    enum pinset_state state, int64_t when, struct buf *error)
{
	json_t *key = find(f, "keys", "id", id);

	if (key == NULL)
		return fail(error, "no key of the pinset has the id ", id);
	set_text(key, "state", pinset_state_word(state));
	if (state == PINSET_RETIRED)
		set_time(key, "retired", when);
	return true;
}

void
pinset_edit_set_version(struct pinset_edit *f, uint64_t version)
{
	json_object_set_new(
	    f->root, "version", json_integer((json_int_t)version));
}

bool
pinset_edit_write(const struct pinset_edit *f, struct buf *out)
{
	char *text = json_dumps(f->root, JSON_INDENT(2));
	bool ok =
	    text != NULL && buf_add_text(out, text) && buf_add_byte(out, '\n');

	free(text);
	return ok;
}

struct pinset_edit *
pinset_edit_empty(const char *name)
{
	json_t *root = json_object();
	struct pinset_edit *f = make(root);

	set_text(root, "format", "ctwatch-pinset/1");
	set_text(root, "name", name);
	pinset_edit_set_version(f, 1);
	list(f, "keys");
	list(f, "domains");
	return f;
}

void
pinset_edit_add_domain(
    struct pinset_edit *f, const struct pinset_edit_domain *domain)
{
	json_t *d = json_object();

	set_text(d, "pattern", domain->pattern);
	set_text(d, "kind", domain->kind);
	set_text(d, "position", domain->position);
	set_text(d, "owner", domain->owner);
	if (domain->monitor)
		set_text(d, "mode", "monitor");
	if (domain->n_ports > 0)
		json_object_set_new(d, "ports", json_array());
	for (size_t i = 0; i < domain->n_ports; i++)
		json_array_append_new(json_object_get(d, "ports"),
		    json_integer(domain->ports[i]));
	json_object_set_new(d, "keys", json_array());
	json_array_append_new(list(f, "domains"), d);
}

bool
pinset_edit_has_key(struct pinset_edit *f, const char *id)
{
	return find(f, "keys", "id", id) != NULL;
}

bool
pinset_edit_has_domain(struct pinset_edit *f, const char *pattern)
{
	return find(f, "domains", "pattern", pattern) != NULL;
}

bool
pinset_edit_exclude(
    struct pinset_edit *f, const char *pattern, const char *host)
{
	json_t *d = find(f, "domains", "pattern", pattern), *hosts;

	if (d == NULL)
		return false;
	hosts = json_object_get(d, "exclude");
	if (hosts == NULL) {
		hosts = json_array();
		json_object_set_new(d, "exclude", hosts);
	}
	return json_array_append_new(hosts, json_string(host)) == 0;
}

bool
pinset_edit_set_roots(struct pinset_edit *f, const char *pattern,
    const char *file, struct buf *error)
{
	json_t *d = find(f, "domains", "pattern", pattern);

	if (d == NULL)
		return fail(
		    error, "no domain of the pinset has the pattern ", pattern);
	set_text(d, "roots", file);
	return true;
}

/* The bundle named file, with its digest; NULL with *error. */
static json_t *
bound_roots(const char *path, const char *file, struct buf *error)
{
	char *real = pinset_path(path, file), hex[2 * SHA256_SIZE + 1];
	json_t *out = NULL;
	struct buf text;

	buf_init(&text, LIMIT_PIN_FILE);
	if (file_read(real, false, &text, error) == FILE_OK) {
		sha256_hex(buf_view(&text), hex);
		out = json_pack("{ss ss}", "file", file, "sha256", hex);
	}
	buf_fini(&text);
	free(real);
	return out;
}

bool
pinset_edit_bind_roots(
    struct pinset_edit *f, const char *path, struct buf *error)
{
	json_t *d, *roots;
	size_t i;

	json_array_foreach(list(f, "domains"), i, d) {
		const char *file =
		    json_string_value(json_object_get(d, "roots"));

		if (file == NULL)
			continue;
		roots = bound_roots(path, file, error);
		if (roots == NULL)
			return false;
		json_object_set_new(d, "roots", roots);
	}
	return true;
}
