/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_revocation: findings from the revocation status of certificates and
 * the reports sent to their CAs.
 *
 * A revoked certificate closes its findings, with the reason of the CRL, and
 * opens CTW050.  One that was reported and is not revoked by the deadline opens
 * CTW051; one with unknown status opens CTW052.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_REVOCATION_H
#define CTWATCH_JUDGE_EVALUATE_REVOCATION_H

#include <ctwatch/store/store.h>

/* Judge at the time now (ms), in the run of this number.  False when the store
 * failed; the caller commits. */
bool evaluate_revocation(struct store *s, int64_t now, int64_t run);

#endif
