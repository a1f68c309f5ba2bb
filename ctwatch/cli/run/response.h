/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response: between judging and reporting, look up which certificates of
 * findings are revoked; after the report, fetch the proofs of its findings.
 */
#ifndef CTWATCH_CLI_RUN_RESPONSE_H
#define CTWATCH_CLI_RUN_RESPONSE_H

#include <ctwatch/response/proofs.h>
#include <ctwatch/response/revocation.h>

/*
 * Look up the certificates of open findings in their CRLs or by OCSP, for some
 * minutes, and commit what was judged before and their status after.  False
 * when the store failed.
 */
bool run_response_look_up(
    struct store *s, const struct revocation_options *options);

/* Fetch and store the inclusion proofs of findings. */
void run_response_prove(struct store *s, const struct proofs_options *options);

#endif
