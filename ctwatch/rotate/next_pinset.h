/* SPDX-License-Identifier: Apache-2.0 */
/*
 * next_pinset: the text that a proposed change makes of the pinset, and the
 * reasons to refuse it.
 */
#ifndef CTWATCH_ROTATE_NEXT_PINSET_H
#define CTWATCH_ROTATE_NEXT_PINSET_H

#include <ctwatch/rotate/rotation.h>

/*
 * The next text by c, proposed at the time now (ms): canonical, the version one
 * higher, owned by the caller; empty, with *error, if c is impossible.
 */
struct blob next_pinset_text(struct rotation *r,
    const struct rotation_change *c, int64_t now, struct buf *error);

/*
 * Append a line for each error of `pins lint' that to has and from has not;
 * true if there is none.
 */
bool next_pinset_lint(const struct pinset *from, const struct pinset *to,
    int64_t now, struct buf *out);

/*
 * Append a line for each key that to makes active before every consumer can
 * know its pin: its not_before, or lead_days from now for a key that clients
 * do not accept by from.  True if there is none.
 */
bool next_pinset_lead(const struct pinset *from, const struct pinset *to,
    int64_t now, struct buf *out);

#endif
