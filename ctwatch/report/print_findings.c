/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/escape.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/print.h>

/* A mail has fewer, so that it is read to its end. */
#define BRIEF_FULL_MAX  10
#define BRIEF_LINES_MAX 40

static void
validity(const struct print_page *p, struct buf *b, const json_t *cert)
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
certificate(const struct print_page *p, const json_t *cert)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	print_list(&b, cert, "names", 8);
	if (doc_count(cert, "addresses") > 0) {
		buf_add_text(&b, b.n > 0 ? ", " : "");
		print_list(&b, cert, "addresses", 4);
	}
	print_field(p, 4, "names", "%s", buf_text(&b));
	buf_clear(&b);
	print_shown(&b, doc_text(cert, "subject"));
	print_field(p, 4, "subject", "%s", buf_text(&b));
	buf_clear(&b);
	print_shown(&b, doc_text(cert, "issuer"));
	print_field(p, 4, "issuer", "%s", buf_text(&b));
	print_field(p, 4, "key", "%s, sha256/%s", doc_text(cert, "key"),
	    doc_text(cert, "spki_sha256"));
	buf_clear(&b);
	validity(p, &b, cert);
	print_field(p, 4, "valid", "%s", buf_text(&b));
	buf_clear(&b);
	print_shown(&b, doc_text(cert, "serial"));
	print_field(p, 4, "serial", "%s", buf_text(&b));
	print_field(p, 4, "tbs", "%s", doc_text(cert, "tbs_sha256"));
	buf_clear(&b);
	print_list(&b, cert, "notes", 4);
	print_field(p, 4, "oddities", "%s", buf_text(&b));
	buf_fini(&b);
}

static void
logged(const struct print_page *p, const json_t *f)
{
	size_t n = doc_count(f, "sightings");

	for (size_t i = 0; i < n && i < 4; i++) {
		const json_t *s = doc_item(f, "sightings", i);
		const json_t *log = doc_log(p->doc, doc_text(s, "log_id"));
		struct buf b;

		buf_init(&b, SIZE_MAX / 2);
		print_shown(&b,
		    log != NULL ? doc_text(log, "description")
		                : doc_text(s, "log_id"));
		print_field(p, 4, i == 0 ? "logged" : "",
		    "%s, entry %" PRId64 ", %s, %s%s", doc_text(s, "timestamp"),
		    doc_int(s, "index"), doc_text(s, "kind"), buf_text(&b),
		    doc_true(s, "verified") ? "" : " (not proved)");
		buf_fini(&b);
	}
	if (n > 4)
		print_field(p, 4, "", "and %zu more sightings", n - 4);
}

static void
finding_line(const struct print_page *p, const json_t *f)
{
	const char *status = doc_text(f, "status");
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	escape_line(&b, bytes_of(doc_about(f)), 21);
	buf_add_byte(p->out, ' ');
	print_colour(p, print_severity_colour((int)doc_severity(f)));
	buf_printf(p->out, "%-8s", doc_text(f, "severity"));
	print_colour(p, "0");
	buf_printf(
	    p->out, " %s %-25.25s ", doc_text(f, "rule"), doc_text(f, "name"));
	if (strcmp(status, "open") == 0)
		buf_printf(p->out, "%s\n", buf_text(&b));
	else
		buf_printf(p->out, "%-24s %s\n", buf_text(&b), status);
	buf_fini(&b);
}

/* What a rule means is told once, under the first finding that meets it. */
static bool
first_of_rule(const struct print_page *p, const json_t *finding)
{
	size_t i;
	json_t *f;

	json_array_foreach(doc_at(p->doc, "findings"), i, f)
		if (strcmp(doc_text(f, "rule"), doc_text(finding, "rule")) == 0)
			return f == finding;
	return false;
}

static void
finding_full(const struct print_page *p, const json_t *f)
{
	const struct rules_rule *rule = doc_rule(f);
	struct buf b;

	finding_line(p, f);
	buf_init(&b, SIZE_MAX / 2);
	print_message(&b, doc_text(f, "message"));
	print_field(p, 4, "what", "%s", buf_text(&b));
	buf_clear(&b);
	print_list(&b, f, "watched", 4);
	print_field(p, 4, "watched", "%s", buf_text(&b));
	if (json_is_object(doc_at(f, "certificate")))
		certificate(p, doc_at(f, "certificate"));
	logged(p, f);
	buf_clear(&b);
	print_list(&b, f, "notes", 6);
	print_field(p, 4, "notes", "%s", buf_text(&b));
	if (!doc_true(f, "verified"))
		print_field(p, 4, "unproved",
		    "the log has not proved that it holds this entry");
	if (rule != NULL && first_of_rule(p, f)) {
		print_field(p, 4, "perhaps", "%s", rule->causes);
		print_field(p, 4, "do", "%s", rule->remedy);
	}
	buf_clear(&b);
	print_shown(&b, doc_text(f, "reason"));
	print_field(p, 4, "because", "%s", buf_text(&b));
	print_field(p, 4, "id", "%.16s  (ctwatch findings show %.16s)",
	    doc_text(f, "id"), doc_text(f, "id"));
	buf_fini(&b);
}

/* Those that stand: in full, then in one line each. */
static size_t
live(const struct print_page *p)
{
	bool brief = p->style->brief;
	size_t full = brief ? BRIEF_FULL_MAX : PRINT_FULL_MAX;
	size_t lines = brief ? BRIEF_LINES_MAX : PRINT_LINES_MAX;
	size_t i, done = 0;
	json_t *f;

	json_array_foreach(doc_at(p->doc, "findings"), i, f) {
		if (!doc_is_live(f) || done >= full + lines)
			continue;
		if (done > 0 && done <= full)
			buf_add_byte(p->out, '\n');
		if (done++ < full)
			finding_full(p, f);
		else
			finding_line(p, f);
	}
	return done;
}

/* Those that were resolved, or the others that nobody need look at, in one
 * line each; and why they were resolved. */
static size_t
settled(const struct print_page *p, bool resolved)
{
	size_t i, done = 0;
	json_t *f;

	json_array_foreach(doc_at(p->doc, "findings"), i, f) {
		if (doc_is_live(f) || doc_is_resolved(f) != resolved ||
		    done >= PRINT_LINES_MAX)
			continue;
		done++;
		finding_line(p, f);
		if (resolved)
			print_field(
			    p, 4, "because", "%s", doc_text(f, "reason"));
	}
	return done;
}

static void
more(const struct print_page *p, size_t n)
{
	if (n > 0)
		buf_printf(p->out,
		    "\n  and %zu more; see ctwatch report --format html or "
		    "json\n",
		    n);
}

void
print_findings(const struct print_page *p)
{
	size_t n_live = p->sum.n_fresh + p->sum.n_older;
	size_t n_settled = p->sum.n_suppressed + p->sum.n_closed;

	if (n_live > 0) {
		print_heading(p, "FINDINGS");
		more(p, n_live - live(p));
	}
	if (p->sum.n_resolved > 0) {
		print_heading(p, "RESOLVED");
		more(p, p->sum.n_resolved - settled(p, true));
	}
	if (n_settled > 0) {
		print_heading(p, "SUPPRESSED OR CLOSED");
		more(p, n_settled - settled(p, false));
	}
}
