/* SPDX-License-Identifier: Apache-2.0 */
/* output: how `ctwatch audit' prints what it found. */
#ifndef CTWATCH_CLI_AUDIT_OUTPUT_H
#define CTWATCH_CLI_AUDIT_OUTPUT_H

#include <ctwatch/audit/audit.h>

/* The document ctwatch-audit/1; owned by the caller. */
struct json_t *audit_json(const struct audit_certs *a);

/* Append the same for people. */
void audit_text(
    const struct audit_certs *a, const struct audit_result *r, struct buf *out);

#endif
