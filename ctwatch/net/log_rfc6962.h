/* SPDX-License-Identifier: Apache-2.0 */
/* log_rfc6962: heads, proofs and pages of the API of RFC 6962, 4. */
#ifndef CTWATCH_NET_LOG_RFC6962_H
#define CTWATCH_NET_LOG_RFC6962_H

#include <ctwatch/net/log_client.h>

extern const struct log_client_heads log_rfc6962_heads;
extern const struct log_client_pages log_rfc6962_pages;

/* As the subtree function of log_client_pages, from an audit path. */
enum log_client_result log_rfc6962_subtree(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    unsigned level, uint64_t start, struct merkle_hash *out, struct buf *error);

#endif
