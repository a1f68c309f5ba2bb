/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_diff: the differences between two pinsets, for approvers.
 */
#ifndef CTWATCH_ROTATE_PINSET_DIFF_H
#define CTWATCH_ROTATE_PINSET_DIFF_H

#include <ctwatch/policy/pinset.h>

/*
 * Append every difference between two pinsets' texts, a line each: "+" for
 * added, "-" for removed, "~" for changed.  It compares the documents
 * themselves, so that no member is missed.
 */
bool pinset_diff(struct bytes from, struct bytes to, struct buf *out);

/* Append the consumers of the domains of to whose clients accept, or refuse,
 * other keys than by from, a line each, with their days. */
void pinset_diff_consumers(
    const struct pinset *from, const struct pinset *to, struct buf *out);

#endif
