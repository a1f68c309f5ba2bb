/* SPDX-License-Identifier: Apache-2.0 */
/*
 * groups: the findings that stand, gathered by rule, so that a reader of many
 * sees at once of how many kinds they are.
 */
#ifndef CTWATCH_REPORT_GROUPS_H
#define CTWATCH_REPORT_GROUPS_H

#include <ctwatch/report/doc.h>

/* Names that stand for a group. */
#define GROUPS_NAMES 6

/* The new and open findings of one rule and one severity. */
struct groups_group {
	const struct json_t *first; /* the one to look at first; borrowed */
	size_t n, n_new;
	size_t n_certs, n_valid; /* about a certificate; one still valid */
	const char *names[GROUPS_NAMES]; /* what they are about, each once */
	size_t n_names;
	bool more; /* they are about others as well */
};

struct groups {
	struct groups_group *v; /* owned: in the order of the document */
	size_t n;
};

/* Gather the findings of doc, from which *out borrows. */
void groups_make(struct groups *out, const struct json_t *doc, int64_t now);
void groups_fini(struct groups *g);

/*
 * The finding to speak of first: the worst new one, else the worst open one;
 * NULL if there is none.
 */
const struct json_t *groups_worst(const struct groups *g);

#endif
