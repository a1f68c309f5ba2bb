/* SPDX-License-Identifier: Apache-2.0 */
/* caa: the CAA records of the watched names, in the text report. */
#include <jansson.h>

#include "report/caa_lines.h"
#include "report/text/page.h"

static void
field(const struct text_page *p, const char *label, struct buf *line)
{
	struct buf shown;

	buf_init(&shown, SIZE_MAX / 2);
	text_page_message(&shown, buf_text(line));
	text_page_field(p, 2, label, "%s", buf_text(&shown));
	buf_fini(&shown);
	buf_clear(line);
}

void
text_caa(const struct text_page *p)
{
	const json_t *caa = report_json_at(p->doc, "coverage.caa"), *name;
	size_t i, shown = 0;
	struct buf line;

	if (caa == NULL)
		return;
	buf_init(&line, SIZE_MAX / 2);
	caa_lines_summary(caa, &line);
	field(p, "CAA", &line);
	json_array_foreach(json_object_get(caa, "names"), i, name) {
		if (shown == TEXT_PAGE_FULL_MAX)
			break;
		if (p->style->brief && !caa_lines_is_missing(name))
			continue;
		caa_lines_name(name, &line);
		field(p, "", &line);
		shown++;
	}
	caa_lines_not_judged(caa, &line);
	if (line.n > 0)
		field(p, "", &line);
	buf_fini(&line);
}
