/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_finding: the findings of a verdict while they are gathered.
 */
#ifndef CTWATCH_POLICY_VERDICT_FINDING_H
#define CTWATCH_POLICY_VERDICT_FINDING_H

#include "policy/verdict_case.h"

/*
 * Add a finding of this rule with a severity before modifiers, or add c to the
 * existing one.  The text follows the names: "api.example.com: issued by ...".
 */
__attribute__((format(printf, 5, 6))) void verdict_finding_add(
    struct verdict_case *j, const struct cert_domain *c, const char *id,
    enum rules_severity severity, const char *fmt, ...);

/* As verdict_finding_add, with the rule's own severity. */
#define VERDICT_ADD(j, c, id, ...)                                             \
	verdict_finding_add(j, c, id, rules_find(id)->severity, __VA_ARGS__)

/* "issued by ... with the key ... (EC P-256)", for messages. */
#define VERDICT_KEY_TEXT "issued by %.*s with the key %s%s%.*s%s"
#define VERDICT_KEY_ARGS(j)                                                    \
	LIMIT_SHOWN_TEXT, (j)->info.issuer, (j)->pin,                          \
	    (j)->info.key != NULL ? " (" : "", LIMIT_SHOWN_TEXT,               \
	    (j)->info.key != NULL ? (j)->info.key : "",                        \
	    (j)->info.key != NULL ? ")" : ""

/* Write the messages, list patterns and names, sort; once, at the end. */
void verdict_findings_finish(struct verdict_case *j);

#endif
