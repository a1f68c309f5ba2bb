/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skip_entries: continue after entries that a log cannot serve.
 */
#ifndef CTWATCH_SYNC_SKIP_ENTRIES_H
#define CTWATCH_SYNC_SKIP_ENTRIES_H

#include "sync/log_reader.h"

/*
 * The page of j cannot be fetched, but the log serves others: append to *range
 * the subtree hash of its entries [from, *to), from a proof under r->head or a
 * hash tile, so that later entries can be read and verified.  *to is at most
 * end.  Return false with the reason in *error if there is no valid proof, or
 * if the log serves no other entries either: then it is down, and no entry is
 * skipped.
 */
bool skip_entries(struct log_reader *r, const struct pipeline_job *j,
    uint64_t end, struct merkle_range *range, uint64_t *to, struct buf *error);

#endif
