/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_change: CTW059, a CAA set that differs from that of the look-up before.
 */
#ifndef CTWATCH_JUDGE_CAA_CHANGE_H
#define CTWATCH_JUDGE_CAA_CHANGE_H

#include <ctwatch/policy/watch.h>
#include <ctwatch/store/store_caa.h>

/*
 * Open CTW059 if the sets of two records of a name differ: of the items in w
 * that it is the registrable name of.  now is in ms.  Return false if the store
 * failed.
 */
bool caa_change_open(struct store *s, const struct watch *w,
    const struct store_caa *before, const struct store_caa *after, int64_t now,
    int64_t run);

/*
 * Close each CTW059 that let no further CA issue, in the first later run, whose
 * look-ups began at that ms and had an answer about its name.  One that did is
 * closed only by hand.  Return false if the store failed.
 */
bool caa_change_close(struct store *s, int64_t looked_up, int64_t run);

#endif
