/* SPDX-License-Identifier: Apache-2.0 */
/* log_mtc: checkpoints and bundles of entries of the issuance logs of Merkle
 * Tree CAs (C2SP mtc-tlog). */
#ifndef CTWATCH_NET_LOG_MTC_H
#define CTWATCH_NET_LOG_MTC_H

#include <ctwatch/net/log_client.h>

extern const struct log_client_heads log_mtc_heads;
extern const struct log_client_pages log_mtc_pages;

#endif
