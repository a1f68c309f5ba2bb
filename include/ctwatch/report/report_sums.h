/* SPDX-License-Identifier: Apache-2.0 */
/* report_sums: counts of the findings and the coverage of a report. */
#ifndef CTWATCH_REPORT_REPORT_SUMS_H
#define CTWATCH_REPORT_REPORT_SUMS_H

#include <ctwatch/policy/rules.h>

struct json_t; /* jansson's */
struct report;

struct report_sums {
	size_t fresh[RULES_CRITICAL + 1]; /* new ones by severity */
	size_t older[RULES_CRITICAL + 1]; /* open ones */
	size_t n_fresh, n_older, n_resolved;
	size_t n_suppressed, n_closed; /* closed earlier */
	int worst_fresh, worst;        /* enum rules_severity, or -1 */
	size_t logs, complete, skipped, unreachable, partial, misbehaving;
	size_t unusable; /* logs counts these and all except skipped */
	size_t unproved; /* logs: see report_json_is_unproved */
	int64_t entries, lag_entries, refused;
	int64_t list_age; /* ms, of the newest log list; -1: unknown */
};

/* Count the findings and the coverage of r. */
void report_sums_load(const struct report *r, struct report_sums *out);

/* Return what a report without new or open findings says of their severity, by
 * what was read; static storage, without a full stop. */
const char *report_sums_no_findings(
    const struct json_t *doc, const struct report_sums *sums);

#endif
