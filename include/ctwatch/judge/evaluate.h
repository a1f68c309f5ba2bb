/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate: the findings that follow from what is stored.
 *
 * Each certificate is judged when it is new or was seen anew, and all are
 * when the pinset, the watched items or the rules are others than at the
 * last time.  One that is below no CA of the pinset is judged again when CA
 * certificates were logged since: they may show a path.  No log is read for it.
 *
 * A finding that comes up is new; one that was there stays what it was.  One
 * that holds no more is closed, as "approved" if the pinset now expects the
 * certificate, with RULES_BY_PATH if that rests on another path than the logged
 * chain, else as "no longer applies".  One whose certificate has ended
 * is closed as "expired", after it was reported once; what had ended before
 * the last complete run began is closed from the start and alarms nobody.
 * What is closed so stands in the journal.
 */
#ifndef CTWATCH_JUDGE_EVALUATE_H
#define CTWATCH_JUDGE_EVALUATE_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/store/store.h>

/*
 * Judge at the time now, in the run of this number.  p may be NULL.  If it is
 * not trusted (see pinset_trust.h), no finding closes as approved.  lists may
 * be NULL, too: its logs' signatures are checked beside those of the store.
 * False when the store failed; the caller commits.
 */
bool evaluate_all(struct store *s, const struct pinset *p, bool trusted,
    const struct watch *w, const struct loglist *lists, int64_t now,
    int64_t run);

#endif
