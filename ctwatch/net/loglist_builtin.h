/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist_builtin: files built into the program from data/ (see Makefile.am).
 */
#ifndef CTWATCH_NET_LOGLIST_BUILTIN_H
#define CTWATCH_NET_LOGLIST_BUILTIN_H

#include <ctwatch/base/bytes.h>

/* Chrome's log list, for a first run without another; static. */
struct bytes loglist_builtin(void);

#endif
