/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_missing: the bundle of CTW053: a log signed an SCT and lacks the
 * entry.
 */
#ifndef CTWATCH_RESPONSE_EVIDENCE_MISSING_H
#define CTWATCH_RESPONSE_EVIDENCE_MISSING_H

#include <ctwatch/response/bundle.h>
#include <ctwatch/store/store.h>

/* As evidence_fill, for a finding CTW053, whose detail has the evidence. */
bool evidence_missing_fill(struct store *s, const struct store_finding *f,
    struct bytes finding, struct bundle *out, struct buf *missing);

#endif
