/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_constraints: the names that CAs above a certificate allow (RFC 5280,
 * 4.2.1.10), by libcrypto.
 */
#ifndef CTWATCH_POLICY_NAME_CONSTRAINTS_H
#define CTWATCH_POLICY_NAME_CONSTRAINTS_H

#include "policy/cert_lint.h"

/* Report whether a CA of the chain forbids a name of the certificate. */
bool name_constraints_forbid(const struct cert_lint_input *in);

#endif
