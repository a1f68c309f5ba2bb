/* SPDX-License-Identifier: Apache-2.0 */
/*
 * next_pinset: the next pinset of a proposed change, and the reasons to refuse
 * it.
 */
#ifndef CTWATCH_ROTATE_NEXT_PINSET_H
#define CTWATCH_ROTATE_NEXT_PINSET_H

#include <ctwatch/rotate/rotation.h>

/*
 * Return the next text by c, proposed at the time now (ms): canonical, the
 * version one higher, owned by the caller.  Return empty bytes with *error if c
 * is impossible.
 */
struct blob next_pinset_text(struct rotation *r,
    const struct rotation_change *c, int64_t now, struct buf *error);

/*
 * Append a line for each error of `pins lint' in to that from does not have;
 * true if there is none.
 */
bool next_pinset_lint(const struct pinset *from, const struct pinset *to,
    int64_t now, struct buf *out);

/*
 * Append a line for each key that becomes active in to before every consumer
 * can have its pin: at its not_before, or lead_days from now if clients do not
 * accept it by from.  True if there is none.
 */
bool next_pinset_lead(const struct pinset *from, const struct pinset *to,
    int64_t now, struct buf *out);

#endif
