/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "report/caa_lines.h"
#include <ctwatch/report/report_json.h>

/* Records of a name in its line. */
#define RECORDS 4

static bool
has_status(const json_t *name, const char *word)
{
	return strcmp(report_json_text(name, "status"), word) == 0;
}

bool
caa_lines_is_missing(const json_t *name)
{
	return has_status(name, "failed") || has_status(name, "left");
}

void
caa_lines_summary(const json_t *caa, struct buf *out)
{
	int64_t all = report_json_int(caa, "names_count");
	int64_t found = 0, none = 0, absent = 0, listed = 0, missing;
	size_t i;
	json_t *n;

	json_array_foreach(json_object_get(caa, "names"), i, n) {
		listed++;
		found += has_status(n, "found");
		none += has_status(n, "none");
		absent += has_status(n, "absent");
	}
	missing = listed - found - none - absent;
	buf_printf(out,
	    "%" PRId64 " of %" PRId64 " names looked up: %" PRId64
	    " with CAA records, %" PRId64 " without",
	    found + none + absent, all, found, none);
	if (absent > 0)
		buf_printf(out, ", %" PRId64 " not in DNS", absent);
	if (missing > 0)
		buf_printf(out, "; %" PRId64 " NOT LOOKED UP", missing);
	if (all > listed)
		buf_printf(out, "; %" PRId64 " more are not listed here",
		    all - listed);
}

void
caa_lines_not_judged(const json_t *caa, struct buf *out)
{
	int64_t n = report_json_int(caa, "not_judged");
	const char *why = report_json_text(caa, "reason");

	if (n == 0)
		return;
	buf_printf(out,
	    "%" PRId64 " certificate%s not judged by CAA: the CAA domain names "
	    "of the CA are not known (%s)%s%s",
	    n, n == 1 ? "" : "s", report_json_text(caa, "issuer"),
	    *why != '\0' ? ": " : "", why);
}

static void
add_records(const json_t *name, struct buf *out)
{
	int64_t all = report_json_int(name, "records_count");
	size_t i;

	for (i = 0; i < RECORDS && i < report_json_count(name, "records"); i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "",
		    report_json_item_text(name, "records", i));
	if (all > (int64_t)i)
		buf_printf(out, " and %" PRId64 " more", all - (int64_t)i);
	if (all == 0)
		buf_add_text(out, "no CAA records");
	else if (strcmp(report_json_text(name, "domain"),
	             report_json_text(name, "name")) != 0)
		buf_printf(out, " (of %s)", report_json_text(name, "domain"));
}

void
caa_lines_name(const json_t *name, struct buf *out)
{
	const char *checked = report_json_text(name, "checked");

	buf_printf(out, "%s: ", report_json_text(name, "name"));
	if (has_status(name, "absent"))
		buf_add_text(out, "not in DNS");
	else if (caa_lines_is_missing(name))
		buf_printf(
		    out, "not looked up: %s", report_json_text(name, "reason"));
	else {
		add_records(name, out);
		buf_printf(out, "; since %s%s", report_json_text(name, "since"),
		    report_json_true(name, "authenticated") ? ", DNSSEC" : "");
		return;
	}
	if (*checked != '\0') {
		buf_printf(out, "; on %s: ", checked);
		add_records(name, out);
	}
}
