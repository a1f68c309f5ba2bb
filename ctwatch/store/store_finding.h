/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_finding: the conversion of stored findings by schema step 6.
 */
#ifndef CTWATCH_STORE_STORE_FINDING_H
#define CTWATCH_STORE_STORE_FINDING_H

#include "store/db.h"

/*
 * Up to schema version 6 a finding about a certificate was one for each
 * watched pattern.  Join those of one certificate and rule under the ID that
 * rules_fingerprint gives now: the status that asks for most attention stays
 * (new, open, suppressed, closed by hand, closed), with its reason and its
 * day; the highest severity, the first and the last time.  The old IDs stay
 * known in finding_old.
 */
void store_finding_migrate(struct db *db);

#endif
