/* SPDX-License-Identifier: Apache-2.0 */
/* coverage: the logs that were read, in the HTML report. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "report/html/html.h"
#include <ctwatch/base/time.h>

#define REFUSED_MAX 1000

/* Return the part of a description in quotes: Argon2026h2 of Google
 * 'Argon2026h2' log; without quotes the whole. */
static void
add_short_name(struct buf *out, const char *description)
{
	const char *from = strstr(description, " '");
	const char *to = from != NULL ? strrchr(description, '\'') : NULL;
	char name[64];

	if (from == NULL || to <= ++from + 1 ||
	    (size_t)(to - from) > sizeof name) {
		html_text(out, description);
		return;
	}
	memcpy(name, from + 1, (size_t)(to - from - 1));
	name[to - from - 1] = '\0';
	html_text(out, name);
}

static bool
is_skipped(const json_t *log)
{
	return strcmp(report_json_text(log, "status"), "skipped") == 0;
}

/* Report whether log at is the first one read of its operator. */
static bool
first_of_operator(const json_t *logs, size_t at)
{
	const char *operator=
	    report_json_text(json_array_get(logs, at), "operator");

	if (is_skipped(json_array_get(logs, at)))
		return false;
	for (size_t i = 0; i < at; i++)
		if (strcmp(
		        report_json_text(json_array_get(logs, i), "operator"),
		        operator) == 0 &&
		    !is_skipped(json_array_get(logs, i)))
			return false;
	return true;
}

static void
add_operator(const struct html_page *p, const char *operator)
{
	struct buf *out = p->out;
	size_t i, skipped = 0;
	json_t *log;

	buf_add_text(out, "<div><b>");
	html_text(out, *operator!= '\0' ? operator: "(no operator named)");
	buf_add_text(out, "</b><ul>");
	json_array_foreach(report_json_at(p->doc, "coverage.logs"), i, log) {
		if (strcmp(report_json_text(log, "operator"), operator) != 0)
			continue;
		if (is_skipped(log)) {
			skipped++;
			continue;
		}
		buf_printf(
		    out, "<li class=%s>", report_json_text(log, "status"));
		add_short_name(out, report_json_text(log, "description"));
		if (strcmp(report_json_text(log, "status"), "complete") == 0) {
			buf_add_text(out, "<small>+");
			html_number(out, report_json_int(log, "entries_read"));
			buf_add_text(out, "</small>");
		} else if (*report_json_text(log, "reason") != '\0') {
			buf_add_text(out, "<small>");
			html_text(out, report_json_text(log, "reason"));
			buf_add_text(out, "</small>");
		}
		buf_add_text(out, "</li>");
	}
	if (skipped > 0)
		buf_printf(
		    out, "<li class=skipped>%zu not to be read</li>", skipped);
	buf_add_text(out, "</ul></div>\n");
}

static void
add_map(const struct html_page *p)
{
	const json_t *logs = report_json_at(p->doc, "coverage.logs");
	size_t i;
	json_t *log;

	buf_add_text(p->out, "<div class=map>\n");
	json_array_foreach(logs, i, log)
		if (first_of_operator(logs, i))
			add_operator(p, report_json_text(log, "operator"));
	buf_add_text(p->out,
	    "</div>\n<ul class=key><li>&#10003; read to its signed head and "
	    "proved</li><li>&#9680; partly</li><li>&#10005; unreachable</li>"
	    "<li>! contradicts itself</li><li>? unusable as listed</li>"
	    "</ul>\n");
	if (p->sum.skipped > 0)
		buf_printf(p->out,
		    "<p class=meta>Listed logs that are not read because of "
		    "state, dates, --log or --skip-operator: %zu. The table "
		    "has the "
		    "reasons.</p>\n",
		    p->sum.skipped);
}

static void
add_unread(struct buf *out, const json_t *log)
{
	size_t i;
	json_t *range;

	json_array_foreach(report_json_at(log, "unread"), i, range) {
		buf_add_text(out, i > 0 ? "<br>" : "<br>unread: ");
		html_number(out, json_integer_value(json_array_get(range, 0)));
		buf_add_text(out, " to ");
		html_number(out, json_integer_value(json_array_get(range, 1)));
	}
}

static void
add_witnesses(struct buf *out, const json_t *log)
{
	if (report_json_at(log, "witnesses") == NULL)
		return;
	buf_printf(out, "<br>witnesses: %" PRId64 " of %" PRId64 "%s",
	    report_json_int(log, "witnesses.valid"),
	    report_json_int(log, "witnesses.of"),
	    report_json_true(log, "witnesses.quorum")
	        ? ""
	        : ", less than the quorum");
	if (*report_json_text(log, "witnesses.problem") != '\0') {
		buf_add_text(out, "; ");
		html_text(out, report_json_text(log, "witnesses.problem"));
	}
}

static void
add_log_row(struct buf *out, const json_t *log)
{
	buf_add_text(out, "<tr><td class=t>");
	html_text(out, report_json_text(log, "description"));
	buf_add_text(out, "<br><span class=mono>");
	html_text(out, report_json_text(log, "url"));
	buf_printf(out, "</span><td data-l=Status>%s%s",
	    report_json_text(log, "status"),
	    report_json_true(log, "verified") ? ", verified" : "");
	if (*report_json_text(log, "reason") != '\0') {
		buf_add_text(out, "<br><i>");
		html_text(out, report_json_text(log, "reason"));
		buf_add_text(out, "</i>");
	}
	add_witnesses(out, log);
	add_unread(out, log);
	buf_add_text(out, "<td class=n data-l=From>");
	html_number(out, report_json_int(log, "first_entry"));
	buf_add_text(out, "<td class=n data-l=\"Up to\">");
	html_number(out, report_json_int(log, "next_entry"));
	buf_add_text(out, "<td class=n data-l=\"Tree size\">");
	if (json_is_integer(report_json_at(log, "tree_size")))
		html_number(out, report_json_int(log, "tree_size"));
	else
		buf_add_text(out, "&ndash;");
	buf_add_text(out, "<td class=k data-l=\"Head of\">");
	html_time(out, report_json_text(log, "sth_timestamp"));
	buf_add_text(out, "<td class=mono data-l=\"Root hash\">");
	html_text(out, report_json_text(log, "root_hash"));
	buf_add_byte(out, '\n');
}

static void
add_log_table(const struct html_page *p)
{
	size_t i;
	json_t *log;

	buf_add_text(p->out,
	    "<details><summary><h3>All logs with range and signed "
	    "head</h3></summary><div class=\"scroll "
	    "stack\"><table><thead><tr><th>Log<th>Status<th class=n>From<th "
	    "class=n>Up to<th class=n>Tree size<th>Head of (UTC)<th>Root "
	    "hash<tbody>\n");
	json_array_foreach(report_json_at(p->doc, "coverage.logs"), i, log)
		add_log_row(p->out, log);
	buf_add_text(p->out, "</table></div></details>\n");
}

static void
add_refused(const struct html_page *p)
{
	size_t i, n = report_json_count(p->doc, "refused");
	struct buf *out = p->out;
	json_t *r;

	if (n == 0)
		return;
	buf_printf(out,
	    "<h3>Entries that could not be read <i>%zu</i></h3><div "
	    "class=\"scroll stack\"><table><thead><tr><th>Log<th "
	    "class=n>Entry<th>Why<th>May match<tbody>\n",
	    n);
	json_array_foreach(report_json_at(p->doc, "refused"), i, r) {
		const json_t *log =
		    report_json_log(p->doc, report_json_text(r, "log_id"));

		if (i == REFUSED_MAX)
			break;
		buf_add_text(out, "<tr><td class=t>");
		html_text(out,
		    report_json_text(log != NULL ? log : r,
		        log != NULL ? "description" : "log_id"));
		buf_add_text(out, "<td class=n data-l=Entry>");
		html_number(out, report_json_int(r, "index"));
		buf_add_text(out, "<td data-l=Why>");
		html_text(out, report_json_text(r, "reason"));
		buf_add_text(out, "<td data-l=\"May match\">");
		html_text(out, report_json_text(r, "possible_match"));
		buf_add_byte(out, '\n');
	}
	buf_add_text(out, "</table></div>\n");
	if (n > REFUSED_MAX)
		buf_printf(
		    out, "<p><i>and %zu more</i></p>\n", n - REFUSED_MAX);
}

static void
add_lists(const struct html_page *p)
{
	struct buf *out = p->out;
	size_t i;
	json_t *l;

	buf_add_text(out, "<h3>Limits of this report</h3><p>");
	report_json_limits(p->doc, out);
	buf_add_text(out, "</p><dl>");
	json_array_foreach(report_json_at(p->doc, "run.lists"), i, l) {
		buf_add_text(out, "<dt>Log list</dt><dd>");
		html_text(out, report_json_text(l, "source"));
		report_json_list_describe(l, p->now, out);
		if (*report_json_text(l, "error") != '\0') {
			buf_add_text(out, "; no newer copy: ");
			html_text(out, report_json_text(l, "error"));
		}
		buf_add_text(out, "</dd>");
	}
	buf_add_text(out, "</dl>\n");
}

void
html_coverage(const struct html_page *p)
{
	buf_add_text(p->out, "<h2 id=coverage>Coverage</h2>\n");
	add_map(p);
	add_log_table(p);
	add_refused(p);
	html_caa(p);
	add_lists(p);
}
