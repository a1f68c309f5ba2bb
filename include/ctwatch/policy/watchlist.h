/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchlist: the watch list file, one item per line, as for certspotter: "#"
 * begins a comment, leading and trailing blanks are ignored.
 */
#ifndef CTWATCH_POLICY_WATCHLIST_H
#define CTWATCH_POLICY_WATCHLIST_H

#include <ctwatch/policy/watch.h>

/*
 * Add every item of the watch list text; file names it in errors ("FILE:LINE:
 * what is wrong").  Return false at the first error.  Ignore certspotter's
 * valid_at:TIME after an item.
 */
bool watchlist_load(
    struct watch *w, struct bytes text, const char *file, struct buf *error);

/* Call fault with "FILE:LINE: what is wrong" for each line that watchlist_load
 * refuses, until it returns false. */
void watchlist_faults(struct bytes text, const char *file,
    bool (*fault)(void *arg, const char *message), void *arg);

#endif
