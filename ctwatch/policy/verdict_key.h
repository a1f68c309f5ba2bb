/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_key: judge the key of a certificate.
 */
#ifndef CTWATCH_POLICY_VERDICT_KEY_H
#define CTWATCH_POLICY_VERDICT_KEY_H

#include "policy/verdict_case.h"

/* Judge the key for a domain with keys.  Return true for an unknown key. */
bool verdict_key_judge(struct verdict_case *j, const struct cert_domain *c);

/* Judge the unrelated names beside those of c. */
void verdict_key_unrelated_names(
    struct verdict_case *j, const struct cert_domain *c);

#endif
