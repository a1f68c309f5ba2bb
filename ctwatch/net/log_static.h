/* SPDX-License-Identifier: Apache-2.0 */
/* log_static: heads, proofs and pages of C2SP static-ct-api logs. */
#ifndef CTWATCH_NET_LOG_STATIC_H
#define CTWATCH_NET_LOG_STATIC_H

#include <ctwatch/net/log_client.h>

extern const struct log_client_heads log_static_heads;
extern const struct log_client_pages log_static_pages;

/* The path of tile n of a level ("data", "0", ...), wide entries wide, as
 * tile/0/x001/234.p/5.  The caller frees. */
char *log_static_path(const char *level, uint64_t n, uint32_t wide);

#endif
