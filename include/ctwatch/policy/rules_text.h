/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules_text: the title of a rule, and a link to its reference, for reports.
 */
#ifndef CTWATCH_POLICY_RULES_TEXT_H
#define CTWATCH_POLICY_RULES_TEXT_H

#include <ctwatch/base/buf.h>
#include <ctwatch/policy/rules.h>

/* Return the first sentence of the rule's meaning; a view of its text. */
struct bytes rules_text_title(const struct rules_rule *rule);

/* Append the URL of the first document that the rule refers to; return false
 * and append nothing if it has none. */
bool rules_text_url(const struct rules_rule *rule, struct buf *out);

#endif
