/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/report/print.h>
#include <ctwatch/report/write.h>

void
write_text(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct print_page p = { .doc = r->doc,
		.style = style,
		.out = out,
		.now = doc_time(r->doc, "run.ended") };

	doc_sum(r->doc, &p.sum);
	groups_make(&p.groups, r->doc, p.now);
	print_summary(&p);
	print_findings(&p);
	if (!style->brief)
		print_inventory(&p);
	print_coverage(&p);
	groups_fini(&p.groups);
}
