/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate: derive findings from the stored certificates.
 *
 * Judge each certificate that is new or has a new sighting; judge all if the
 * pinset, the watched items or the rules changed.  Judge one below no CA of the
 * pinset again if CA certificates were logged since: they may give a path.  No
 * log is read.
 *
 * A finding keeps its status if it exists, else it is new.  One that no longer
 * holds is closed, as "approved" if the pinset now expects the certificate,
 * with RULES_BY_PATH if by another path than the logged chain, else as "no
 * longer applies".  One whose certificate has expired is closed as "expired"
 * after it was reported once; if it expired before the last complete run, the
 * finding is created as closed and not reported.  The journal records each
 * closing.
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
 * be NULL; SCTs of its logs are checked in addition to those of the store's.
 * Return false if the store failed; the caller commits.
 */
bool evaluate_all(struct store *s, const struct pinset *p, bool trusted,
    const struct watch *w, const struct loglist *lists, int64_t now,
    int64_t run);

#endif
