/* SPDX-License-Identifier: Apache-2.0 */
/* loglist_parse: parse the JSON of one log list, schema v3. */
#ifndef CTWATCH_NET_LOGLIST_PARSE_H
#define CTWATCH_NET_LOGLIST_PARSE_H

#include <ctwatch/net/loglist.h>

/*
 * Parse json into *out, which is new: its logs in the order of the list, its
 * operators as named in the list.  Rejected parts become warnings. Return false
 * with the reason in *error if it is no list, or has no usable log.
 */
bool loglist_parse(struct loglist *out, struct bytes json, const char *name,
    struct buf *error);

#endif
