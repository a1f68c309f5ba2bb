/* SPDX-License-Identifier: Apache-2.0 */
/* findings: the findings in the HTML report. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "report/html/html.h"
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

/* Maximum number of findings with all evidence, of those expanded, and of
 * findings in one line; others are counted. */
#define FULL_MAX 500
#define OPEN_MAX 5
#define ROWS_MAX 10000

/* Maximum number of names of a certificate, or sightings, listed. */
#define LIST_MAX 30

static void
add_list(struct buf *out, const char *term, const json_t *v, const char *path)
{
	size_t n = report_json_count(v, path);

	if (n == 0)
		return;
	buf_printf(out, "<dt>%s</dt><dd>", term);
	for (size_t i = 0; i < n && i < LIST_MAX; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		html_text(out, report_json_item_text(v, path, i));
	}
	if (n > LIST_MAX)
		buf_printf(out, " <i>and %zu more</i>", n - LIST_MAX);
	buf_add_text(out, "</dd>");
}

static void
add_mono(struct buf *out, const char *term, const char *text)
{
	if (*text == '\0')
		return;
	buf_printf(out, "<dt>%s</dt><dd class=mono>", term);
	html_text(out, text);
	buf_add_text(out, "</dd>");
}

/* The digest, with a link to where the certificate can be looked at; the page
 * itself loads nothing. */
static void
add_digest(struct buf *out, const char *hex)
{
	uint8_t digest[SHA256_SIZE];

	if (strlen(hex) != 2 * sizeof digest ||
	    !text_unhex(hex, digest, sizeof digest))
		return;
	buf_printf(out,
	    "<dt>SHA-256</dt><dd class=mono>%s <a rel=noreferrer "
	    "href=\"https://crt.sh/?sha256=%s\">crt.sh</a></dd>",
	    hex, hex);
}

/* A command to copy: one click selects all of it. */
static void
add_commands(struct buf *out, const json_t *f)
{
	if (!report_json_is_live(f))
		return;
	buf_printf(out,
	    "<h4>When it is settled</h4><p><code class=copy>ctwatch findings "
	    "close %.12s --reason ''</code></p>",
	    report_json_text(f, "id"));
}

static void
add_owner(struct buf *out, const json_t *f)
{
	if (*report_json_text(f, "owner.name") == '\0' &&
	    *report_json_text(f, "owner.contact") == '\0')
		return;
	buf_add_text(out, "<dt>Owner</dt><dd>");
	html_text(out, report_json_text(f, "owner.name"));
	buf_add_byte(out, ' ');
	html_text(out, report_json_text(f, "owner.contact"));
	buf_add_text(out, "</dd>");
}

static void
add_certificate(const struct html_page *p, const json_t *f)
{
	const json_t *cert = report_json_at(f, "certificate");
	struct buf *out = p->out;

	buf_add_text(out, "<dl>");
	add_list(out, "Watched", f, "watched");
	if (json_is_object(cert)) {
		add_list(out, "Names", cert, "names");
		add_list(out, "Addresses", cert, "addresses");
		html_term(out, "Subject", report_json_text(cert, "subject"));
		html_term(out, "Issuer", report_json_text(cert, "issuer"));
		html_term(out, "Key", report_json_text(cert, "key"));
		buf_printf(out, "<dt>Pin</dt><dd class=mono>sha256/%s</dd>",
		    report_json_text(cert, "spki_sha256"));
		buf_printf(out, "<dt>Valid</dt><dd>%.10s to %.10s &ensp;",
		    report_json_text(cert, "not_before"),
		    report_json_text(cert, "not_after"));
		html_days_left(out, p->now,
		    report_json_time(cert, "not_before"),
		    report_json_time(cert, "not_after"));
		buf_add_text(out, "</dd>");
		add_mono(out, "Serial", report_json_text(cert, "serial"));
		add_mono(out, "TBS hash", report_json_text(cert, "tbs_sha256"));
		add_digest(out, report_json_text(cert, "cert_sha256"));
		add_list(out, "Oddities", cert, "notes");
	} else
		html_term(out, "About", report_json_text(f, "subject"));
	add_list(out, "Notes", f, "notes");
	add_owner(out, f);
	add_mono(out, "Finding", report_json_text(f, "id"));
	buf_add_text(out, "</dl>");
}

static void
add_paragraph(struct buf *out, const char *title, const char *text)
{
	if (*text == '\0')
		return;
	buf_printf(out, "<h4>%s</h4><p>", title);
	html_prose(out, text);
	buf_add_text(out, "</p>");
}

/* Explain a rule in full only at its first finding. */
static bool
is_first(const struct html_page *p, const json_t *f)
{
	for (size_t i = 0; i < p->groups.n; i++)
		if (strcmp(report_json_text(p->groups.v[i].first, "rule"),
		        report_json_text(f, "rule")) == 0)
			return strcmp(
			           report_json_text(p->groups.v[i].first, "id"),
			           report_json_text(f, "id")) == 0;
	return false;
}

static void
add_advice(const struct html_page *p, const json_t *f)
{
	const struct rules_rule *rule =
	    is_first(p, f) ? report_json_rule(f) : NULL;
	struct buf *out = p->out;

	buf_add_text(out,
	    rule != NULL ? "<div class=advice>"
	                 : "<div class=\"advice again\">");
	add_paragraph(out, "Likely causes", rule != NULL ? rule->causes : "");
	add_paragraph(out, "What to do", report_json_text(f, "remediation"));
	add_paragraph(out, "Why it matters", rule != NULL ? rule->meaning : "");
	add_paragraph(out,
	    strcmp(report_json_text(f, "status"), "closed") == 0
	        ? "Closed because"
	        : "Suppressed because",
	    report_json_text(f, "reason"));
	add_paragraph(out, "Source", rule != NULL ? rule->reference : "");
	add_commands(out, f);
	buf_add_text(out, "</div>");
}

static void
add_sightings(const struct html_page *p, const json_t *f)
{
	size_t n = report_json_count(f, "sightings");
	struct buf *out = p->out;

	if (n == 0)
		return;
	buf_add_text(out,
	    "<div class=\"wide scroll\"><table><thead><tr><th>Log<th "
	    "class=n>Entry<th>Logged (UTC)<th>Kind<th>Verified<tbody>");
	for (size_t i = 0; i < n && i < LIST_MAX; i++) {
		const json_t *s = report_json_item(f, "sightings", i);
		const json_t *log =
		    report_json_log(p->doc, report_json_text(s, "log_id"));

		buf_add_text(out, "<tr><td class=t>");
		html_text(out,
		    report_json_text(log != NULL ? log : s,
		        log != NULL ? "description" : "log_id"));
		buf_add_text(out, "<td class=n>");
		html_number(out, report_json_int(s, "index"));
		buf_add_text(out, "<td class=k>");
		html_time(out, report_json_text(s, "timestamp"));
		buf_printf(out, "<td>%s<td>%s", report_json_text(s, "kind"),
		    report_json_true(s, "verified") ? "yes" : "not yet");
	}
	if (n > LIST_MAX)
		buf_printf(
		    out, "<tr><td colspan=5><i>and %zu more</i>", n - LIST_MAX);
	buf_add_text(out, "</table></div>");
}

/* Write a step in the history of a finding; nothing without a time. */
static void
add_step(struct buf *out, const char *what, const char *time)
{
	if (*time == '\0')
		return;
	buf_printf(out, "<li>%s ", what);
	html_time(out, time);
	buf_add_text(out, "</li>");
}

/* The life of a finding: logged, seen, reported, due, revoked. */
static void
add_timeline(const struct html_page *p, const json_t *f)
{
	if (report_json_at(f, "report") == NULL &&
	    report_json_at(f, "revocation") == NULL)
		return;
	buf_add_text(p->out, "<ul class=steps>");
	add_step(p->out, "Logged", report_json_logged(f));
	add_step(p->out, "First seen", report_json_text(f, "found"));
	add_step(
	    p->out, "Reported to the CA", report_json_text(f, "report.sent"));
	add_step(p->out, "Acknowledged by the CA",
	    report_json_text(f, "report.acknowledged"));
	add_step(p->out,
	    report_json_is_overdue(f, report_json_time(p->doc, "run.ended"))
	        ? "Revocation overdue since"
	        : "Revocation due",
	    report_json_text(f, "report.due"));
	add_step(p->out, "Revoked", report_json_text(f, "revocation.date"));
	if (strcmp(report_json_text(f, "revocation.status"), "good") == 0)
		add_step(p->out,
		    *report_json_text(f, "revocation.ocsp") != '\0'
		        ? "Not revoked by OCSP of"
		        : "Not revoked in the CRL of",
		    report_json_text(f, "revocation.this_update"));
	buf_add_text(p->out, "</ul>");
}

/* Write the visible line: severity, subject, rule, reason of closing,
 * status. */
static void
add_line(struct buf *out, const json_t *f)
{
	const char *status = report_json_text(f, "status");

	buf_printf(out, "<span class=sev>%s</span> <span class=what><b>",
	    report_json_text(f, "severity"));
	html_text(out, report_json_about(f));
	buf_printf(out, "</b> <span>%s ", report_json_text(f, "rule"));
	html_text(out, report_json_text(f, "name"));
	if (report_json_is_resolved(f)) {
		buf_add_text(out, ": ");
		html_text(out, report_json_text(f, "reason"));
	}
	buf_printf(out, "</span></span> <span class=tags>%s%s%s%s %.10s</span>",
	    report_json_true(f, "verified") ? "" : "unverified,  ",
	    report_json_is_new(f) ? "<b>" : "", status,
	    report_json_is_new(f) ? "</b>" : "",
	    report_json_text(f, "first_seen"));
}

static void
add_full(const struct html_page *p, const json_t *f, bool open)
{
	struct buf *out = p->out;

	buf_printf(out, "<details class=\"finding %s\" id=f-%.16s%s><summary>",
	    report_json_text(f, "severity"), report_json_text(f, "id"),
	    open ? " open" : "");
	add_line(out, f);
	buf_add_text(out, "</summary><div class=inside><div><p>");
	html_text(out, report_json_text(f, "message"));
	buf_add_text(out, "</p>");
	add_certificate(p, f);
	buf_add_text(out, "</div>");
	add_advice(p, f);
	add_timeline(p, f);
	add_sightings(p, f);
	buf_add_text(out, "</div></details>\n");
}

/* The heading before the first finding of each severity. */
static void
add_heading(const struct html_page *p, enum rules_severity s, int *last)
{
	size_t n = p->sum.fresh[s] + p->sum.older[s];

	if ((int)s == *last)
		return;
	*last = (int)s;
	buf_printf(p->out, "<h3 id=%s>%c%s <i>%zu</i></h3>\n",
	    rules_severity_word(s), rules_severity_word(s)[0] - 'a' + 'A',
	    rules_severity_word(s) + 1, n);
}

static size_t
add_live(const struct html_page *p)
{
	struct report_walk w = report_walk(p->r, STORE_ITEM_FINDING);
	size_t done = 0;
	int last = -1;
	bool rows = false;

	while (done < FULL_MAX + ROWS_MAX && report_walk_next(&w)) {
		bool full = done < FULL_MAX;
		const json_t *f;

		if (!report_walk_is_live(&w))
			continue;
		f = report_walk_json(&w);
		if (rows && (int)w.severity != last) {
			buf_add_text(p->out, "</div>\n");
			rows = false;
		}
		add_heading(p, w.severity, &last);
		if (!full && !rows) {
			buf_add_text(p->out, "<div class=rows>\n");
			rows = true;
		}
		if (full)
			add_full(p, f, done < OPEN_MAX);
		else {
			buf_printf(p->out, "<div class=\"row %s\">",
			    report_json_text(f, "severity"));
			add_line(p->out, f);
			buf_add_text(p->out, "</div>\n");
		}
		done++;
		report_output_drain(p->style, p->out);
	}
	report_walk_end(&w);
	buf_add_text(p->out, rows ? "</div>\n" : "");
	return done;
}

/* Add the n findings that this run resolved, or else the suppressed and closed
 * ones, in one line each. */
static void
add_settled(
    const struct html_page *p, const char *title, size_t n, bool resolved)
{
	struct report_walk w = report_walk(p->r, STORE_ITEM_FINDING);
	size_t done = 0;

	if (n == 0)
		return;
	buf_printf(p->out,
	    "<details%s><summary><h3>%s <i>%zu</i></h3></summary>"
	    "<div class=rows>\n",
	    resolved ? " open" : "", title, n);
	while (done < ROWS_MAX && report_walk_next(&w)) {
		const json_t *f;

		if (report_walk_is_live(&w) || w.resolved != resolved)
			continue;
		f = report_walk_json(&w);
		done++;
		buf_printf(p->out, "<div class=\"row %s\">",
		    report_json_text(f, "severity"));
		add_line(p->out, f);
		buf_add_text(p->out, "</div>\n");
		report_output_drain(p->style, p->out);
	}
	report_walk_end(&w);
	buf_add_text(p->out, "</div></details>\n");
}

/* Write one kind of finding in one row, with a link to the first. */
static void
add_group(const struct html_page *p, const struct group_findings_group *g)
{
	struct buf *out = p->out;

	buf_printf(out,
	    "<tr class=%s><td><span class=sev>%s</span><td class=n>",
	    report_json_text(g->first, "severity"),
	    report_json_text(g->first, "severity"));
	html_number(out, (int64_t)g->n);
	buf_add_text(out, "<td class=n>");
	html_number(out, (int64_t)g->n_new);
	buf_printf(
	    out, "<td><a href=\"#f-%.16s\">", report_json_text(g->first, "id"));
	html_text(out, report_json_text(g->first, "name"));
	buf_printf(out, "</a> <i>%s</i><td class=t>",
	    report_json_text(g->first, "rule"));
	for (size_t i = 0; i < g->n_names; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		html_label(out, g->names[i], 64);
	}
	buf_add_text(out, g->more ? ", &hellip;<td class=n>" : "<td class=n>");
	if (g->n_certs > 0)
		html_number(out, (int64_t)g->n_valid);
	else
		buf_add_text(out, "&ndash;");
	buf_add_byte(out, '\n');
}

void
html_findings_kinds(const struct html_page *p)
{
	if (p->groups.n < 2)
		return;
	buf_add_text(p->out,
	    "<div class=\"scroll kinds\"><table><thead><tr><th>Severity<th "
	    "class=n>Findings<th class=n>New<th>What<th>About<th class=n>Still "
	    "valid<tbody>\n");
	for (size_t i = 0; i < p->groups.n; i++)
		add_group(p, &p->groups.v[i]);
	buf_add_text(p->out, "</table></div>\n");
}

void
html_findings(const struct html_page *p)
{
	size_t live = p->sum.n_fresh + p->sum.n_older, done;

	buf_add_text(p->out, "<h2 id=findings>Findings</h2>\n");
	if (live == 0)
		buf_add_text(p->out,
		    "<p>There are no new or open findings. For the limits see "
		    "<a href=\"#coverage\">coverage</a>.</p>\n");
	done = add_live(p);
	if (done < live)
		buf_printf(p->out,
		    "<p><i>and %zu more, see the JSON or CSV report</i></p>\n",
		    live - done);
	add_settled(p, "Resolved", p->sum.n_resolved, true);
	add_settled(p, "Suppressed or closed",
	    p->sum.n_suppressed + p->sum.n_closed, false);
}
