/* SPDX-License-Identifier: Apache-2.0 */
/* write_json: the report document itself. */
#include <stdlib.h>

#include <jansson.h>

#include <ctwatch/report/report_json.h>
#include <ctwatch/report/write.h>

/* Digits for seconds, as of the clock. */
#define FLAGS JSON_REAL_PRECISION(12)

static int
add(const char *text, size_t n, void *out)
{
	return buf_add(out, bytes_at(text, n)) ? 0 : -1;
}

void
write_json(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	(void)style;
	json_dump_callback(r->doc, add, out, FLAGS | JSON_INDENT(2));
	buf_add_byte(out, '\n');
}

void
write_json_line(struct json_t *v, struct buf *out)
{
	json_dump_callback(v, add, out, FLAGS | JSON_COMPACT);
	buf_add_byte(out, '\n');
}

void
write_json_each(const struct report *r,
    json_t *(*make)(const json_t *doc, const json_t *finding), struct buf *out)
{
	size_t i;
	json_t *f;

	json_array_foreach(report_json_at(r->doc, "findings"), i, f) {
		json_t *v = make(r->doc, f);

		write_json_line(v, out);
		json_decref(v);
	}
}

void
write_json_lines(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	size_t i;
	json_t *f;

	(void)style;
	json_array_foreach(report_json_at(r->doc, "findings"), i, f)
		write_json_line(f, out);
}
