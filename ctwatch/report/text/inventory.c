/* SPDX-License-Identifier: Apache-2.0 */
/* inventory: the expected certificates in the text report. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "report/text/page.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

static void
certificate(const struct text_page *p, const json_t *c)
{
	struct buf name, pin;
	int64_t left = (report_json_time(c, "not_after") - p->now) / TIME_DAY;

	buf_init(&name, SIZE_MAX / 2);
	buf_init(&pin, SIZE_MAX / 2);
	escape_line(&name, bytes_of(report_json_item_text(c, "names", 0)), 34);
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

void
text_inventory(const struct text_page *p)
{
	struct report_walk w = report_walk(p->r, STORE_ITEM_EXPECTED);
	size_t n = report_walk_count(p->r, STORE_ITEM_EXPECTED);

	if (n == 0)
		return;
	text_page_heading(p, "EXPECTED CERTIFICATES");
	for (size_t i = 0; i < TEXT_PAGE_LINES_MAX && report_walk_next(&w); i++)
		certificate(p, report_walk_json(&w));
	report_walk_end(&w);
	if (n > TEXT_PAGE_LINES_MAX)
		buf_printf(p->out, "  and %zu more; see ctwatch inventory\n",
		    n - TEXT_PAGE_LINES_MAX);
}
