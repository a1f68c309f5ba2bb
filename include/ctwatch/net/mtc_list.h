/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtc_list: the issuance logs of Merkle Tree CAs that the user configures,
 * since no log list has them.
 *
 * A file is the certificate of a CA, in PEM or DER, or JSON of format
 * ctwatch-mtc/1.
 */
#ifndef CTWATCH_NET_MTC_LIST_H
#define CTWATCH_NET_MTC_LIST_H

#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist.h>

/*
 * Add the logs of a file to l; name is used in messages.  Return false with
 * file, log and reason in *error.
 */
bool mtc_list_add(
    struct loglist *l, struct bytes file, const char *name, struct buf *error);

/*
 * Look for the logs that follow the last one of each CA in l, whose URL must
 * end in its number: a CA that abandons a log continues in the next one.  Add
 * those that have a checkpoint, at most LIMIT_MTC_NEXT of each, with a
 * warning in l.
 */
void mtc_list_next(struct loglist *l, struct http *http);

#endif
