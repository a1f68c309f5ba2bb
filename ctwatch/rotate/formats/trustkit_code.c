/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/formats/trustkit_code.h"
#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

static const char domains_name[] = "kTSKPinnedDomains";

struct reader {
	struct bytes rest, source;
	size_t depth;
};

bool
trustkit_code_detect(struct bytes text)
{
	return lex_has(text, domains_name);
}

static bool
take_token(struct reader *r, const char *token)
{
	r->rest = text_trim(r->rest);
	return lex_prefix(&r->rest, token);
}

static bool
next_is(const struct reader *r, const char *token)
{
	struct bytes rest = text_trim(r->rest);

	return lex_prefix(&rest, token);
}

/* true, @YES, kTSKReportUris, or a string constant of the file. */
static json_t *
read_name(struct reader *r)
{
	struct bytes name;
	char *value;
	json_t *v;

	if (!lex_identifier(&r->rest, &name))
		return NULL;
	if (bytes_is(name, "true") || bytes_is(name, "YES"))
		return json_true();
	if (bytes_is(name, "false") || bytes_is(name, "NO"))
		return json_false();
	if (name.n > 4 && memcmp(name.p, "kTSK", 4) == 0)
		return json_stringn((const char *)name.p + 1, name.n - 1);
	value = lex_constant(r->source, name);
	v = value != NULL ? json_string(value) : NULL;
	free(value);
	return v;
}

static json_t *read_value(struct reader *r);

/* Read the rest of a dictionary after its first key. */
static json_t *
read_dict(struct reader *r, json_t *key, const char *end)
{
	json_t *dict = json_object();

	for (;;) {
		const char *name = json_string_value(key);
		json_t *v = NULL;

		if (name != NULL && json_object_get(dict, name) == NULL &&
		    take_token(r, ":"))
			v = read_value(r);
		if (v == NULL || json_object_set_new(dict, name, v) != 0)
			break;
		json_decref(key);
		key = NULL;
		take_token(r, ",");
		if (take_token(r, end))
			return dict;
		key = read_value(r);
	}
	json_decref(key);
	json_decref(dict);
	return NULL;
}

/* Swift writes both an array and a dictionary in brackets. */
static json_t *
read_brackets(struct reader *r)
{
	json_t *array, *v;

	if (take_token(r, "]"))
		return json_array();
	if (take_token(r, ":"))
		return take_token(r, "]") ? json_object() : NULL;
	v = read_value(r);
	if (v != NULL && next_is(r, ":"))
		return read_dict(r, v, "]");
	array = json_array();
	while (v != NULL) {
		json_array_append_new(array, v);
		take_token(r, ",");
		if (take_token(r, "]"))
			return array;
		v = read_value(r);
	}
	json_decref(array);
	return NULL;
}

static json_t *
read_literal(struct reader *r)
{
	json_t *v;
	char *s;

	if (!lex_literal(&r->rest, &s))
		return NULL;
	v = json_string(s); /* NULL unless it is UTF-8 */
	free(s);
	return v;
}

static json_t *
read_value(struct reader *r)
{
	json_t *v;

	if (r->depth == LIMIT_XML_DEPTH)
		return NULL;
	r->depth++;
	take_token(r, "@"); /* of Objective-C */
	if (take_token(r, "{"))
		v = take_token(r, "}") ? json_object()
		                       : read_dict(r, read_value(r), "}");
	else if (take_token(r, "["))
		v = read_brackets(r);
	else if (r->rest.n > 0 && r->rest.p[0] == '"')
		v = read_literal(r);
	else
		v = read_name(r);
	r->depth--;
	return v;
}

json_t *
trustkit_code_read(struct bytes text, struct buf *error)
{
	json_t *out = json_object(), *v;
	struct reader r = { 0 };
	struct buf plain;
	bool ok = true;

	buf_init(&plain, text.n + 1);
	lex_uncomment(text, &plain);
	r.rest = r.source = buf_view(&plain);
	while (ok && lex_past(&r.rest, domains_name)) {
		if (!take_token(&r, ":"))
			continue;
		v = read_value(&r);
		ok = json_is_object(v) && json_object_update(out, v) == 0;
		json_decref(v);
	}
	if (ok && json_object_size(out) == 0)
		ok = false;
	if (!ok) {
		buf_printf(error,
		    "byte %zu: kTSKPinnedDomains is not a literal of strings, "
		    "Booleans and constants of this file",
		    plain.n - r.rest.n);
		json_decref(out);
		out = NULL;
	}
	buf_fini(&plain);
	return out;
}
