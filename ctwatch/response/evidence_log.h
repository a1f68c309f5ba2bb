/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_log: what a bundle says of the log. */
#ifndef CTWATCH_RESPONSE_EVIDENCE_LOG_H
#define CTWATCH_RESPONSE_EVIDENCE_LOG_H

#include <ctwatch/response/bundle.h>
#include <ctwatch/store/store.h>

/* Bytes of a text file of a bundle: a tree head and an audit path. */
#define EVIDENCE_LOG_TEXT (64u << 10)

/* Add log.json and log-key.der. */
void evidence_log_add(const struct store_log *log, struct bundle *out);

/* Return the origin of the log's checkpoints; the caller frees it. */
char *evidence_log_origin(const struct store_log *log);

#endif
