/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text/page.h"
#include <ctwatch/report/write.h>

void
write_text(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct text_page_page p = { .doc = r->doc,
		.style = style,
		.out = out,
		.now = report_json_time(r->doc, "run.ended") };

	report_json_sum(r->doc, &p.sum);
	group_findings_make(&p.groups, r->doc, p.now);
	text_summary(&p);
	text_findings(&p);
	if (!style->brief)
		text_inventory(&p);
	text_coverage(&p);
	group_findings_fini(&p.groups);
}
