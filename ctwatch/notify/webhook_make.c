/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "notify/webhook_make.h"
#include <ctwatch/base/text.h>
#include <ctwatch/report/report_sums.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

void
webhook_make_take(const struct webhook_news *n, const char *item, json_t *v)
{
	struct buf body;

	buf_init(&body, SIZE_MAX / 2);
	write_json_line(v, &body);
	json_decref(v);
	n->take(n->arg, item, buf_view(&body));
	buf_fini(&body);
}

json_t *
webhook_make_text(const char *text, size_t max)
{
	static const char more[] = "...";
	struct bytes in = bytes_of(text);
	struct buf cut;
	json_t *out;

	if (in.n <= max)
		return json_string(text);
	buf_init(&cut, max);
	buf_add(&cut, text_cut(in, max - (sizeof more - 1)));
	buf_add_text(&cut, more);
	out = json_stringn((const char *)cut.p, cut.n);
	buf_fini(&cut);
	return out;
}

void
webhook_make_title(const json_t *finding, struct buf *out)
{
	buf_printf(out, "%s: %s (%s)", report_json_text(finding, "severity"),
	    report_json_text(finding, "name"),
	    report_json_text(finding, "rule"));
}

int64_t
webhook_make_more_names(const json_t *finding)
{
	int64_t listed = (int64_t)report_json_count(finding, "matched_names"),
	        all = report_json_int(finding, "matched_count");

	if (all < listed)
		all = listed;
	return all > WEBHOOK_MAKE_NAMES ? all - WEBHOOK_MAKE_NAMES : 0;
}

void
webhook_make_run(const struct report *r, struct buf *out)
{
	struct report_sums sum;

	report_sums_load(r, &sum);
	buf_printf(out, "Run of %s: %zu of %zu log%s covered, ",
	    report_json_text(r->doc, "run.ended"), sum.complete, sum.logs,
	    sum.logs == 1 ? "" : "s");
	report_json_exit(r->doc, out);
}

void
webhook_make_rest(const struct report *r, size_t shown, struct buf *out)
{
	size_t all = report_walk_count(r, STORE_ITEM_FINDING);

	if (all > shown)
		buf_printf(out,
		    "%zu more new finding%s: ctwatch findings list --status "
		    "new. ",
		    all - shown, all - shown == 1 ? "" : "s");
}
