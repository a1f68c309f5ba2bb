/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_scts: check that logs have the entries of the SCTs in matched
 * certificates.
 */
#ifndef CTWATCH_CLI_RUN_OWN_SCTS_H
#define CTWATCH_CLI_RUN_OWN_SCTS_H

#include <ctwatch/audit/audit.h>
#include <ctwatch/policy/watch.h>

/*
 * Look up the entries that SCTs of stored certificates promise, that the runs
 * must have read and that they did not store; open CTW053 and CTW054 in the run
 * of this number.  Set
 * *missing if an entry is missing.  False when the store failed.
 */
bool run_own_scts(const struct audit_options *options, const struct watch *w,
    int64_t run, bool *missing);

#endif
