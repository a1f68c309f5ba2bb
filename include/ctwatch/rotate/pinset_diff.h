/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_diff: what one pinset has that another has not, for people to judge.
 */
#ifndef CTWATCH_ROTATE_PINSET_DIFF_H
#define CTWATCH_ROTATE_PINSET_DIFF_H

#include <ctwatch/policy/pinset.h>

/*
 * Append every difference between two pinsets' texts, a line each: "+" and
 * "-" for what is added and taken away, "~" for what is changed.  It is made
 * of the documents themselves, so that nothing in them can hide from it.
 */
bool pinset_diff(struct bytes from, struct bytes to, struct buf *out);

/* Append the consumers of the domains of to whose clients accept, or refuse,
 * other keys than by from, a line each, with their days. */
void pinset_diff_consumers(
    const struct pinset *from, const struct pinset *to, struct buf *out);

#endif
