/* SPDX-License-Identifier: Apache-2.0 */
/* write_json: the report document itself. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/policy/rules_text.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

static int
add(const char *text, size_t n, void *out)
{
	return buf_add(out, bytes_at(text, n)) ? 0 : -1;
}

/* A value within the document. */
struct inner {
	struct buf *out;
	size_t depth; /* in blanks, at most 4 */
};

/* As add, but begin each line with more blanks.  Strings have no newline. */
static int
add_inner(const char *text, size_t n, void *arg)
{
	static const char blanks[] = "\n    ";
	const struct inner *i = arg;
	struct bytes rest = bytes_at(text, n), line;

	while (bytes_until(&rest, '\n', &line))
		if (!buf_add(i->out, line) ||
		    !buf_add(i->out, bytes_at(blanks, 1 + i->depth)))
			return -1;
	return buf_add(i->out, rest) ? 0 : -1;
}

static void
add_value(const json_t *v, size_t depth, struct buf *out)
{
	json_dump_callback(v, add_inner, &(struct inner){ out, depth },
	    REPORT_JSON_REAL | JSON_ENCODE_ANY | JSON_INDENT(2));
}

void
write_json_array(const struct report *r, const struct report_style *style,
    const char *name, enum store_item_kind kind, struct buf *out)
{
	struct report_walk w = report_walk(r, kind);
	const char *before = "";

	buf_printf(out, "\"%s\": [", name);
	while (report_walk_next(&w)) {
		buf_printf(out, "%s\n    ", before);
		add_value(report_walk_json(&w), 4, out);
		report_output_drain(style, out);
		before = ",";
	}
	buf_add_text(out, *before != '\0' ? "\n  ]" : "]");
}

/* The member after which findings and expected certificates follow, if they
 * are in the store. */
#define BEFORE_FINDINGS "owners"

void
write_json(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	const char *name;
	json_t *v;
	bool first = true;

	if (r->items == NULL) {
		json_dump_callback(
		    r->doc, add, out, REPORT_JSON_REAL | JSON_INDENT(2));
		buf_add_byte(out, '\n');
		return;
	}
	buf_add_byte(out, '{');
	json_object_foreach(r->doc, name, v) {
		buf_add_text(out, first ? "\n  " : ",\n  ");
		first = false;
		buf_printf(out, "\"%s\": ", name);
		add_value(v, 2, out);
		if (strcmp(name, BEFORE_FINDINGS) != 0)
			continue;
		buf_add_text(out, ",\n  ");
		write_json_array(r, style, "findings", STORE_ITEM_FINDING, out);
		buf_add_text(out, ",\n  ");
		write_json_array(
		    r, style, "expected", STORE_ITEM_EXPECTED, out);
	}
	buf_add_text(out, "\n}\n");
}

void
write_json_value(struct json_t *v, struct buf *out)
{
	json_dump_callback(v, add, out, REPORT_JSON_REAL | JSON_COMPACT);
}

void
write_json_line(struct json_t *v, struct buf *out)
{
	write_json_value(v, out);
	buf_add_byte(out, '\n');
}

json_t *
write_json_title(const json_t *finding)
{
	const struct rules_rule *rule = report_json_rule(finding);
	struct bytes title;

	if (rule == NULL)
		return json_incref(report_json_at(finding, "name"));
	title = rules_text_title(rule);
	return json_stringn((const char *)title.p, title.n);
}

void
write_json_each(const struct report *r, const struct report_style *style,
    json_t *(*make)(const json_t *doc, const json_t *finding), struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);

	while (report_walk_next(&w)) {
		json_t *v = make(r->doc, report_walk_json(&w));

		write_json_line(v, out);
		json_decref(v);
		report_output_drain(style, out);
	}
}

void
write_json_lines(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);

	while (report_walk_next(&w)) {
		write_json_line(report_walk_json(&w), out);
		report_output_drain(style, out);
	}
}
