/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_inputs: what the verdict on one certificate takes from the pinset and
 * the watch list.
 *
 * If its digest is that of an earlier verdict, a change of the pinset or the
 * watch list does not concern the certificate.
 */
#ifndef CTWATCH_POLICY_VERDICT_INPUTS_H
#define CTWATCH_POLICY_VERDICT_INPUTS_H

#include <ctwatch/base/buf.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/watch.h>

/*
 * Append what holds for every certificate: the keys marked compromised, which
 * end any path, and the longest validity.  p may be NULL.
 */
void verdict_inputs_common(const struct pinset *p, struct buf *out);

/*
 * Append what holds for c: the matching items hits of w, the domains of p with
 * their keys and issuers, the unrelated names, and the key of p that c has, in
 * any encoding.  p may be NULL.
 */
void verdict_inputs_cert(const struct pinset *p, const struct watch *w,
    const struct watch_hits *hits, const struct cert *c, struct buf *out);

#endif
