/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_above: find keys of the pinset above a certificate.
 */
#ifndef CTWATCH_POLICY_VERDICT_ABOVE_H
#define CTWATCH_POLICY_VERDICT_ABOVE_H

#include "policy/verdict_case.h"

/* Report whether the logged chain of the certificate has a usable key of the
 * domain. */
bool verdict_above_has_key(
    const struct verdict_case *j, const struct pinset_domain *d);

/*
 * Report whether a usable key of the domain, which pins CAs, is above the
 * certificate by any path: a client may build another path than the log shows.
 */
bool verdict_above_has_key_by_path(
    struct verdict_case *j, const struct pinset_domain *d);

/* Report whether the key of an issuer of the domain is above the certificate,
 * in the logged chain or by another path. */
bool verdict_above_has_issuer(
    struct verdict_case *j, const struct pinset_domain *d);

#endif
