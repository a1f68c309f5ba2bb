/* SPDX-License-Identifier: Apache-2.0 */
/* inventory: the expected certificates in the text report. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "report/text/page.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

void
text_inventory(const struct text_page *p)
{
	size_t i, n = report_json_count(p->doc, "expected");
	json_t *c;

	if (n == 0)
		return;
	text_page_heading(p, "EXPECTED CERTIFICATES");
	json_array_foreach(report_json_at(p->doc, "expected"), i, c) {
		struct buf name, pin;
		int64_t left =
		    (report_json_time(c, "not_after") - p->now) / TIME_DAY;

		if (i == TEXT_PAGE_LINES_MAX)
			break;
		buf_init(&name, SIZE_MAX / 2);
		buf_init(&pin, SIZE_MAX / 2);
		escape_line(
		    &name, bytes_of(report_json_item_text(c, "names", 0)), 34);
		escape_line(&pin, bytes_of(report_json_text(c, "pin.id")), 17);
		buf_printf(p->out, "  %-37s %-20s %-8s ", buf_text(&name),
		    buf_text(&pin), report_json_text(c, "pin.state"));
		if (left >= 0)
			buf_printf(p->out, "%" PRId64 " days\n", left);
		else
			buf_add_text(p->out, "expired\n");
		buf_fini(&name);
		buf_fini(&pin);
	}
	if (n > TEXT_PAGE_LINES_MAX)
		buf_printf(p->out, "  and %zu more; see ctwatch inventory\n",
		    n - TEXT_PAGE_LINES_MAX);
}
