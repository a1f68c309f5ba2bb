/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_findings: the findings that stand, gathered by rule, so that a reader of many
 * sees at once of how many kinds they are.
 */
#ifndef CTWATCH_REPORT_GROUP_FINDINGS_H
#define CTWATCH_REPORT_GROUP_FINDINGS_H

#include <ctwatch/report/report_json.h>

/* Names that stand for a group. */
#define GROUP_FINDINGS_NAMES 6

/* The new and open findings of one rule and one severity. */
struct group_findings_group {
	const struct json_t *first; /* the one to look at first; borrowed */
	size_t n, n_new;
	size_t n_certs, n_valid; /* about a certificate; one still valid */
	const char
	    *names[GROUP_FINDINGS_NAMES]; /* what they are about, each once */
	size_t n_names;
	bool more; /* they are about others as well */
};

struct group_findings {
	struct group_findings_group
	    *v; /* owned: in the order of the document */
	size_t n;
};

/* Gather the findings of doc, from which *out borrows. */
void group_findings_make(
    struct group_findings *out, const struct json_t *doc, int64_t now);
void group_findings_fini(struct group_findings *g);

/*
 * The finding to speak of first: the worst new one, else the worst open one;
 * NULL if there is none.
 */
const struct json_t *group_findings_worst(const struct group_findings *g);

#endif
