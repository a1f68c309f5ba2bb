/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy/json_table.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

bool
json_table_fail(struct json_table *r, const char *fmt, ...)
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

void
json_table_enter(struct json_table *r, const char *name)
{
	if (r->path.n > 0)
		buf_add_byte(&r->path, '.');
	text_escape(&r->path, bytes_of(name));
}

void
json_table_element(struct json_table *r, const char *list, size_t i)
{
	buf_printf(&r->path, "%s[%zu]", list, i);
}

/* Members that any object may have. */
static bool
is_free(const char *name)
{
	return strcmp(name, "note") == 0 || strncmp(name, "x-", 2) == 0;
}

static bool
is_member(const struct json_table_member *members, const char *name)
{
	for (; members->name != NULL; members++)
		if (strcmp(members->name, name) == 0)
			return true;
	return is_free(name);
}

json_t *
json_table_parse(struct json_table *r, struct bytes text)
{
	json_error_t e;
	json_t *root = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);

	if (root == NULL) {
		buf_printf(r->error, "%s:%d:%d: ", r->file, e.line, e.column);
		text_escape(r->error, bytes_of(e.text));
	}
	return root;
}

bool
json_table_object(struct json_table *r, const json_t *v,
    const struct json_table_member *members, void *out)
{
	size_t here = r->path.n;
	const char *name;
	json_t *e;

	if (!json_is_object(v))
		return json_table_fail(r, "not an object");
	json_object_foreach((json_t *)v, name, e)
		if (!is_member(members, name)) {
			json_table_enter(r, name);
			return json_table_fail(r, "unknown member");
		}
	for (const struct json_table_member *m = members; m->name != NULL;
	     m++) {
		e = json_object_get(v, m->name);
		if (e == NULL && !m->required)
			continue;
		json_table_enter(r, m->name);
		if (e == NULL)
			return json_table_fail(r, "missing");
		if (!m->read(r, e, (char *)out + m->offset))
			return false;
		r->path.n = here;
	}
	return true;
}

bool
json_table_list(struct json_table *r, const json_t *v, void *list, size_t size,
    size_t *n, bool (*read)(struct json_table *r, const json_t *v, void *out))
{
	size_t here = r->path.n, i;
	char *elements;
	json_t *e;

	if (!json_is_array(v))
		return json_table_fail(r, "not a list");
	elements = mem_alloc(json_array_size(v) + 1, size);
	memcpy(list, &elements, sizeof elements);
	json_array_foreach((json_t *)v, i, e) {
		json_table_element(r, "", i);
		*n = i + 1;
		if (!read(r, e, elements + i * size))
			return false;
		r->path.n = here;
	}
	return true;
}

/* ---- indexes ---- */

static int
compare_entries(const void *a, const void *b)
{
	const struct json_table_entry *x = a, *y = b;
	int order = bytes_compare(x->text, y->text);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

void
json_table_index_add(struct json_table_index *ix, struct bytes text)
{
	ix->v = mem_grow(ix->v, ix->n, sizeof *ix->v);
	ix->v[ix->n] = (struct json_table_entry){ text, ix->n };
	ix->n++;
}

bool
json_table_index_sort(struct json_table *r, struct json_table_index *ix,
    const char *list, const char *member)
{
	if (ix->n > 0)
		qsort(ix->v, ix->n, sizeof *ix->v, compare_entries);
	for (size_t i = 1; i < ix->n; i++) {
		const struct json_table_entry *a = &ix->v[i - 1],
		                              *b = &ix->v[i];

		if (!bytes_equal(a->text, b->text))
			continue;
		buf_clear(&r->path);
		json_table_element(r, list, b->at);
		json_table_enter(r, member);
		return json_table_fail(
		    r, "the same as %s[%zu].%s", list, a->at, member);
	}
	return true;
}

bool
json_table_index_find(
    const struct json_table_index *ix, const char *text, size_t *at)
{
	struct json_table_entry key = { bytes_of(text), 0 };
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

bool
json_table_text(struct json_table *r, const json_t *v, void *out)
{
	const char *s = json_string_value(v);

	if (s == NULL || *s == '\0')
		return json_table_fail(r, "not a text, or empty");
	for (const char *p = s; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return json_table_fail(
			    r, "a control character in the text");
	*(char **)out = mem_strdup(s);
	return true;
}

bool
json_table_name(struct json_table *r, const json_t *v, void *out)
{
	if (!json_table_text(r, v, out))
		return false;
	for (const char *p = *(char **)out; *p != '\0'; p++)
		if ((unsigned char)*p > 0x7e)
			return json_table_fail(r, "not ASCII throughout");
	return true;
}

bool
json_table_time(struct json_table *r, const json_t *v, void *out)
{
	return (json_is_string(v) &&
	           time_parse(json_string_value(v), (int64_t *)out)) ||
	    json_table_fail(r, "not a time such as 2027-02-01T00:00:00Z");
}

static bool
read_int(struct json_table *r, const json_t *v, int least, void *out)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < least || n > JSON_TABLE_MAX)
		return json_table_fail(r, "not a whole number from %d to %d",
		    least, JSON_TABLE_MAX);
	*(int *)out = (int)n;
	return true;
}

bool
json_table_days(struct json_table *r, const json_t *v, void *out)
{
	return read_int(r, v, 0, out);
}

bool
json_table_count(struct json_table *r, const json_t *v, void *out)
{
	return read_int(r, v, 1, out);
}

bool
json_table_word(
    struct json_table *r, const json_t *v, const char *const *words, int *out)
{
	const char *s = json_string_value(v);
	struct buf list;

	for (*out = 0; s != NULL && words[*out] != NULL; ++*out)
		if (strcmp(s, words[*out]) == 0)
			return true;
	buf_init(&list, JSON_TABLE_PATH);
	for (int i = 0; words[i] != NULL; i++)
		buf_printf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	json_table_fail(r, "not one of %s", buf_text(&list));
	buf_fini(&list);
	return false;
}
