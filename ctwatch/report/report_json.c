/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/report_json.h>

json_t *
report_json_at(const json_t *v, const char *path)
{
	const char *dot;

	while (v != NULL && (dot = strchr(path, '.')) != NULL) {
		char name[32];

		snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
		v = json_object_get(v, name);
		path = dot + 1;
	}
	return json_object_get(v, path);
}

const char *
report_json_text(const json_t *v, const char *path)
{
	const char *s = json_string_value(report_json_at(v, path));

	return s != NULL ? s : "";
}

int64_t
report_json_int(const json_t *v, const char *path)
{
	return json_integer_value(report_json_at(v, path));
}

bool
report_json_true(const json_t *v, const char *path)
{
	return json_is_true(report_json_at(v, path));
}

int64_t
report_json_time(const json_t *v, const char *path)
{
	int64_t t;

	return time_parse(report_json_text(v, path), &t) ? t : 0;
}

size_t
report_json_count(const json_t *v, const char *path)
{
	return json_array_size(report_json_at(v, path));
}

json_t *
report_json_item(const json_t *v, const char *path, size_t i)
{
	return json_array_get(report_json_at(v, path), i);
}

const char *
report_json_item_text(const json_t *v, const char *path, size_t i)
{
	const char *s = json_string_value(report_json_item(v, path, i));

	return s != NULL ? s : "";
}

enum rules_severity
report_json_severity(const json_t *finding)
{
	enum rules_severity s;

	return rules_severity_parse(report_json_text(finding, "severity"), &s)
	    ? s
	    : RULES_NOTE;
}

const struct rules_rule *
report_json_rule(const json_t *finding)
{
	return rules_find(report_json_text(finding, "rule"));
}

bool
report_json_is_new(const json_t *finding)
{
	return strcmp(report_json_text(finding, "status"), "new") == 0;
}

bool
report_json_is_live(const json_t *finding)
{
	return report_json_is_new(finding) ||
	    strcmp(report_json_text(finding, "status"), "open") == 0;
}

bool
report_json_is_resolved(const json_t *finding)
{
	return report_json_true(finding, "resolved");
}

const char *
report_json_about(const json_t *finding)
{
	if (report_json_count(finding, "matched_names") > 0)
		return report_json_item_text(finding, "matched_names", 0);
	if (report_json_count(finding, "watched") > 0)
		return report_json_item_text(finding, "watched", 0);
	return report_json_text(finding, "subject");
}

const char *
report_json_logged(const json_t *finding)
{
	const char *first = "";

	/* RFC 3339 in UTC: the order of the texts is that of the times. */
	for (size_t i = 0; i < report_json_count(finding, "sightings"); i++) {
		const char *t = report_json_text(
		    report_json_item(finding, "sightings", i), "timestamp");

		if (*first == '\0' || strcmp(t, first) < 0)
			first = t;
	}
	return first;
}

bool
report_json_is_overdue(const json_t *finding, int64_t now)
{
	int64_t due = report_json_time(finding, "report.due");

	return due != 0 && due < now &&
	    strcmp(report_json_text(finding, "revocation.status"), "revoked") !=
	    0;
}

json_t *
report_json_find(
    const json_t *v, const char *path, const char *member, const char *text)
{
	size_t i;
	json_t *e;

	json_array_foreach(report_json_at(v, path), i, e)
		if (strcmp(report_json_text(e, member), text) == 0)
			return e;
	return NULL;
}

json_t *
report_json_log(const json_t *doc, const char *log_id)
{
	return report_json_find(doc, "coverage.logs", "log_id", log_id);
}

int64_t
report_json_list_age(const json_t *list, int64_t now)
{
	int64_t t = report_json_time(list, "dated");

	if (t == 0)
		t = report_json_time(list, "fetched");
	return t == 0 ? -1 : t < now ? now - t : 0;
}

void
report_json_list_describe(const json_t *list, int64_t now, struct buf *out)
{
	int64_t age = report_json_list_age(list, now), logs, hours;
	int64_t dated = report_json_time(list, "dated");
	char date[TIME_TEXT];

	logs = report_json_int(list, "logs");
	buf_printf(out, ": %" PRId64 " log%s", logs, logs == 1 ? "" : "s");
	if (age >= 2 * TIME_DAY) {
		time_format_date(dated, date);
		buf_printf(out, "%s%s, %" PRId64 " days old",
		    dated != 0 ? ", of " : "", dated != 0 ? date : "",
		    age / TIME_DAY);
	} else if (age >= TIME_HOUR) {
		hours = age / TIME_HOUR;
		buf_printf(out, ", %" PRId64 " hour%s old", hours,
		    hours == 1 ? "" : "s");
	} else if (age >= 0)
		buf_add_text(out, ", less than an hour old");
	if (age > REPORT_JSON_LIST_OLD)
		buf_add_text(out, "; newer logs are not known from it");
}

void
report_json_exit(const json_t *doc, struct buf *out)
{
	int64_t below = report_json_int(doc, "run.below");
	const char *outcome = report_json_text(doc, "run.outcome");

	buf_printf(out, "exit status %" PRId64,
	    report_json_int(doc, "run.exit_status"));
	if (below == 0 || strcmp(outcome, "clean") != 0)
		buf_printf(out, " (%s)", outcome);
	if (below > 0)
		buf_printf(out, ", %" PRId64 " finding%s below %s", below,
		    below > 1 ? "s" : "", report_json_text(doc, "run.fail_on"));
}

/* Find the largest log that was not searched from entry 0 for the new items,
 * and count the others. */
static const json_t *
first_narrow_log(const json_t *doc, size_t *others)
{
	const json_t *found = NULL;
	size_t i;
	json_t *log;

	*others = 0;
	json_array_foreach(report_json_at(doc, "coverage.logs"), i, log) {
		if (report_json_int(log, "searched_from") == 0)
			continue;
		if (found == NULL)
			found = log;
		else
			++*others;
	}
	return found;
}

bool
report_json_new_items(const json_t *doc, struct buf *out)
{
	const json_t *first = report_json_item(doc, "coverage.new_items", 0);
	int64_t n = report_json_int(doc, "coverage.new_items_count");
	const json_t *log;
	size_t others;

	if (first == NULL)
		return false;
	log = first_narrow_log(doc, &others);
	escape_utf8(out, bytes_of(report_json_text(first, "item")));
	if (n > 1)
		buf_printf(out, " and %" PRId64 " more", n - 1);
	buf_printf(out, ": watching from entry %" PRId64 " of ",
	    report_json_int(log, "searched_from"));
	escape_utf8(out, bytes_of(report_json_text(log, "description")));
	if (others > 0)
		buf_printf(out, " (and of %zu other log%s from %.10s)", others,
		    others > 1 ? "s" : "", report_json_text(first, "since"));
	buf_add_text(out,
	    " on; earlier entries were not searched: --since, backfill or "
	    "search");
	return true;
}

bool
report_json_cover(const json_t *doc, struct buf *out)
{
	size_t i;
	json_t *v;

	json_array_foreach(
	    report_json_at(doc, "coverage.cover.rests_on"), i, v) {
		if (i > 0)
			buf_add_byte(out, ' ');
		escape_utf8(out, bytes_of(json_string_value(v)));
	}
	return report_json_at(doc, "coverage.cover") != NULL;
}

void
report_json_limits(const json_t *doc, struct buf *out)
{
	size_t i, unverified = 0;
	json_t *log;

	json_array_foreach(report_json_at(doc, "coverage.logs"), i, log)
		unverified += report_json_is_unproved(log);
	if (unverified == 0)
		buf_add_text(out,
		    "All entries read are verified against the trees that the "
		    "logs signed.");
	else
		buf_printf(out,
		    "The entries read from %zu log%s are not verified by a "
		    "signed head yet.",
		    unverified, unverified > 1 ? "s" : "");
	buf_add_text(out,
	    " Not covered: certificates in no log, logs in no log list, and "
	    "entries that a log accepted but has not merged yet.");
}

bool
report_json_is_unproved(const json_t *log)
{
	return !report_json_true(log, "verified") &&
	    (report_json_int(log, "entries_read") > 0 ||
	        (report_json_int(log, "next_entry") > 0 &&
	            strcmp(report_json_text(log, "status"), "partial") == 0));
}
