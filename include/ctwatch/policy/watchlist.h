/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchlist: the watch list file, one item per line, as for certspotter: "#"
 * begins a comment, leading and trailing blanks are ignored.
 */
#ifndef CTWATCH_POLICY_WATCHLIST_H
#define CTWATCH_POLICY_WATCHLIST_H

#include <ctwatch/policy/watch.h>

/*
 * Give the text of a watch list to w, which is empty (see watch_take_text), and
 * add all of its items; file names it in errors ("FILE:LINE: what is wrong").
 * Return false at the first error.  Ignore certspotter's valid_at:TIME after an
 * item.
 */
bool watchlist_load(
    struct watch *w, struct blob *text, const char *file, struct buf *error);

/* Call fault with "FILE:LINE: what is wrong" for each line that watchlist_load
 * refuses, until it returns false.  *text is then {0}. */
void watchlist_faults(struct blob *text, const char *file,
    bool (*fault)(void *arg, const char *message), void *arg);

#endif
