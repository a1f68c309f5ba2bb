/* SPDX-License-Identifier: Apache-2.0 */
/* write_html: the report as one HTML page without scripts. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "report/html/html.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/write.h>
#include <ctwatch/wire/sha256.h>

/*
 * The page's Content-Security-Policy: no scripts, network or frames, and only
 * its own style sheet, by digest.
 */
static void
add_head(const struct html_page *p)
{
	uint8_t digest[SHA256_SIZE];
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1];

	sha256_digest(bytes_of(html_css), digest);
	text_base64((struct bytes){ digest, sizeof digest }, b64);
	buf_printf(p->out,
	    "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n"
	    "<meta http-equiv=Content-Security-Policy content=\"default-src "
	    "'none'; style-src 'sha256-%s'; base-uri 'none'; form-action "
	    "'none'\">\n"
	    "<meta name=viewport content=\"width=device-width,"
	    "initial-scale=1\">\n"
	    "<meta name=color-scheme content=\"light dark\">\n"
	    "<meta name=referrer content=no-referrer>\n"
	    "<meta name=robots content=noindex>\n"
	    "<title>ctwatch report %.10s</title>\n<style>%s</style></head>"
	    "<body>\n",
	    b64, report_json_text(p->doc, "run.ended"), html_css);
}

static void
add_title(const struct html_page *p)
{
	struct buf *out = p->out;

	buf_add_text(out,
	    "<header><h1>Certificates seen in public logs</h1>"
	    "<p class=meta>");
	html_time(out, report_json_text(p->doc, "run.ended"));
	buf_add_text(out, " UTC &middot; ");
	if (report_json_at(p->doc, "period") != NULL)
		buf_printf(out, "%.10s to %.10s, %zu runs &middot; ",
		    report_json_text(p->doc, "period.since"),
		    report_json_text(p->doc, "period.until"),
		    report_json_count(p->doc, "period.runs"));
	if (json_is_object(report_json_at(p->doc, "run.pinset"))) {
		buf_add_text(out, "pinset ");
		html_text(out, report_json_text(p->doc, "run.pinset.name"));
		buf_printf(out, " version %" PRId64 " &middot; ",
		    report_json_int(p->doc, "run.pinset.version"));
	} else
		buf_add_text(out, "no pinset &middot; ");
	html_number(out, report_json_int(p->doc, "run.watched"));
	buf_add_text(out,
	    " names and networks watched</p>\n<nav>"
	    "<a href=\"#findings\">Findings</a>"
	    "<a href=\"#timeline\">Issuance over time</a>"
	    "<a href=\"#inventory\">Inventory</a>"
	    "<a href=\"#coverage\">Coverage</a></nav></header>\n<main>\n");
}

static void
add_covered(const struct html_page *p)
{
	size_t behind = p->sum.logs - p->sum.complete;
	struct buf *out = p->out, narrow;

	buf_add_text(out, "<section><h2>Coverage</h2>");
	if (p->sum.logs == 0) {
		buf_add_text(out,
		    "<p class=\"say high\">No log was read</p>"
		    "</section>\n");
		return;
	}
	buf_init(&narrow, SIZE_MAX / 2);
	if (report_json_new_items(p->doc, &narrow))
		buf_add_text(&narrow, ". ");
	report_json_cover(p->doc, &narrow);
	if (p->sum.misbehaving > 0)
		buf_printf(out,
		    "<p class=\"say critical\">No: %zu log%s itself</p><p>",
		    p->sum.misbehaving,
		    p->sum.misbehaving > 1 ? "s contradict" : " contradicts");
	else if (behind > 0)
		buf_printf(out,
		    "<p class=\"say high\">No: %zu of %zu logs are behind</p>"
		    "<p>",
		    behind, p->sum.logs);
	else
		buf_printf(out,
		    "<p class=\"say %s\">%s: %zu of %zu logs</p><p>",
		    narrow.n > 0 ? "medium" : "good",
		    narrow.n > 0 ? "In part" : "Yes", p->sum.logs, p->sum.logs);
	html_number(out, p->sum.entries);
	buf_add_text(out,
	    p->sum.unproved > 0 ? " new entries read, not all verified."
	                        : " new entries read and verified.");
	if (behind > 0) {
		buf_add_byte(out, ' ');
		html_number(out, p->sum.lag_entries);
		buf_printf(out,
		    " are left. Operators with an unread log: %" PRId64 ".",
		    report_json_int(p->doc, "coverage.operators_behind"));
	}
	if (p->sum.refused > 0)
		buf_printf(
		    out, " %" PRId64 " could not be parsed.", p->sum.refused);
	if (p->sum.list_age > REPORT_JSON_LIST_OLD)
		buf_printf(out,
		    "</p><p><b class=high>The log list is %" PRId64
		    " days old</b>: newer logs are missing in it.",
		    p->sum.list_age / TIME_DAY);
	if (narrow.n > 0) {
		buf_add_text(out, "</p><p>");
		html_text(out, buf_text(&narrow));
	}
	buf_fini(&narrow);
	buf_add_text(out, "</p></section>\n");
}

static void
add_new(const struct html_page *p)
{
	size_t certs = 0, valid = 0;
	struct buf *out = p->out;

	buf_add_text(out, "<section><h2>New</h2>");
	if (p->sum.n_fresh == 0)
		buf_add_text(out, "<p class=\"say good\">Nothing</p>");
	else {
		buf_printf(out, "<p class=\"say %s\">",
		    rules_severity_word(
		        (enum rules_severity)p->sum.worst_fresh));
		html_number(out, (int64_t)p->sum.n_fresh);
		buf_printf(
		    out, " finding%s</p>", p->sum.n_fresh > 1 ? "s" : "");
	}
	buf_add_text(out, "<p>");
	html_number(out, (int64_t)p->sum.n_older);
	buf_add_text(out, " open from earlier runs,  ");
	html_number(out, (int64_t)p->sum.n_suppressed);
	buf_add_text(out, " suppressed, ");
	html_number(out, (int64_t)p->sum.n_resolved);
	buf_add_text(out, " resolved. ");
	html_number(out, (int64_t)report_walk_count(p->r, STORE_ITEM_EXPECTED));
	buf_add_text(out, " expected certificates.");
	for (size_t i = 0; i < p->groups.n; i++) {
		certs += p->groups.v[i].n_certs;
		valid += p->groups.v[i].n_valid;
	}
	if (certs > 0) {
		buf_add_text(out, " Findings about certificates: ");
		html_number(out, (int64_t)certs);
		buf_add_text(out, "; ");
		html_number(out, (int64_t)valid);
		buf_printf(out, " of those certificates %s still valid.",
		    valid == 1 ? "is" : "are");
	}
	buf_add_text(out, "</p></section>\n");
}

static void
add_worst(const struct html_page *p)
{
	const json_t *f = group_findings_worst(&p->groups);
	bool whole = p->sum.logs > 0 && p->sum.complete == p->sum.logs;
	struct buf *out = p->out;

	buf_add_text(out, "<section><h2>Severity</h2>");
	if (f == NULL)
		buf_printf(out, "<p class=\"say%s\">%s</p>",
		    whole ? " good" : "",
		    report_sums_no_findings(p->doc, &p->sum));
	else {
		buf_printf(out, "<p class=\"say %s\">%c%s: ",
		    report_json_text(f, "severity"),
		    report_json_text(f, "severity")[0] - 'a' + 'A',
		    report_json_text(f, "severity") + 1);
		html_text(out, report_json_text(f, "name"));
		buf_add_text(out, "</p><p>");
		html_text(out, report_json_text(f, "message"));
		buf_add_text(out, "</p>");
	}
	buf_add_text(out, "</section>\n<section><h2>Next step</h2>");
	if (f == NULL)
		buf_add_text(out,
		    whole ? "<p class=\"say good\">Nothing</p>"
		          : "<p>The next run continues where this one ended. "
		            "For reasons see <a "
		            "href=\"#coverage\">coverage</a>.</p>");
	else {
		buf_add_text(out, "<p>");
		if (p->groups.n > 1) {
			buf_add_text(out, "First, ");
			html_text(out, report_json_text(f, "name"));
			buf_add_text(out, ": ");
		}
		html_prose(out, report_json_text(f, "remediation"));
		buf_add_text(out, "</p>");
	}
	if (*report_json_text(f, "owner.contact") != '\0') {
		buf_add_text(out, "<p>Owner: ");
		html_text(out, report_json_text(f, "owner.name"));
		buf_add_byte(out, ' ');
		html_text(out, report_json_text(f, "owner.contact"));
		buf_add_text(out, "</p>");
	}
	buf_add_text(out, "</section>\n");
}

/* Report that this run was not saved completely. */
static void
add_unsaved(const struct html_page *p)
{
	if (*report_json_text(p->doc, "run.error") == '\0')
		return;
	buf_add_text(
	    p->out, "<p class=\"meta say critical\"><b>Not saved:</b> ");
	html_text(p->out, report_json_text(p->doc, "run.error"));
	buf_add_text(p->out,
	    ". The next run reads and reports the missing entries "
	    "again.</p>\n");
}

/* The channels with undelivered messages. */
static void
add_undelivered(const struct html_page *p)
{
	struct buf *out = p->out;
	size_t i;
	json_t *d;

	json_array_foreach(report_json_at(p->doc, "delivery"), i, d) {
		int64_t kept = report_json_int(d, "failed") +
		    report_json_int(d, "waiting");
		int64_t lost = report_json_int(d, "given_up");

		if (kept + lost == 0)
			continue;
		buf_add_text(out, "<p class=meta><b>Undelivered:</b> ");
		html_text(out, report_json_text(d, "channel"));
		buf_printf(out, ", %" PRId64 " not delivered: ", kept + lost);
		html_text(out, report_json_text(d, "error"));
		if (kept > 0)
			buf_add_text(out, "; kept for the next run");
		if (lost > 0)
			buf_printf(out, "; %" PRId64 " dropped after %d days",
			    lost, LIMIT_OUTBOX_DAYS);
		buf_add_text(out, ".</p>\n");
	}
}

static void
add_foot(const struct html_page *p)
{
	struct buf *out = p->out;

	buf_printf(out, "</main><footer>ctwatch %s, run %" PRId64 ", from ",
	    report_json_text(p->doc, "run.version"),
	    report_json_int(p->doc, "run.id"));
	html_time(out, report_json_text(p->doc, "run.started"));
	buf_add_text(out, " to ");
	html_time(out, report_json_text(p->doc, "run.ended"));
	buf_add_text(out, " UTC, ");
	report_json_exit(p->doc, out);
	buf_add_text(out, ". ");
	html_number(out, report_json_int(p->doc, "totals.entries"));
	buf_add_text(out, " entries, ");
	html_number(out, report_json_int(p->doc, "totals.bytes") / 1000000);
	buf_add_text(out, " MB.</footer></body></html>\n");
}

void
write_html(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct html_page p = { .r = r,
		.style = style,
		.doc = r->doc,
		.out = out,
		.now = report_json_time(r->doc, "run.ended") };

	report_sums_load(r, &p.sum);
	group_findings_make(&p.groups, r, p.now);
	add_head(&p);
	add_title(&p);
	add_unsaved(&p);
	buf_add_text(out, "<div class=answers>\n");
	add_covered(&p);
	add_new(&p);
	add_worst(&p);
	buf_add_text(out, "</div>\n");
	add_undelivered(&p);
	html_chart_severity(&p);
	html_findings_kinds(&p);
	html_findings(&p);
	html_chart_timeline(&p);
	html_inventory(&p);
	html_coverage(&p);
	add_foot(&p);
	group_findings_fini(&p.groups);
}
