/* SPDX-License-Identifier: Apache-2.0 */
/* write_text: the report as text; its first screen. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "report/text/page.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/write.h>

/* Maximum number of kinds of findings on the first screen, and columns for
 * their names. */
#define GROUPS_MAX 6
#define NAME_MAX   26

/* "2 critical, 1 medium" */
static void
by_severity(struct buf *out, const size_t count[static RULES_CRITICAL + 1])
{
	const char *sep = "";

	for (int s = RULES_CRITICAL; s >= RULES_NOTE; s--)
		if (count[s] > 0) {
			buf_printf(out, "%s%zu %s", sep, count[s],
			    rules_severity_word((enum rules_severity)s));
			sep = ", ";
		}
}

static void
title(const struct text_page *p)
{
	char when[TIME_TEXT];
	struct buf line;

	time_format(p->now, when);
	when[16] = '\0';
	when[10] = ' ';
	text_page_colour(p, "1");
	buf_printf(
	    p->out, "ctwatch report%*s UTC\n", TEXT_PAGE_WIDTH - 18, when);
	text_page_colour(p, "0");
	buf_init(&line, SIZE_MAX / 2);
	if (json_is_object(report_json_at(p->doc, "run.pinset"))) {
		buf_add_text(&line, "pinset ");
		text_page_shown(
		    &line, report_json_text(p->doc, "run.pinset.name"));
		buf_printf(&line, " version %" PRId64 ", ",
		    report_json_int(p->doc, "run.pinset.version"));
	} else
		buf_add_text(&line, "no pinset, ");
	buf_printf(&line, "%" PRId64 " watched, run %" PRId64 ", ",
	    report_json_int(p->doc, "run.watched"),
	    report_json_int(p->doc, "run.id"));
	report_json_exit(p->doc, &line);
	if (report_json_at(p->doc, "period") != NULL)
		buf_printf(&line, ", %.10s to %.10s, %zu runs",
		    report_json_text(p->doc, "period.since"),
		    report_json_text(p->doc, "period.until"),
		    report_json_count(p->doc, "period.runs"));
	text_page_wrap(p->out, 0, 0, buf_text(&line));
	buf_fini(&line);
}

/* Print a part of the banner; a background colour is wider than the text. */
static void
badge(const struct text_page *p, const char *colour, const char *words)
{
	buf_add_text(p->out, "  ");
	text_page_colour(p, colour);
	buf_printf(p->out, " %s%s", words, p->style->colour ? " " : "");
	text_page_colour(p, "0");
}

/* Return the words of the banner if everything that was to be read was read. */
static const char *
covered_words(const struct text_page *p)
{
	/* Items are new, whose earlier entries were not searched. */
	if (report_json_count(p->doc, "coverage.new_items") > 0)
		return "COVERED, EXCEPT EARLIER ENTRIES";
	if (report_json_at(p->doc, "coverage.cover") != NULL)
		return "COVERED BY THE TWO-OPERATOR RULE";
	return NULL;
}

static void
banner(const struct text_page *p)
{
	bool behind = p->sum.complete < p->sum.logs, none = p->sum.logs == 0;
	const char *narrow = covered_words(p);
	char words[64];

	buf_add_byte(p->out, '\n');
	snprintf(words, sizeof words, "%zu NEW FINDING%s", p->sum.n_fresh,
	    p->sum.n_fresh > 1 ? "S" : "");
	badge(p, text_page_severity_colour(p->sum.worst_fresh),
	    p->sum.n_fresh > 0 ? words : "NOTHING NEW");
	snprintf(words, sizeof words, "%zu STILL OPEN", p->sum.n_older);
	if (p->sum.n_older > 0)
		badge(p, text_page_severity_colour(p->sum.worst), words);
	badge(p,
	    p->sum.misbehaving > 0                 ? "1;97;41"
	        : behind || none || narrow != NULL ? "33"
	                                           : "32",
	    p->sum.misbehaving > 0 ? "A LOG MISBEHAVES"
	        : behind           ? "COVERAGE INCOMPLETE"
	        : none             ? "NO LOG WAS READ"
	        : narrow != NULL   ? narrow
	                           : "EVERYTHING COVERED");
	if (*report_json_text(p->doc, "run.error") != '\0')
		badge(p, "1;97;41", "NOT SAVED");
	buf_add_text(p->out, "\n\n");
}

static void
coverage_field(const struct text_page *p)
{
	char entries[32], left[32];
	size_t i, named = 0;
	json_t *log;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	text_page_number(p->sum.entries, entries);
	if (p->sum.logs == 0)
		buf_add_text(&b, "No. No log was read.");
	else if (p->sum.complete == p->sum.logs)
		buf_printf(&b,
		    "%s. %zu log%s read to the head%s signed, %s new entr%s, "
		    "all verified.",
		    report_json_at(p->doc, "coverage.cover") != NULL
		        ? "By the two-operator rule"
		        : "Yes",
		    p->sum.logs, p->sum.logs > 1 ? "s" : "",
		    p->sum.logs > 1 ? "s they" : " it", entries,
		    p->sum.entries == 1 ? "y" : "ies");
	else
		buf_printf(&b,
		    "No. %zu of %zu logs read to the heads they signed; %s new "
		    "entries, %s left. Operators with an unread log: %" PRId64
		    ".",
		    p->sum.complete, p->sum.logs, entries,
		    text_page_number(p->sum.lag_entries, left),
		    report_json_int(p->doc, "coverage.operators_behind"));
	text_page_field(p, 2, "Coverage", "%s", buf_text(&b));
	buf_clear(&b);
	if (report_json_new_items(p->doc, &b))
		text_page_field(p, 2, "", "%s.", buf_text(&b));
	buf_clear(&b);
	if (report_json_cover(p->doc, &b))
		text_page_field(p, 2, "", "%s", buf_text(&b));
	json_array_foreach(report_json_at(p->doc, "coverage.logs"), i, log) {
		if (!text_page_is_behind(log) || named++ >= 3)
			continue;
		buf_clear(&b);
		text_page_shown(&b, report_json_text(log, "description"));
		buf_printf(&b, ": %s", report_json_text(log, "status"));
		if (*report_json_text(log, "reason") != '\0')
			buf_add_text(&b, ": ");
		text_page_shown(&b, report_json_text(log, "reason"));
		text_page_field(p, 2, "", "%s", buf_text(&b));
	}
	if (named > 3)
		text_page_field(
		    p, 2, "", "and %zu more, listed below", named - 3);
	if (p->sum.list_age > REPORT_JSON_LIST_OLD)
		text_page_field(p, 2, "",
		    "The log list is %" PRId64
		    " days old: newer logs are missing in it.",
		    p->sum.list_age / TIME_DAY);
	if (p->sum.refused > 0)
		text_page_field(p, 2, "",
		    "%" PRId64 " entries could not be parsed; see REFUSED.",
		    p->sum.refused);
	buf_fini(&b);
}

static void
new_field(const struct text_page *p)
{
	size_t certs = 0, valid = 0;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	if (p->sum.n_fresh == 0)
		buf_add_text(&b, "Nothing");
	by_severity(&b, p->sum.fresh);
	buf_add_byte(&b, '.');
	if (p->sum.n_older > 0) {
		buf_add_text(&b, " Open from earlier runs: ");
		by_severity(&b, p->sum.older);
		buf_add_byte(&b, '.');
	}
	if (p->sum.n_resolved > 0)
		buf_printf(&b, " Resolved: %zu.", p->sum.n_resolved);
	if (p->sum.n_suppressed > 0)
		buf_printf(&b, " Suppressed: %zu.", p->sum.n_suppressed);
	buf_printf(&b, " Expected certificates: %zu.",
	    report_walk_count(p->r, STORE_ITEM_EXPECTED));
	for (size_t i = 0; i < p->groups.n; i++) {
		certs += p->groups.v[i].n_certs;
		valid += p->groups.v[i].n_valid;
	}
	if (certs > 0)
		buf_printf(&b,
		    " Findings about certificates: %zu; %zu of those "
		    "certificates %s still valid.",
		    certs, valid, valid == 1 ? "is" : "are");
	text_page_field(p, 2, "New", "%s", buf_text(&b));
	buf_fini(&b);
}

/* Print the subjects of a group that fit into room columns. */
static void
group_names(struct buf *out, const struct group_findings_group *g, size_t room)
{
	bool more = g->more;

	escape_line(out, bytes_of(g->names[0]), room - 9);
	for (size_t i = 1; i < g->n_names; i++) {
		size_t before = out->n;

		buf_add_text(out, ", ");
		escape_line(out, bytes_of(g->names[i]), room);
		if (out->n + 5 > room) {
			out->n = before;
			more = true;
			break;
		}
	}
	buf_add_text(out, more ? ", ..." : "");
}

/* Print one kind of finding: number, rule and subjects. */
static void
group_line(
    const struct text_page *p, const struct group_findings_group *g, int pad)
{
	enum rules_severity severity = report_json_severity(g->first);
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	group_names(&b, g, TEXT_PAGE_WIDTH - 29 - (size_t)pad);
	text_page_label(p, 2, g == p->groups.v ? "Severity" : "");
	text_page_colour(p, text_page_severity_colour((int)severity));
	buf_printf(p->out, "%4zu %-8s", g->n, rules_severity_word(severity));
	text_page_colour(p, "0");
	buf_printf(p->out, "  %-*.*s  %s\n", pad, pad,
	    report_json_text(g->first, "name"), buf_text(&b));
	buf_fini(&b);
}

static void
group_lines(const struct text_page *p)
{
	const struct group_findings *g = &p->groups;
	size_t left = 0;
	int pad = 0;

	for (size_t i = 0; i < g->n && i < GROUPS_MAX; i++) {
		int n = (int)strnlen(
		    report_json_text(g->v[i].first, "name"), NAME_MAX);

		pad = n > pad ? n : pad;
	}
	for (size_t i = 0; i < g->n; i++)
		if (i < GROUPS_MAX)
			group_line(p, &g->v[i], pad);
		else
			left += g->v[i].n;
	if (left > 0)
		text_page_field(p, 2, "", "%4zu more of %zu other kind%s", left,
		    g->n - GROUPS_MAX, g->n - GROUPS_MAX > 1 ? "s" : "");
}

/* Print the message of a single finding, or the number of each kind. */
static void
severity_field(const struct text_page *p)
{
	const struct group_findings *g = &p->groups;
	struct buf b;

	if (g->n == 1 && g->v[0].n == 1) {
		const json_t *f = g->v[0].first;

		buf_init(&b, SIZE_MAX / 2);
		buf_printf(&b, "%s, %s: ", report_json_text(f, "severity"),
		    report_json_text(f, "name"));
		text_page_message(&b, report_json_text(f, "message"));
		text_page_field(p, 2, "Severity", "%s", buf_text(&b));
		buf_fini(&b);
		return;
	}
	group_lines(p);
	if (g->n == 0)
		text_page_field(p, 2, "Severity", "%s.",
		    report_sums_no_findings(p->doc, &p->sum));
}

static void
next_step_field(const struct text_page *p)
{
	const json_t *f = group_findings_worst(&p->groups);
	const char *contact = report_json_text(f, "owner.contact");
	struct buf b;

	if (f == NULL) {
		text_page_field(p, 2, "Next step", "%s",
		    p->sum.complete == p->sum.logs && p->sum.logs > 0
		        ? "Nothing."
		        : "See COVERAGE for reasons; the next run continues "
		          "where this one ended.");
		return;
	}
	buf_init(&b, SIZE_MAX / 2);
	if (p->groups.n > 1)
		buf_printf(&b, "First, %s: ", report_json_text(f, "name"));
	buf_add_text(&b, report_json_text(f, "remediation"));
	if (*contact != '\0' || *report_json_text(f, "owner.name") != '\0') {
		buf_add_text(&b, " Owner: ");
		text_page_shown(&b, report_json_text(f, "owner.name"));
		buf_add_text(&b, *contact != '\0' ? " " : "");
		text_page_shown(&b, contact);
		buf_add_text(&b, ".");
	}
	text_page_field(p, 2, "Next step", "%s", buf_text(&b));
	buf_fini(&b);
}

/* Report that this run was not saved completely. */
static void
unsaved(const struct text_page *p)
{
	struct buf b;

	if (*report_json_text(p->doc, "run.error") == '\0')
		return;
	buf_init(&b, SIZE_MAX / 2);
	text_page_message(&b, report_json_text(p->doc, "run.error"));
	text_page_field(p, 2, "Not saved",
	    "%s. The next run reads and reports the missing entries again.",
	    buf_text(&b));
	buf_fini(&b);
}

/* The channels with undelivered messages. */
static void
undelivered(const struct text_page *p)
{
	size_t i;
	json_t *d;

	json_array_foreach(report_json_at(p->doc, "delivery"), i, d) {
		int64_t kept = report_json_int(d, "failed") +
		    report_json_int(d, "waiting");
		int64_t lost = report_json_int(d, "given_up");
		struct buf b;

		if (kept + lost == 0)
			continue;
		buf_init(&b, SIZE_MAX / 2);
		text_page_shown(&b, report_json_text(d, "channel"));
		buf_printf(&b, ": %" PRId64 " not delivered", kept + lost);
		if (*report_json_text(d, "error") != '\0')
			buf_add_text(&b, ": ");
		text_page_shown(&b, report_json_text(d, "error"));
		if (kept > 0)
			buf_add_text(&b, "; kept for the next run");
		if (lost > 0)
			buf_printf(&b, "; %" PRId64 " dropped after %d days",
			    lost, LIMIT_OUTBOX_DAYS);
		text_page_field(p, 2, "Undelivered", "%s", buf_text(&b));
		buf_fini(&b);
	}
}

/* The first screen. */
static void
summary(const struct text_page *p)
{
	title(p);
	banner(p);
	coverage_field(p);
	new_field(p);
	severity_field(p);
	next_step_field(p);
	unsaved(p);
	undelivered(p);
}

void
write_text(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct text_page p = { .r = r,
		.doc = r->doc,
		.style = style,
		.out = out,
		.now = report_json_time(r->doc, "run.ended") };

	report_sums_load(r, &p.sum);
	group_findings_make(&p.groups, r, p.now);
	summary(&p);
	text_findings(&p);
	if (!style->brief)
		text_inventory(&p);
	text_coverage(&p);
	group_findings_fini(&p.groups);
}
