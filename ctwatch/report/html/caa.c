/* SPDX-License-Identifier: Apache-2.0 */
/* caa: the CAA records of the watched names, in the HTML report. */
#include <jansson.h>

#include "report/caa_lines.h"
#include "report/html/html.h"

/* Names that are listed; others are counted in the summary. */
#define NAMES_MAX 1000

void
html_caa(const struct html_page *p)
{
	const json_t *caa = report_json_at(p->doc, "coverage.caa"), *name;
	struct buf line;
	size_t i;

	if (caa == NULL)
		return;
	buf_init(&line, SIZE_MAX / 2);
	caa_lines_summary(caa, &line);
	buf_add_text(p->out, "<details><summary><h3>CAA records</h3> ");
	html_text(p->out, buf_text(&line));
	buf_add_text(p->out, "</summary><ul>\n");
	json_array_foreach(json_object_get(caa, "names"), i, name) {
		if (i == NAMES_MAX)
			break;
		buf_clear(&line);
		caa_lines_name(name, &line);
		buf_add_text(p->out, "<li>");
		html_text(p->out, buf_text(&line));
		buf_add_byte(p->out, '\n');
	}
	buf_clear(&line);
	caa_lines_not_judged(caa, &line);
	buf_add_text(p->out, "</ul><p>");
	html_text(p->out, buf_text(&line));
	buf_add_text(p->out, "</p></details>\n");
	buf_fini(&line);
}
