/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl: its beginning and end, for whoever uses it.
 */
#ifndef CTWATCH_NET_LIBCURL_H
#define CTWATCH_NET_LIBCURL_H

#include <stdbool.h>

#include <ctwatch/base/buf.h>

/*
 * Begin to use libcurl; out of memory ends the program there, too.  False
 * with the reason in error.  Each start has its stop, and they can nest.
 */
bool libcurl_start(struct buf *error);
void libcurl_stop(void);

#endif
