/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/escape.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/print.h>

static void
refused(const struct print_page *p)
{
	size_t i, n = doc_count(p->doc, "refused");
	json_t *r;

	if (n == 0)
		return;
	print_heading(p, "REFUSED");
	json_array_foreach(doc_at(p->doc, "refused"), i, r) {
		const json_t *log = doc_log(p->doc, doc_text(r, "log_id"));
		struct buf b;

		if (i == PRINT_FULL_MAX)
			break;
		buf_init(&b, SIZE_MAX / 2);
		print_shown(&b,
		    log != NULL ? doc_text(log, "description")
		                : doc_text(r, "log_id"));
		buf_printf(&b, ": entry %" PRId64 ": ", doc_int(r, "index"));
		print_shown(&b, doc_text(r, "reason"));
		if (*doc_text(r, "possible_match") != '\0') {
			buf_add_text(&b, "; it holds the bytes of ");
			print_shown(&b, doc_text(r, "possible_match"));
		}
		buf_add_text(p->out, "  ");
		print_wrap(p->out, 2, 4, buf_text(&b));
		buf_fini(&b);
	}
	if (n > PRINT_FULL_MAX)
		buf_printf(p->out, "  and %zu more\n", n - PRINT_FULL_MAX);
}

static void
coverage_line(const struct print_page *p, const json_t *log)
{
	char fresh[32], at[32];
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	escape_line(&b, bytes_of(doc_text(log, "description")), 26);
	buf_printf(p->out, "  %-29s %13s %15s  ", buf_text(&b),
	    print_number(doc_int(log, "entries_read"), fresh),
	    print_number(doc_int(log, "next_entry"), at));
	print_colour(p, print_is_behind(log) ? "33" : "32");
	buf_printf(p->out, "%s", doc_text(log, "status"));
	print_colour(p, "0");
	buf_add_byte(p->out, '\n');
	if (!doc_true(log, "verified") && doc_int(log, "entries_read") > 0)
		print_field(p, 4, "unproved",
		    "what was read is not yet under a signed head");
	if (print_is_behind(log)) {
		buf_clear(&b);
		print_shown(&b, doc_text(log, "reason"));
		print_field(p, 4, "reason", "%s", buf_text(&b));
		for (size_t i = 0; i < doc_count(log, "unread") && i < 4; i++) {
			const json_t *range = doc_item(log, "unread", i);

			print_field(p, 4, i == 0 ? "unread" : "",
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
list_ages(const struct print_page *p)
{
	size_t i;
	json_t *l;

	json_array_foreach(doc_at(p->doc, "run.lists"), i, l) {
		int64_t age = doc_list_age(l, p->now);
		struct buf b;

		buf_init(&b, SIZE_MAX / 2);
		print_shown(&b, doc_text(l, "source"));
		buf_printf(&b, ": %" PRId64 " logs", doc_int(l, "logs"));
		if (age >= 2 * TIME_DAY)
			buf_printf(
			    &b, ", %" PRId64 " days old", age / TIME_DAY);
		else if (age >= 0)
			buf_printf(
			    &b, ", %" PRId64 " hours old", age / TIME_HOUR);
		if (age > DOC_LIST_OLD)
			buf_add_text(&b, "; newer logs are not known from it");
		if (*doc_text(l, "error") != '\0') {
			buf_add_text(&b, "; no newer copy: ");
			print_shown(&b, doc_text(l, "error"));
		}
		print_field(
		    p, 2, i == 0 ? "log lists" : "", "%s", buf_text(&b));
		buf_fini(&b);
	}
}

void
print_coverage(const struct print_page *p)
{
	bool brief = p->style->brief;
	size_t i;
	json_t *log;

	refused(p);
	print_heading(p, "COVERAGE");
	if (!brief || p->sum.complete < p->sum.logs) {
		print_colour(p, "1");
		buf_printf(p->out, "  %-29s %13s %15s  %s\n", "log",
		    "new entries", "read up to", "status");
		print_colour(p, "0");
	}
	json_array_foreach(doc_at(p->doc, "coverage.logs"), i, log)
		if (print_is_behind(log))
			coverage_line(p, log);
	json_array_foreach(doc_at(p->doc, "coverage.logs"), i, log)
		if (!brief && strcmp(doc_text(log, "status"), "complete") == 0)
			coverage_line(p, log);
	if (brief)
		print_field(p, 2, "complete", "%zu of %zu logs",
		    p->sum.complete, p->sum.logs);
	else
		buf_add_byte(p->out, '\n');
	if (p->sum.skipped > 0)
		print_field(p, 2, "not read",
		    "%zu of the listed logs, by their state or dates; ctwatch "
		    "logs says why",
		    p->sum.skipped);
	list_ages(p);
	print_field(p, 2, "rests on",
	    "entries hashed into the trees that these logs signed. "
	    "Certificates that no log has, logs that are on no list, and what "
	    "a log has promised and not yet merged cannot be seen here.");
}
