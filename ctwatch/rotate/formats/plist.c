/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/formats/plist.h"
#include "rotate/lex.h"
#include "rotate/xml.h"
#include <ctwatch/base/text.h>

/* Return NULL if the text is not an integer. */
static json_t *
read_integer(const char *s)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(s, &end, 10);
	return end != s && *end == '\0' && errno == 0 ? json_integer(n) : NULL;
}

static json_t *
read_scalar(struct xml_element *e)
{
	struct bytes text = buf_view(&e->text);

	if (e->child != NULL)
		return NULL;
	if (xml_is(e, "true") || xml_is(e, "false"))
		return json_boolean(xml_is(e, "true"));
	if (xml_is(e, "integer"))
		return read_integer(buf_text(&e->text));
	if (!xml_is(e, "string") && !xml_is(e, "date") && !xml_is(e, "data") &&
	    !xml_is(e, "real"))
		return NULL;
	return json_stringn((const char *)text.p, text.n);
}

/* Recurses only as deep as xml.c lets elements nest. */
static json_t *read_value(struct xml_element *e, const struct xml_element **at);

/* Read pairs of <key>NAME</key> and a value; refuse duplicate keys. */
static json_t *
read_dict(struct xml_element *e, const struct xml_element **at)
{
	json_t *dict = json_object();

	for (struct xml_element *key = e->child; key != NULL;) {
		struct xml_element *value = key->next;
		const char *name = buf_text(&key->text);
		json_t *v = NULL;

		*at = key;
		if (xml_is(key, "key") && value != NULL &&
		    json_object_get(dict, name) == NULL)
			v = read_value(value, at);
		if (v == NULL || json_object_set_new(dict, name, v) != 0) {
			json_decref(dict);
			return NULL;
		}
		key = value->next;
	}
	return dict;
}

static json_t *
read_array(struct xml_element *e, const struct xml_element **at)
{
	json_t *array = json_array();

	for (e = e->child; e != NULL; e = e->next) {
		json_t *v = read_value(e, at);

		if (v == NULL) {
			json_decref(array);
			return NULL;
		}
		json_array_append_new(array, v);
	}
	return array;
}

static json_t *
read_value(struct xml_element *e, const struct xml_element **at)
{
	bool dict = xml_is(e, "dict");
	json_t *v;

	if ((dict || xml_is(e, "array")) && xml_text(e).n > 0)
		v = NULL; /* text between elements */
	else if (dict)
		v = read_dict(e, at);
	else if (xml_is(e, "array"))
		v = read_array(e, at);
	else
		v = read_scalar(e);
	if (v == NULL && (*at == NULL || (*at)->line < e->line))
		*at = e;
	return v;
}

/*
 * Convert a property list to JSON: dict, array, booleans and integers as such;
 * string, date, data and real as strings.
 */
static json_t *
read_list(struct bytes text, struct buf *error)
{
	struct xml_element *root = xml_parse(text, error), *top = root;
	const struct xml_element *at = NULL;
	json_t *v = NULL;

	if (root == NULL)
		return NULL;
	if (xml_is(root, "plist"))
		top = root->child;
	if (top != NULL && top->next == NULL)
		v = read_value(top, &at);
	if (v == NULL)
		buf_printf(error,
		    "%zu: not a property list, or a duplicate key",
		    at != NULL ? at->line : root->line);
	xml_free(root);
	return v;
}

bool
plist_hosts(struct bytes text, const char *outer, const char *inner,
    bool (*read)(const char *host, const json_t *value, struct pinlist *out),
    const char *what, struct pinlist *out, struct buf *error)
{
	json_t *root = read_list(text, error), *hosts, *v;
	const char *name;
	bool ok;

	if (root == NULL)
		return false;
	hosts = json_object_get(root, outer);
	hosts = json_object_get(hosts != NULL ? hosts : root, inner);
	ok = json_is_object(hosts);
	if (!ok)
		buf_printf(error, "it has no %s", inner);
	json_object_foreach(hosts, name, v)
		if (ok && !read(name, v, out)) {
			buf_printf(error, "%s: %s", name, what);
			ok = false;
		}
	json_decref(root);
	return ok;
}
