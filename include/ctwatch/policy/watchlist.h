/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchlist: the file of what is watched, an item a line, as certspotter has
 * it: "#" begins a comment, blanks at the ends do not count.
 */
#ifndef CTWATCH_POLICY_WATCHLIST_H
#define CTWATCH_POLICY_WATCHLIST_H

#include <ctwatch/policy/watch.h>

/*
 * Add every item of the watch list text; file names it in errors
 * ("FILE:LINE: what is wrong").  False at the first error.  What certspotter
 * writes after an item, valid_at:TIME, has no effect.
 */
bool watchlist_load(
    struct watch *w, struct bytes text, const char *file, struct buf *error);

#endif
