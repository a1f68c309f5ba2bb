/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_pinset: compare the whole pinset with the stored keys.
 *
 * At the end of each run: what ends soon or has ended, what is overdue, what
 * was never seen, which backup is missing (see policy/pinset_audit.h).  A key is
 * missed only when the logs have been read for so long that it should have
 * turned up, so the first run of a store misses none.  A finding that holds
 * no more is closed as "no longer applies", which stands in the journal.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_PINSET_H
#define CTWATCH_JUDGE_EVALUATE_PINSET_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/store/store.h>

/*
 * Judge at the time now, in the run of this number; without a pinset (p is
 * NULL) no such finding holds.  False when the store failed; the caller
 * commits.
 */
bool evaluate_pinset(
    struct store *s, const struct pinset *p, int64_t now, int64_t run);

#endif
