/* SPDX-License-Identifier: Apache-2.0 */
/* loglist_parse: the JSON of one log list, as the schema v3 has it. */
#ifndef CTWATCH_NET_LOGLIST_PARSE_H
#define CTWATCH_NET_LOGLIST_PARSE_H

#include <ctwatch/net/loglist.h>

/*
 * Parse json into *out, which is new: its logs in the order of the list, its
 * operators as the list names them.  What is refused stands in its warnings.
 * False with the reason in *error when it is no list, or has no log to use.
 */
bool loglist_parse(struct loglist *out, struct bytes json, const char *name,
    struct buf *error);

#endif
