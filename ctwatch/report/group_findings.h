/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_findings: group the new and open findings by rule and severity, for the
 * summary.
 */
#ifndef CTWATCH_REPORT_GROUP_FINDINGS_H
#define CTWATCH_REPORT_GROUP_FINDINGS_H

#include <ctwatch/report/report_json.h>

/* Names that the summary shows for a group. */
#define GROUP_FINDINGS_NAMES 6

/* The new and open findings of one rule and one severity. */
struct group_findings_group {
	struct json_t *first; /* the most important one; owned */
	size_t n, n_new;
	size_t n_certs, n_valid; /* about a certificate; one still valid */
	char *names[GROUP_FINDINGS_NAMES]; /* owned: their subjects, without
	                                    * duplicates */
	size_t n_names;
	bool more; /* there are further subjects */
};

struct group_findings {
	struct group_findings_group
	    *v; /* owned: in the order of the document */
	size_t n;
};

/* Group the findings of r; now, in ms, decides which certificates are valid. */
void group_findings_make(
    struct group_findings *out, const struct report *r, int64_t now);
void group_findings_fini(struct group_findings *g);

/*
 * Return the most important finding: the worst new one, else the worst open
 * one; NULL without findings.
 */
const struct json_t *group_findings_worst(const struct group_findings *g);

#endif
