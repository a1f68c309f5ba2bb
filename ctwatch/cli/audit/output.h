/* SPDX-License-Identifier: Apache-2.0 */
/* output: the output of `ctwatch audit'. */
#ifndef CTWATCH_CLI_AUDIT_OUTPUT_H
#define CTWATCH_CLI_AUDIT_OUTPUT_H

#include <ctwatch/audit/audit.h>

/* Return the document ctwatch-audit/1; owned by the caller. */
struct json_t *audit_json(const struct audit_certs *a);

/* Append the same as text. */
void audit_text(
    const struct audit_certs *a, const struct audit_result *r, struct buf *out);

#endif
