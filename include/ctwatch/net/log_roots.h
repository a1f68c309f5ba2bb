/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_roots: the CA certificates that a log accepts (RFC 6962, 4.7).
 *
 * The answer is not signed: it informs, and decides nothing.
 */
#ifndef CTWATCH_NET_LOG_ROOTS_H
#define CTWATCH_NET_LOG_ROOTS_H

#include <ctwatch/net/log_client.h>

/*
 * Append the SHA-256 of each accepted certificate, 32 bytes, to *out.  Return
 * false with the reason in *error, and nothing appended, if there is no
 * readable answer.
 */
bool log_roots_fetch(const struct loglist_log *log,
    const struct log_client_fetch *fetch, struct buf *out, struct buf *error);

#endif
