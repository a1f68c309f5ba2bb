/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_suspect: signs that a log list is not the one that browsers use,
 * though it is well formed and signed (CTW057).  A list without logs that
 * others read hides the certificates in them.
 */
#ifndef CTWATCH_NET_LOGLIST_SUSPECT_H
#define CTWATCH_NET_LOGLIST_SUSPECT_H

#include <ctwatch/net/loglist.h>

/*
 * Why a list is suspect at time now (ms); the caller frees, NULL: it is not.
 * It names a mimic log; or, beside the last good one (old, NULL: none), it
 * lacks more than 30 % of the logs that are read, lacks all tiled logs, or has
 * no log that takes certificates issued today.
 */
char *loglist_suspect_list(
    const struct loglist *l, const struct loglist *old, int64_t now);

/* Report whether some log takes certificates that are issued at time now. */
bool loglist_suspect_covers(const struct loglist *l, int64_t now);

#endif
