/* SPDX-License-Identifier: Apache-2.0 */
/* findings: the findings in the text report. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/text/page.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

/* A mail shows fewer findings, so that it is short enough to be read. */
#define BRIEF_FULL_MAX  10
#define BRIEF_LINES_MAX 40

static void
validity(const struct text_page *p, struct buf *b, const json_t *cert)
{
	int64_t end = report_json_time(cert, "not_after");

	buf_printf(b, "%.10s to %.10s", report_json_text(cert, "not_before"),
	    report_json_text(cert, "not_after"));
	if (end >= p->now)
		buf_printf(
		    b, ", %" PRId64 " days left", (end - p->now) / TIME_DAY);
	else if (end != 0)
		buf_printf(b, ", expired %" PRId64 " days ago",
		    (p->now - end) / TIME_DAY);
}

static void
certificate(const struct text_page *p, const json_t *cert)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	text_page_list(&b, cert, "names", 8);
	if (report_json_count(cert, "addresses") > 0) {
		buf_add_text(&b, b.n > 0 ? ", " : "");
		text_page_list(&b, cert, "addresses", 4);
	}
	text_page_field(p, 4, "names", "%s", buf_text(&b));
	buf_clear(&b);
	text_page_shown(&b, report_json_text(cert, "subject"));
	text_page_field(p, 4, "subject", "%s", buf_text(&b));
	buf_clear(&b);
	text_page_shown(&b, report_json_text(cert, "issuer"));
	text_page_field(p, 4, "issuer", "%s", buf_text(&b));
	text_page_field(p, 4, "key", "%s%ssha256/%s",
	    report_json_text(cert, "key"),
	    *report_json_text(cert, "key") != '\0' ? ", " : "",
	    report_json_text(cert, "spki_sha256"));
	buf_clear(&b);
	validity(p, &b, cert);
	text_page_field(p, 4, "valid", "%s", buf_text(&b));
	buf_clear(&b);
	text_page_shown(&b, report_json_text(cert, "serial"));
	text_page_field(p, 4, "serial", "%s", buf_text(&b));
	text_page_field(
	    p, 4, "tbs", "%s", report_json_text(cert, "tbs_sha256"));
	buf_clear(&b);
	text_page_list(&b, cert, "notes", 4);
	text_page_field(p, 4, "deviations", "%s", buf_text(&b));
	buf_fini(&b);
}

static void
logged(const struct text_page *p, const json_t *f)
{
	size_t n = report_json_count(f, "sightings");

	for (size_t i = 0; i < n && i < 4; i++) {
		const json_t *s = report_json_item(f, "sightings", i);
		const json_t *log =
		    report_json_log(p->doc, report_json_text(s, "log_id"));
		struct buf b;

		buf_init(&b, SIZE_MAX / 2);
		text_page_shown(&b,
		    log != NULL ? report_json_text(log, "description")
		                : report_json_text(s, "log_id"));
		text_page_field(p, 4, i == 0 ? "logged" : "",
		    "%s, entry %" PRId64 ", %s, %s%s",
		    report_json_text(s, "timestamp"),
		    report_json_int(s, "index"), report_json_text(s, "kind"),
		    buf_text(&b),
		    report_json_true(s, "verified") ? "" : " (unverified)");
		buf_fini(&b);
	}
	if (n > 4)
		text_page_field(p, 4, "", "and %zu more sightings", n - 4);
}

/* The rest of the life of a finding: seen, reported, due, revoked. */
static void
response(const struct text_page *p, const json_t *f)
{
	const json_t *r = report_json_at(f, "report");
	const char *status = report_json_text(f, "revocation.status");

	text_page_field(p, 4, "first seen", "%s", report_json_text(f, "found"));
	if (r != NULL)
		text_page_field(p, 4, "reported", "%s, BR %s",
		    report_json_text(r, "sent"), report_json_text(r, "ground"));
	text_page_field(
	    p, 4, "answered", "%s", report_json_text(f, "report.acknowledged"));
	if (*report_json_text(f, "report.due") != '\0')
		text_page_field(p, 4, "due", "%s%s",
		    report_json_text(f, "report.due"),
		    report_json_is_overdue(
		        f, report_json_time(p->doc, "run.ended"))
		        ? " (overdue)"
		        : "");
	if (strcmp(status, "revoked") == 0)
		text_page_field(p, 4, "revoked", "%s, reason %" PRId64,
		    report_json_text(f, "revocation.date"),
		    report_json_int(f, "revocation.reason"));
	else if (strcmp(status, "good") == 0)
		text_page_field(p, 4, "revoked", "no, by %s of %s",
		    *report_json_text(f, "revocation.ocsp") != '\0' ? "OCSP"
		                                                    : "the CRL",
		    report_json_text(f, "revocation.this_update"));
}

static void
finding_line(const struct text_page *p, const json_t *f)
{
	const char *status = report_json_text(f, "status");
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	escape_line(&b, bytes_of(report_json_about(f)), 21);
	buf_add_byte(p->out, ' ');
	text_page_colour(
	    p, text_page_severity_colour((int)report_json_severity(f)));
	buf_printf(p->out, "%-8s", report_json_text(f, "severity"));
	text_page_colour(p, "0");
	buf_printf(p->out, " %s %-25.25s ", report_json_text(f, "rule"),
	    report_json_text(f, "name"));
	if (strcmp(status, "open") == 0)
		buf_printf(p->out, "%s\n", buf_text(&b));
	else
		buf_printf(p->out, "%-24s %s\n", buf_text(&b), status);
	buf_fini(&b);
}

/* Causes and next step are printed under the first finding of a rule only. */
static void
finding_full(const struct text_page *p, const json_t *f, bool first)
{
	const struct rules_rule *rule = report_json_rule(f);
	struct buf b;

	finding_line(p, f);
	buf_init(&b, SIZE_MAX / 2);
	text_page_message(&b, report_json_text(f, "message"));
	text_page_field(p, 4, "message", "%s", buf_text(&b));
	buf_clear(&b);
	text_page_list(&b, f, "watched", 4);
	text_page_field(p, 4, "watched", "%s", buf_text(&b));
	if (json_is_object(report_json_at(f, "certificate")))
		certificate(p, report_json_at(f, "certificate"));
	logged(p, f);
	response(p, f);
	buf_clear(&b);
	text_page_list(&b, f, "notes", 6);
	text_page_field(p, 4, "notes", "%s", buf_text(&b));
	if (!report_json_true(f, "verified"))
		text_page_field(p, 4, "unverified",
		    "the inclusion of the entry in the log is not verified "
		    "yet");
	if (rule != NULL && first) {
		text_page_field(p, 4, "causes", "%s", rule->causes);
		text_page_field(p, 4, "next step", "%s", rule->remedy);
	}
	buf_clear(&b);
	text_page_shown(&b, report_json_text(f, "reason"));
	text_page_field(p, 4, "reason", "%s", buf_text(&b));
	text_page_field(p, 4, "id", "%.16s  (ctwatch findings show %.16s)",
	    report_json_text(f, "id"), report_json_text(f, "id"));
	buf_fini(&b);
}

/* Report whether this is the first finding of its rule; seen has a place for
 * each rule. */
static bool
is_first_of_rule(const struct report_walk *w, bool *seen)
{
	size_t n;
	const struct rules_rule *all = rules_all(&n),
	                        *rule = rules_find(w->rule);
	bool first = rule != NULL && !seen[rule - all];

	if (first)
		seen[rule - all] = true;
	return first;
}

/* Print new and open findings: the first in full, others in one line each. */
static size_t
live(const struct text_page *p)
{
	struct report_walk w = report_walk(p->r, STORE_ITEM_FINDING);
	bool brief = p->style->brief, *seen;
	size_t full = brief ? BRIEF_FULL_MAX : TEXT_PAGE_FULL_MAX;
	size_t lines = brief ? BRIEF_LINES_MAX : TEXT_PAGE_LINES_MAX;
	size_t n_rules, done = 0;

	rules_all(&n_rules);
	seen = mem_alloc(n_rules, sizeof *seen);
	while (done < full + lines && report_walk_next(&w)) {
		bool first = is_first_of_rule(&w, seen);

		if (!report_walk_is_live(&w))
			continue;
		if (done > 0 && done <= full)
			buf_add_byte(p->out, '\n');
		if (done++ < full)
			finding_full(p, report_walk_json(&w), first);
		else
			finding_line(p, report_walk_json(&w));
	}
	report_walk_end(&w);
	free(seen);
	return done;
}

/* Print the findings that this run resolved, with the reason, or else the
 * suppressed and closed ones, in one line each. */
static size_t
settled(const struct text_page *p, bool resolved)
{
	struct report_walk w = report_walk(p->r, STORE_ITEM_FINDING);
	size_t done = 0;

	while (done < TEXT_PAGE_LINES_MAX && report_walk_next(&w)) {
		if (report_walk_is_live(&w) || w.resolved != resolved)
			continue;
		done++;
		finding_line(p, report_walk_json(&w));
		if (resolved)
			text_page_field(p, 4, "reason", "%s",
			    report_json_text(report_walk_json(&w), "reason"));
	}
	report_walk_end(&w);
	return done;
}

static void
more(const struct text_page *p, size_t n)
{
	if (n > 0)
		buf_printf(p->out,
		    "\n  and %zu more; see ctwatch report --format html or "
		    "json\n",
		    n);
}

void
text_findings(const struct text_page *p)
{
	size_t n_live = p->sum.n_fresh + p->sum.n_older;
	size_t n_settled = p->sum.n_suppressed + p->sum.n_closed;

	if (n_live > 0) {
		text_page_heading(p, "FINDINGS");
		more(p, n_live - live(p));
	}
	if (p->sum.n_resolved > 0) {
		text_page_heading(p, "RESOLVED");
		more(p, p->sum.n_resolved - settled(p, true));
	}
	if (n_settled > 0) {
		text_page_heading(p, "SUPPRESSED OR CLOSED");
		more(p, n_settled - settled(p, false));
	}
}
