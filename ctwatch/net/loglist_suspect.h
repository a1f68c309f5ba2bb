/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_suspect: detect log lists that are well formed and signed, but not
 * those of browsers (CTW057).  A list without logs that browsers use hides
 * their certificates.
 */
#ifndef CTWATCH_NET_LOGLIST_SUSPECT_H
#define CTWATCH_NET_LOGLIST_SUSPECT_H

#include <ctwatch/net/loglist.h>

/*
 * Return why a list is suspect at time now (ms), or NULL; the caller frees. It
 * has a mimic log; or, compared with the last good one (old, NULL: none), it
 * lacks more than 30 % of the logs read, lacks all tiled logs, or has no log
 * that accepts certificates issued today.
 */
char *loglist_suspect_list(
    const struct loglist *l, const struct loglist *old, int64_t now);

/* Report whether a log accepts certificates issued at time now. */
bool loglist_suspect_covers(const struct loglist *l, int64_t now);

#endif
