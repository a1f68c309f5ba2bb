/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_issuer: judge the issuer of a certificate.
 */
#ifndef CTWATCH_POLICY_VERDICT_ISSUER_H
#define CTWATCH_POLICY_VERDICT_ISSUER_H

#include "policy/verdict_case.h"

/* Judge the issuer for a domain that lists issuers. */
void verdict_issuer_judge(
    struct verdict_case *j, const struct cert_domain *c, bool unknown_key);

#endif
