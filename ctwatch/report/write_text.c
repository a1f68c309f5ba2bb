/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/escape.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/doc.h>
#include <ctwatch/report/write.h>

#define WIDTH 79
#define LABEL 13 /* columns of "  Covered    " */

/* Findings in full, and in one line each; the rest is counted. */
#define FULL_MAX  40
#define LINES_MAX 400

/* What the parts of the report share. */
struct page {
	const json_t *doc;
	const struct report_style *style;
	struct doc_sums sum;
	int64_t now; /* when the run ended */
	struct buf *out;
};

static void
colour(const struct page *p, const char *code)
{
	if (p->style->colour)
		buf_printf(p->out, "\033[%sm", code);
}

static const char *
severity_colour(int severity)
{
	static const char *const code[] = { "2", "36", "33", "1;31",
		"1;97;41" };

	return severity < 0 ? "32" : code[severity];
}

/* Print n with commas, into one of a few static places for one printf. */
static const char *
number(int64_t n, char out[static 32])
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRId64, n), k = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = '\0';
	return out;
}

/*
 * Print text (already safe) from column at on, broken at blanks and, where a
 * word is longer than a line, anywhere; later lines begin at column indent.
 */
static void
wrap(struct buf *out, size_t at, size_t indent, const char *text)
{
	while (*text != '\0') {
		size_t room = WIDTH - at, n = strlen(text);

		if (n > room) {
			n = room;
			while (n > 0 && text[n] != ' ')
				n--;
			if (n == 0)
				n = room;
		}
		buf_printf(out, "%.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
		if (*text != '\0')
			buf_printf(out, "%*s", (int)indent, "");
		at = indent;
	}
}

/* A labelled paragraph: "  Label      text text". */
__attribute__((format(printf, 4, 5))) static void
field(
    const struct page *p, size_t left, const char *label, const char *fmt, ...)
{
	struct buf raw, safe;
	va_list ap;

	buf_init(&raw, SIZE_MAX / 2);
	buf_init(&safe, SIZE_MAX / 2);
	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	escape_line(&safe, buf_view(&raw), 8 * BOUNDS_SHOWN_TEXT);
	if (safe.n > 0) {
		buf_printf(p->out, "%*s", (int)left, "");
		colour(p, "1");
		buf_printf(p->out, "%-*s", LABEL - 2, label);
		colour(p, "0");
		wrap(p->out, left + LABEL - 2, left + LABEL - 2,
		    buf_text(&safe));
	}
	buf_fini(&raw);
	buf_fini(&safe);
}

/* Append at most BOUNDS_SHOWN_TEXT characters of foreign text. */
static void
shown(struct buf *out, const char *text)
{
	escape_line(out, bytes_of(text), BOUNDS_SHOWN_TEXT);
}

/* "a, b, c and 12 more" from an array of strings. */
static void
list(struct buf *out, const json_t *v, const char *path, size_t max)
{
	size_t n = doc_count(v, path);

	for (size_t i = 0; i < n && i < max; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		shown(out, doc_item_text(v, path, i));
	}
	if (n > max)
		buf_printf(out, " and %zu more", n - max);
}

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
heading(const struct page *p, const char *text)
{
	buf_add_byte(p->out, '\n');
	colour(p, "1");
	buf_printf(p->out, "%s", text);
	colour(p, "0");
	buf_add_text(p->out, "\n\n");
}

/* ---- the first screen ---- */

static void
title(const struct page *p)
{
	char when[TIME_TEXT];
	struct buf line;

	time_format(p->now, when);
	when[16] = '\0';
	when[10] = ' ';
	colour(p, "1");
	buf_printf(p->out, "ctwatch report%*s UTC\n", WIDTH - 18, when);
	colour(p, "0");
	buf_init(&line, SIZE_MAX / 2);
	if (json_is_object(doc_at(p->doc, "run.pinset"))) {
		buf_add_text(&line, "pinset ");
		shown(&line, doc_text(p->doc, "run.pinset.name"));
		buf_printf(&line, " version %" PRId64 ", ",
		    doc_int(p->doc, "run.pinset.version"));
	} else
		buf_add_text(&line, "no pinset, ");
	buf_printf(&line,
	    "%" PRId64 " watched, run %" PRId64 ", exit status %" PRId64,
	    doc_int(p->doc, "run.watched"), doc_int(p->doc, "run.id"),
	    doc_int(p->doc, "run.exit_status"));
	if (doc_at(p->doc, "period") != NULL)
		buf_printf(&line, ", %.10s to %.10s, %zu runs",
		    doc_text(p->doc, "period.since"),
		    doc_text(p->doc, "period.until"),
		    doc_count(p->doc, "period.runs"));
	wrap(p->out, 0, 0, buf_text(&line));
	buf_fini(&line);
}

static void
banner(const struct page *p)
{
	size_t behind = p->sum.logs - p->sum.complete;

	buf_add_byte(p->out, '\n');
	buf_add_text(p->out, "  ");
	colour(p, severity_colour(p->sum.worst_fresh));
	if (p->sum.n_fresh > 0)
		buf_printf(p->out, " %zu NEW FINDING%s ", p->sum.n_fresh,
		    p->sum.n_fresh > 1 ? "S" : "");
	else
		buf_add_text(p->out, " NOTHING NEW ");
	colour(p, "0");
	if (p->sum.n_older > 0) {
		buf_add_text(p->out, "  ");
		colour(p, severity_colour(p->sum.worst));
		buf_printf(p->out, " %zu STILL OPEN ", p->sum.n_older);
		colour(p, "0");
	}
	buf_add_text(p->out, "  ");
	colour(p,
	    p->sum.misbehaving > 0 ? "1;97;41"
	        : behind > 0       ? "33"
	                           : "32");
	buf_add_text(p->out,
	    p->sum.misbehaving > 0 ? " A LOG MISBEHAVES "
	        : behind > 0       ? " COVERAGE INCOMPLETE "
	        : p->sum.logs == 0 ? " NO LOG WAS READ "
	                           : " EVERYTHING COVERED ");
	colour(p, "0");
	buf_add_text(p->out, "\n\n");
}

static bool
is_behind(const json_t *log)
{
	const char *status = doc_text(log, "status");

	return strcmp(status, "complete") != 0 &&
	    strcmp(status, "skipped") != 0;
}

static void
covered(const struct page *p)
{
	char entries[32], left[32];
	size_t i, named = 0;
	json_t *log;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	number(p->sum.entries, entries);
	if (p->sum.logs == 0)
		buf_add_text(&b, "No. No log was read.");
	else if (p->sum.complete == p->sum.logs)
		buf_printf(&b,
		    "Yes. %zu log%s read to the head%s signed, %s new entries, "
		    "every one proved.",
		    p->sum.logs, p->sum.logs > 1 ? "s" : "",
		    p->sum.logs > 1 ? "s they" : " it", entries);
	else
		buf_printf(&b,
		    "No. %zu of %zu logs read to the heads they signed; %s new "
		    "entries, %s left. Operators with an unread log: %" PRId64
		    ".",
		    p->sum.complete, p->sum.logs, entries,
		    number(p->sum.lag_entries, left),
		    doc_int(p->doc, "coverage.operators_behind"));
	field(p, 2, "Covered?", "%s", buf_text(&b));
	json_array_foreach(doc_at(p->doc, "coverage.logs"), i, log) {
		if (!is_behind(log) || named++ >= 3)
			continue;
		buf_clear(&b);
		shown(&b, doc_text(log, "description"));
		buf_printf(&b, ": %s", doc_text(log, "status"));
		if (*doc_text(log, "reason") != '\0')
			buf_add_text(&b, ": ");
		shown(&b, doc_text(log, "reason"));
		field(p, 2, "", "%s", buf_text(&b));
	}
	if (named > 3)
		field(p, 2, "", "and %zu more, listed below", named - 3);
	if (p->sum.refused > 0)
		field(p, 2, "",
		    "%" PRId64 " entries could not be parsed; see REFUSED.",
		    p->sum.refused);
	buf_fini(&b);
}

static void
what_is_new(const struct page *p)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	if (p->sum.n_fresh == 0)
		buf_add_text(&b, "Nothing");
	by_severity(&b, p->sum.fresh);
	buf_add_byte(&b, '.');
	if (p->sum.n_older > 0) {
		buf_add_text(&b, " Open from before: ");
		by_severity(&b, p->sum.older);
		buf_add_byte(&b, '.');
	}
	if (p->sum.n_suppressed > 0)
		buf_printf(&b, " Suppressed: %zu.", p->sum.n_suppressed);
	buf_printf(
	    &b, " Expected certificates: %zu.", doc_count(p->doc, "expected"));
	field(p, 2, "New?", "%s", buf_text(&b));
	buf_fini(&b);
}

/* The finding to speak of first: the worst new one, else the worst open. */
static const json_t *
worst_finding(const struct page *p)
{
	const json_t *open = NULL;
	size_t i;
	json_t *f;

	json_array_foreach(doc_at(p->doc, "findings"), i, f) {
		if (doc_is_new(f))
			return f;
		if (open == NULL && doc_is_live(f))
			open = f;
	}
	return open;
}

static void
how_bad(const struct page *p)
{
	const json_t *f = worst_finding(p);
	const char *contact;
	struct buf b;

	if (f == NULL) {
		field(p, 2, "How bad?", "%s",
		    p->sum.complete == p->sum.logs && p->sum.logs > 0
		        ? "Nothing to worry about."
		        : "Unknown where nothing was read.");
		field(p, 2, "Do what?", "%s",
		    p->sum.complete == p->sum.logs && p->sum.logs > 0
		        ? "Nothing."
		        : "See COVERAGE for the reasons; the next run goes on "
		          "where this one ended.");
		return;
	}
	buf_init(&b, SIZE_MAX / 2);
	buf_printf(
	    &b, "%s, %s: ", doc_text(f, "severity"), doc_text(f, "name"));
	shown(&b, doc_text(f, "message"));
	field(p, 2, "How bad?", "%s", buf_text(&b));
	buf_clear(&b);
	buf_add_text(&b, doc_text(f, "remediation"));
	contact = doc_text(f, "owner.contact");
	if (*contact != '\0' || *doc_text(f, "owner.name") != '\0') {
		buf_add_text(&b, " Owner: ");
		shown(&b, doc_text(f, "owner.name"));
		buf_add_text(&b, *contact != '\0' ? " " : "");
		shown(&b, contact);
		buf_add_text(&b, ".");
	}
	field(p, 2, "Do what?", "%s", buf_text(&b));
	buf_fini(&b);
}

/* Whom nobody could tell; the mail itself does not speak of mails. */
static void
undelivered(const struct page *p)
{
	size_t i;
	json_t *d;

	json_array_foreach(doc_at(p->doc, "delivery"), i, d) {
		struct buf b;

		if (doc_int(d, "failed") + doc_int(d, "waiting") == 0)
			continue;
		buf_init(&b, SIZE_MAX / 2);
		shown(&b, doc_text(d, "channel"));
		buf_printf(&b, ": %" PRId64 " not delivered",
		    doc_int(d, "failed") + doc_int(d, "waiting"));
		if (*doc_text(d, "error") != '\0')
			buf_add_text(&b, ": ");
		shown(&b, doc_text(d, "error"));
		buf_add_text(&b, "; kept for the next run");
		field(p, 2, "Not told", "%s", buf_text(&b));
		buf_fini(&b);
	}
}

/* ---- findings ---- */

static void
validity(const struct page *p, struct buf *b, const json_t *cert)
{
	int64_t end = doc_time(cert, "not_after");

	buf_printf(b, "%.10s to %.10s", doc_text(cert, "not_before"),
	    doc_text(cert, "not_after"));
	if (end >= p->now)
		buf_printf(
		    b, ", %" PRId64 " days left", (end - p->now) / TIME_DAY);
	else if (end != 0)
		buf_printf(b, ", expired %" PRId64 " days ago",
		    (p->now - end) / TIME_DAY);
}

static void
certificate(const struct page *p, const json_t *cert)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	list(&b, cert, "names", 8);
	if (doc_count(cert, "addresses") > 0) {
		buf_add_text(&b, b.n > 0 ? ", " : "");
		list(&b, cert, "addresses", 4);
	}
	field(p, 4, "names", "%s", buf_text(&b));
	buf_clear(&b);
	shown(&b, doc_text(cert, "subject"));
	field(p, 4, "subject", "%s", buf_text(&b));
	buf_clear(&b);
	shown(&b, doc_text(cert, "issuer"));
	field(p, 4, "issuer", "%s", buf_text(&b));
	field(p, 4, "key", "%s, sha256/%s", doc_text(cert, "key"),
	    doc_text(cert, "spki_sha256"));
	buf_clear(&b);
	validity(p, &b, cert);
	field(p, 4, "valid", "%s", buf_text(&b));
	buf_clear(&b);
	shown(&b, doc_text(cert, "serial"));
	field(p, 4, "serial", "%s", buf_text(&b));
	field(p, 4, "tbs", "%s", doc_text(cert, "tbs_sha256"));
	buf_clear(&b);
	list(&b, cert, "notes", 4);
	field(p, 4, "oddities", "%s", buf_text(&b));
	buf_fini(&b);
}

static void
logged(const struct page *p, const json_t *f)
{
	size_t n = doc_count(f, "sightings");

	for (size_t i = 0; i < n && i < 4; i++) {
		const json_t *s = doc_item(f, "sightings", i);
		const json_t *log = doc_log(p->doc, doc_text(s, "log_id"));
		struct buf b;

		buf_init(&b, SIZE_MAX / 2);
		shown(&b,
		    log != NULL ? doc_text(log, "description")
		                : doc_text(s, "log_id"));
		field(p, 4, i == 0 ? "logged" : "",
		    "%s, entry %" PRId64 ", %s, %s%s", doc_text(s, "timestamp"),
		    doc_int(s, "index"), doc_text(s, "kind"), buf_text(&b),
		    doc_true(s, "verified") ? "" : " (not proved)");
		buf_fini(&b);
	}
	if (n > 4)
		field(p, 4, "", "and %zu more sightings", n - 4);
}

static void
finding_line(const struct page *p, const json_t *f)
{
	const char *status = doc_text(f, "status");
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	escape_line(&b, bytes_of(doc_about(f)), 21);
	buf_add_byte(p->out, ' ');
	colour(p, severity_colour((int)doc_severity(f)));
	buf_printf(p->out, "%-8s", doc_text(f, "severity"));
	colour(p, "0");
	buf_printf(p->out, " %s %-25.25s %-24s %s\n", doc_text(f, "rule"),
	    doc_text(f, "name"), buf_text(&b),
	    strcmp(status, "open") == 0 ? "" : status);
	buf_fini(&b);
}

/* What a rule means is told once, under the first finding that meets it. */
static bool
first_of_rule(const struct page *p, const json_t *finding)
{
	size_t i;
	json_t *f;

	json_array_foreach(doc_at(p->doc, "findings"), i, f)
		if (strcmp(doc_text(f, "rule"), doc_text(finding, "rule")) == 0)
			return f == finding;
	return false;
}

static void
finding_full(const struct page *p, const json_t *f)
{
	const struct rules_rule *rule = doc_rule(f);
	struct buf b;

	finding_line(p, f);
	buf_init(&b, SIZE_MAX / 2);
	shown(&b, doc_text(f, "message"));
	field(p, 4, "what", "%s", buf_text(&b));
	buf_clear(&b);
	list(&b, f, "watched", 4);
	field(p, 4, "watched", "%s", buf_text(&b));
	if (json_is_object(doc_at(f, "certificate")))
		certificate(p, doc_at(f, "certificate"));
	logged(p, f);
	buf_clear(&b);
	list(&b, f, "notes", 6);
	field(p, 4, "notes", "%s", buf_text(&b));
	if (!doc_true(f, "verified"))
		field(p, 4, "unproved",
		    "the log has not proved that it holds this entry");
	if (rule != NULL && first_of_rule(p, f)) {
		field(p, 4, "perhaps", "%s", rule->causes);
		field(p, 4, "do", "%s", rule->remedy);
	}
	buf_clear(&b);
	shown(&b, doc_text(f, "reason"));
	field(p, 4, "because", "%s", buf_text(&b));
	field(p, 4, "id", "%.16s  (ctwatch findings show %.16s)",
	    doc_text(f, "id"), doc_text(f, "id"));
	buf_fini(&b);
}

static void
findings(const struct page *p)
{
	size_t i, full = 0, lines = 0, more = 0;
	json_t *f;

	if (doc_count(p->doc, "findings") == 0)
		return;
	heading(p, "FINDINGS");
	json_array_foreach(doc_at(p->doc, "findings"), i, f) {
		if (doc_is_live(f) && full < FULL_MAX) {
			if (full++ > 0)
				buf_add_byte(p->out, '\n');
			finding_full(p, f);
		} else if (lines < LINES_MAX) {
			if (lines++ == 0 && full > 0)
				buf_add_byte(p->out, '\n');
			finding_line(p, f);
		} else
			more++;
	}
	if (more > 0)
		buf_printf(p->out,
		    "\n  and %zu more; see ctwatch report --format html or "
		    "json\n",
		    more);
}

/* ---- expected, refused, coverage ---- */

static void
expected(const struct page *p)
{
	size_t i, n = doc_count(p->doc, "expected");
	json_t *c;

	if (n == 0)
		return;
	heading(p, "EXPECTED CERTIFICATES");
	json_array_foreach(doc_at(p->doc, "expected"), i, c) {
		struct buf name, pin;
		int64_t left = (doc_time(c, "not_after") - p->now) / TIME_DAY;

		if (i == LINES_MAX)
			break;
		buf_init(&name, SIZE_MAX / 2);
		buf_init(&pin, SIZE_MAX / 2);
		escape_line(&name, bytes_of(doc_item_text(c, "names", 0)), 34);
		escape_line(&pin, bytes_of(doc_text(c, "pin.id")), 17);
		buf_printf(p->out, "  %-37s %-20s %-8s ", buf_text(&name),
		    buf_text(&pin), doc_text(c, "pin.state"));
		if (left >= 0)
			buf_printf(p->out, "%" PRId64 " days\n", left);
		else
			buf_add_text(p->out, "expired\n");
		buf_fini(&name);
		buf_fini(&pin);
	}
	if (n > LINES_MAX)
		buf_printf(p->out, "  and %zu more; see ctwatch inventory\n",
		    n - LINES_MAX);
}

static void
refused(const struct page *p)
{
	size_t i, n = doc_count(p->doc, "refused");
	json_t *r;

	if (n == 0)
		return;
	heading(p, "REFUSED");
	json_array_foreach(doc_at(p->doc, "refused"), i, r) {
		const json_t *log = doc_log(p->doc, doc_text(r, "log_id"));
		struct buf b;

		if (i == FULL_MAX)
			break;
		buf_init(&b, SIZE_MAX / 2);
		shown(&b,
		    log != NULL ? doc_text(log, "description")
		                : doc_text(r, "log_id"));
		buf_printf(&b, ": entry %" PRId64 ": ", doc_int(r, "index"));
		shown(&b, doc_text(r, "reason"));
		if (*doc_text(r, "possible_match") != '\0') {
			buf_add_text(&b, "; it holds the bytes of ");
			shown(&b, doc_text(r, "possible_match"));
		}
		buf_add_text(p->out, "  ");
		wrap(p->out, 2, 4, buf_text(&b));
		buf_fini(&b);
	}
	if (n > FULL_MAX)
		buf_printf(p->out, "  and %zu more\n", n - FULL_MAX);
}

static void
coverage_line(const struct page *p, const json_t *log)
{
	char fresh[32], at[32];
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	escape_line(&b, bytes_of(doc_text(log, "description")), 26);
	buf_printf(p->out, "  %-29s %13s %15s  ", buf_text(&b),
	    number(doc_int(log, "entries_read"), fresh),
	    number(doc_int(log, "next_entry"), at));
	colour(p, is_behind(log) ? "33" : "32");
	buf_printf(p->out, "%s", doc_text(log, "status"));
	colour(p, "0");
	buf_add_byte(p->out, '\n');
	if (!doc_true(log, "verified") && doc_int(log, "entries_read") > 0)
		field(p, 4, "unproved",
		    "what was read is not yet under a signed head");
	if (is_behind(log)) {
		buf_clear(&b);
		shown(&b, doc_text(log, "reason"));
		field(p, 4, "reason", "%s", buf_text(&b));
		for (size_t i = 0; i < doc_count(log, "unread") && i < 4; i++) {
			const json_t *range = doc_item(log, "unread", i);

			field(p, 4, i == 0 ? "unread" : "",
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
list_ages(const struct page *p)
{
	size_t i;
	json_t *l;

	json_array_foreach(doc_at(p->doc, "run.lists"), i, l) {
		int64_t fetched = doc_time(l, "fetched");
		struct buf b;

		buf_init(&b, SIZE_MAX / 2);
		shown(&b, doc_text(l, "source"));
		buf_printf(&b, ": %" PRId64 " logs", doc_int(l, "logs"));
		if (fetched > 0)
			buf_printf(&b, ", %" PRId64 " hours old",
			    (p->now - fetched) / TIME_HOUR);
		if (*doc_text(l, "error") != '\0') {
			buf_add_text(&b, "; no newer copy: ");
			shown(&b, doc_text(l, "error"));
		}
		field(p, 2, i == 0 ? "log lists" : "", "%s", buf_text(&b));
		buf_fini(&b);
	}
}

static void
coverage(const struct page *p)
{
	bool brief = p->style->brief;
	size_t i;
	json_t *log;

	heading(p, "COVERAGE");
	if (!brief || p->sum.complete < p->sum.logs) {
		colour(p, "1");
		buf_printf(p->out, "  %-29s %13s %15s  %s\n", "log",
		    "new entries", "read up to", "status");
		colour(p, "0");
	}
	json_array_foreach(doc_at(p->doc, "coverage.logs"), i, log)
		if (is_behind(log))
			coverage_line(p, log);
	json_array_foreach(doc_at(p->doc, "coverage.logs"), i, log)
		if (!brief && strcmp(doc_text(log, "status"), "complete") == 0)
			coverage_line(p, log);
	if (brief)
		field(p, 2, "complete", "%zu of %zu logs", p->sum.complete,
		    p->sum.logs);
	else
		buf_add_byte(p->out, '\n');
	if (p->sum.skipped > 0)
		field(p, 2, "not read",
		    "%zu of the listed logs, by their state or dates; ctwatch "
		    "logs says why",
		    p->sum.skipped);
	list_ages(p);
	field(p, 2, "rests on",
	    "entries hashed into the trees that these logs signed. "
	    "Certificates that no log has, logs that are on no list, and what "
	    "a log has promised and not yet merged cannot be seen here.");
}

void
write_text(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct page p = { .doc = r->doc,
		.style = style,
		.out = out,
		.now = doc_time(r->doc, "run.ended") };

	doc_sum(r->doc, &p.sum);
	title(&p);
	banner(&p);
	covered(&p);
	what_is_new(&p);
	how_bad(&p);
	undelivered(&p);
	findings(&p);
	if (!style->brief)
		expected(&p);
	refused(&p);
	coverage(&p);
}
