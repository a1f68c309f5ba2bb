/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_pinset: compare the whole pinset with the stored keys.
 *
 * At the end of each run, find keys that expire, are overdue or were never
 * seen, and missing backups (see policy/pinset_audit.h).  A key counts as never
 * seen only after the logs were read for some time, so not in the first run of
 * a store.  A finding that no longer holds is closed as "no longer applies",
 * with a journal record.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_PINSET_H
#define CTWATCH_JUDGE_EVALUATE_PINSET_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/store/store.h>

/*
 * Judge at the time now (ms), in the run of this number; without a pinset (p is
 * NULL) all such findings close.  Return false if the store failed; the caller
 * commits.
 */
bool evaluate_pinset(
    struct store *s, const struct pinset *p, int64_t now, int64_t run);

#endif
