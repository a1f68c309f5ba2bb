/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skip_entries: go on past entries that a log cannot serve.
 */
#ifndef CTWATCH_SYNC_SKIP_ENTRIES_H
#define CTWATCH_SYNC_SKIP_ENTRIES_H

#include "sync/log_reader.h"

/*
 * The page of j cannot be fetched, but the log serves others: append to *range the
 * subtree hash of its entries [from, *to), which a proof under r->head or a
 * hash tile gives, so that what follows can be read and proved.  *to is at
 * most end.  False with the reason in *error if no proof holds, or if the log
 * serves no other entries either: then it is down, and no entry is lost.
 */
bool skip_entries(struct log_reader *r, const struct pipeline_job *j,
    uint64_t end, struct merkle_range *range, uint64_t *to, struct buf *error);

#endif
