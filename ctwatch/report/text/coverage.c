/* SPDX-License-Identifier: Apache-2.0 */
/* coverage: the logs that were read, in the text report. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "report/text/page.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

static void
refused(const struct text_page *p)
{
	size_t i, n = report_json_count(p->doc, "refused");
	json_t *r;

	if (n == 0)
		return;
	text_page_heading(p, "REFUSED");
	json_array_foreach(report_json_at(p->doc, "refused"), i, r) {
		const json_t *log =
		    report_json_log(p->doc, report_json_text(r, "log_id"));
		struct buf b;

		if (i == TEXT_PAGE_FULL_MAX)
			break;
		buf_init(&b, SIZE_MAX / 2);
		text_page_shown(&b,
		    log != NULL ? report_json_text(log, "description")
		                : report_json_text(r, "log_id"));
		buf_printf(
		    &b, ": entry %" PRId64 ": ", report_json_int(r, "index"));
		text_page_shown(&b, report_json_text(r, "reason"));
		if (*report_json_text(r, "possible_match") != '\0') {
			buf_add_text(&b, "; it contains ");
			text_page_shown(
			    &b, report_json_text(r, "possible_match"));
		}
		buf_add_text(p->out, "  ");
		text_page_wrap(p->out, 2, 4, buf_text(&b));
		buf_fini(&b);
	}
	if (n > TEXT_PAGE_FULL_MAX)
		buf_printf(p->out, "  and %zu more\n", n - TEXT_PAGE_FULL_MAX);
}

/* Who else has seen the head of a log. */
static void
witness_line(const struct text_page *p, const json_t *log)
{
	int64_t newest = report_json_time(log, "witnesses.newest");
	struct buf b;

	if (report_json_at(log, "witnesses") == NULL)
		return;
	buf_init(&b, SIZE_MAX / 2);
	buf_printf(&b, "%" PRId64 " of %" PRId64 "%s",
	    report_json_int(log, "witnesses.valid"),
	    report_json_int(log, "witnesses.of"),
	    report_json_true(log, "witnesses.quorum")
	        ? ""
	        : ", less than the quorum");
	if (newest > 0)
		buf_printf(&b, "; the newest cosignature is of %s",
		    report_json_text(log, "witnesses.newest"));
	if (*report_json_text(log, "witnesses.problem") != '\0') {
		buf_add_text(&b, "; ");
		text_page_shown(&b, report_json_text(log, "witnesses.problem"));
	}
	text_page_field(p, 4, "witnesses", "%s", buf_text(&b));
	buf_fini(&b);
}

static void
coverage_line(const struct text_page *p, const json_t *log)
{
	char fresh[32], at[32];
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	escape_line(&b, bytes_of(report_json_text(log, "description")), 26);
	buf_printf(p->out, "  %-29s %13s %15s  ", buf_text(&b),
	    text_page_number(report_json_int(log, "entries_read"), fresh),
	    text_page_number(report_json_int(log, "next_entry"), at));
	text_page_colour(p, text_page_is_behind(log) ? "33" : "32");
	buf_printf(p->out, "%s", report_json_text(log, "status"));
	text_page_colour(p, "0");
	buf_add_byte(p->out, '\n');
	if (report_json_is_unproved(log))
		text_page_field(p, 4, "unproved",
		    "the entries read are not verified by a signed head yet");
	witness_line(p, log);
	if (text_page_is_behind(log)) {
		buf_clear(&b);
		text_page_shown(&b, report_json_text(log, "reason"));
		text_page_field(p, 4, "reason", "%s", buf_text(&b));
		for (size_t i = 0;
		     i < report_json_count(log, "unread") && i < 4; i++) {
			const json_t *range =
			    report_json_item(log, "unread", i);

			text_page_field(p, 4, i == 0 ? "unread" : "",
			    "%" PRId64 " to %" PRId64,
			    (int64_t)json_integer_value(
			        json_array_get(range, 0)),
			    (int64_t)json_integer_value(
			        json_array_get(range, 1)));
		}
	}
	buf_fini(&b);
}

static void
list_ages(const struct text_page *p)
{
	size_t i;
	json_t *l;

	json_array_foreach(report_json_at(p->doc, "run.lists"), i, l) {
		struct buf b;

		buf_init(&b, SIZE_MAX / 2);
		text_page_shown(&b, report_json_text(l, "source"));
		report_json_list_describe(l, p->now, &b);
		if (*report_json_text(l, "error") != '\0') {
			buf_add_text(&b, "; no newer copy: ");
			text_page_shown(&b, report_json_text(l, "error"));
		}
		text_page_field(
		    p, 2, i == 0 ? "log lists" : "", "%s", buf_text(&b));
		buf_fini(&b);
	}
}

/* Items that probably cannot match. */
static void
doubtful(const struct text_page *p)
{
	int64_t all = report_json_int(p->doc, "coverage.doubtful_items_count");
	size_t i, shown = 0;
	json_t *v;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	json_array_foreach(
	    report_json_at(p->doc, "coverage.doubtful_items"), i, v) {
		if (i == TEXT_PAGE_FULL_MAX)
			break;
		buf_clear(&b);
		text_page_shown(&b, report_json_text(v, "item"));
		buf_add_text(&b, ": ");
		text_page_shown(&b, report_json_text(v, "reason"));
		text_page_field(
		    p, 2, shown++ == 0 ? "doubtful" : "", "%s", buf_text(&b));
	}
	if (all > (int64_t)shown)
		text_page_field(p, 2, "", "and %" PRId64 " more watched items",
		    all - (int64_t)shown);
	buf_fini(&b);
}

void
text_coverage(const struct text_page *p)
{
	bool brief = p->style->brief;
	size_t i, left_out;
	struct buf limits;
	json_t *log;

	refused(p);
	text_page_heading(p, "COVERAGE");
	if (!brief || p->sum.complete < p->sum.logs) {
		text_page_colour(p, "1");
		buf_printf(p->out, "  %-29s %13s %15s  %s\n", "log",
		    "new entries", "read up to", "status");
		text_page_colour(p, "0");
	}
	json_array_foreach(report_json_at(p->doc, "coverage.logs"), i, log)
		if (text_page_is_behind(log))
			coverage_line(p, log);
	json_array_foreach(report_json_at(p->doc, "coverage.logs"), i, log)
		if (!brief &&
		    strcmp(report_json_text(log, "status"), "complete") == 0)
			coverage_line(p, log);
	if (brief)
		text_page_field(p, 2, "complete", "%zu of %zu logs",
		    p->sum.complete, p->sum.logs);
	else
		buf_add_byte(p->out, '\n');
	left_out =
	    (size_t)report_json_int(p->doc, "coverage.cover.logs_left_out");
	if (left_out > 0) {
		struct buf b;

		buf_init(&b, SIZE_MAX / 2);
		text_page_shown(&b,
		    report_json_text(
		        p->doc, "coverage.cover.skipped_operator"));
		text_page_field(p, 2, "left out",
		    "%zu log%s of %s (--skip-operator)", left_out,
		    left_out > 1 ? "s" : "", buf_text(&b));
		buf_fini(&b);
	}
	if (p->sum.skipped > left_out)
		text_page_field(p, 2, "not read",
		    "%zu listed logs, because of their state or dates; for "
		    "reasons see ctwatch logs",
		    p->sum.skipped - left_out);
	doubtful(p);
	text_caa(p);
	list_ages(p);
	buf_init(&limits, SIZE_MAX / 2);
	report_json_limits(p->doc, &limits);
	text_page_field(p, 2, "limits", "%s", buf_text(&limits));
	buf_fini(&limits);
}
