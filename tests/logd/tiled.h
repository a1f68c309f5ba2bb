/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiled: the answers of a static-ct-api log: checkpoint, tiles, issuers.
 */
#ifndef LOGD_TILED_H
#define LOGD_TILED_H

#include "site.h"

/* What a path below the log's folder asks for. */
enum fault_place tiled_place(const char *path);

void tiled_answer(
    const struct site_request *q, enum fault_place place, struct answer *out);

/* Append the data tile of entries [begin, end) as rule shows them. */
void tiled_data(const struct corpus *c, uint64_t begin, uint64_t end,
    const struct fault_rule *rule, struct buf *out);

#endif
