/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rfc6962: the answers of an RFC 6962 log (clause 4).
 */
#ifndef LOGD_RFC6962_H
#define LOGD_RFC6962_H

#include "site.h"

/* What a path below the log's folder asks for. */
enum fault_place rfc6962_place(const char *path);

void rfc6962_answer(
    const struct site_request *q, enum fault_place place, struct answer *out);

/* Append a get-entries answer of entries [begin, end) as rule shows them. */
void rfc6962_entries(const struct corpus *c, uint64_t begin, uint64_t end,
    const struct fault_rule *rule, struct buf *out);

#endif
