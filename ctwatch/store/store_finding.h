/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_finding: the conversion of stored findings by schema step 6.
 */
#ifndef CTWATCH_STORE_STORE_FINDING_H
#define CTWATCH_STORE_STORE_FINDING_H

#include "store/db.h"

/*
 * Before schema version 6 there was one finding per certificate and watched
 * pattern.  Merge those of one certificate and rule under the ID of
 * rules_fingerprint.  Keep the most urgent status (new, open, suppressed,
 * closed by hand, closed) with its reason and day, the highest severity, and
 * the first and last time.  Keep the old IDs in finding_old.
 */
void store_finding_migrate(struct db *db);

#endif
