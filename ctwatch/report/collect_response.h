/* SPDX-License-Identifier: Apache-2.0 */
/* collect_response: the members of a finding about the response to it. */
#ifndef CTWATCH_REPORT_COLLECT_RESPONSE_H
#define CTWATCH_REPORT_COLLECT_RESPONSE_H

#include <ctwatch/store/store.h>

/*
 * Add "revocation" to a finding whose certificate was looked up, and "report"
 * to one whose certificate was reported to its CA, by this finding or another.
 * Beside them, "found" says when the store first saw the certificate.  tbs is
 * all zero for a finding about no certificate.
 */
struct json_t;
void collect_response(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct json_t *finding);

#endif
