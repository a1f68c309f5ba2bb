/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/lex.h"
#include "rotate/plist.h"
#include "rotate/xml.h"
#include <ctwatch/base/text.h>

/* The text of the element as a JSON value of its kind. */
static json_t *
read_scalar(struct xml *x, struct bytes kind)
{
	bool number = bytes_is(kind, "integer");
	struct bytes text;
	json_t *v;

	if (bytes_is(kind, "true") || bytes_is(kind, "false"))
		return xml_text(x) ? json_boolean(bytes_is(kind, "true"))
		                   : NULL;
	if (!number && !bytes_is(kind, "string") && !bytes_is(kind, "date") &&
	    !bytes_is(kind, "data") && !bytes_is(kind, "real"))
		return NULL;
	if (!xml_text(x))
		return NULL;
	text = buf_view(&x->text);
	if (number) {
		const char *s = buf_text(&x->text);
		char *end;
		long long n;

		errno = 0;
		n = strtoll(s, &end, 10);
		v = end != s && *end == '\0' && errno == 0 ? json_integer(n)
		                                           : NULL;
	} else
		v = json_stringn((const char *)text.p, text.n);
	return v;
}

/* Recurses only as deep as xml.c lets elements nest. */
static json_t *read_value(struct xml *x);

static json_t *
read_dict(struct xml *x)
{
	json_t *dict = json_object();
	enum xml_event e;

	while ((e = xml_next(x)) != XML_END) {
		json_t *v = NULL;
		char *key;

		if (e == XML_TEXT && text_trim(buf_view(&x->text)).n == 0)
			continue;
		if (e != XML_START || !bytes_is(x->name, "key") || !xml_text(x))
			break;
		key = lex_dup(buf_view(&x->text));
		do
			e = xml_next(x);
		while (e == XML_TEXT && text_trim(buf_view(&x->text)).n == 0);
		if (e == XML_START && json_object_get(dict, key) == NULL)
			v = read_value(x);
		e = v != NULL && json_object_set_new(dict, key, v) == 0
		    ? XML_END
		    : XML_BAD;
		free(key);
		if (e == XML_BAD)
			break;
	}
	if (e == XML_END)
		return dict;
	json_decref(dict);
	return NULL;
}

static json_t *
read_array(struct xml *x)
{
	json_t *array = json_array();
	enum xml_event e;

	while ((e = xml_next(x)) != XML_END) {
		json_t *v;

		if (e == XML_TEXT && text_trim(buf_view(&x->text)).n == 0)
			continue;
		v = e == XML_START ? read_value(x) : NULL;
		if (v == NULL) {
			json_decref(array);
			return NULL;
		}
		json_array_append_new(array, v);
	}
	return array;
}

static json_t *
read_value(struct xml *x)
{
	if (bytes_is(x->name, "dict"))
		return read_dict(x);
	if (bytes_is(x->name, "array"))
		return read_array(x);
	return read_scalar(x, x->name);
}

/* Go to the first element of any depth that is a value. */
static bool
find_value(struct xml *x)
{
	enum xml_event e;

	while ((e = xml_next(x)) == XML_START || e == XML_TEXT)
		if (e == XML_START && !bytes_is(x->name, "plist"))
			return true;
	return false;
}

/* Only ends and blanks may follow. */
static bool
at_end(struct xml *x)
{
	enum xml_event e;

	do
		e = xml_next(x);
	while (e == XML_END ||
	    (e == XML_TEXT && text_trim(buf_view(&x->text)).n == 0));
	return e == XML_DONE;
}

/*
 * Read a property list as the JSON that says the same: dict, array, booleans
 * and integers as such, string, date, data and real as strings.  A key given
 * twice is refused.
 */
static json_t *
read_list(struct bytes text, struct buf *error)
{
	json_t *v = NULL;
	struct xml x;

	xml_init(&x, text);
	if (find_value(&x))
		v = read_value(&x);
	if (v != NULL && !at_end(&x)) {
		json_decref(v);
		v = NULL;
	}
	if (v == NULL)
		buf_printf(error, "%zu: %s", x.line,
		    x.error != NULL ? x.error
		                    : "not a property list, or a key twice");
	xml_fini(&x);
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
		buf_printf(error, "no %s in it", inner);
	json_object_foreach(hosts, name, v)
		if (ok && !read(name, v, out)) {
			buf_printf(error, "%s: %s", name, what);
			ok = false;
		}
	json_decref(root);
	return ok;
}
