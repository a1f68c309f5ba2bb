/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlap_period: how long the old key must stay beside the new one.
 */
#ifndef CTWATCH_ROTATE_OVERLAP_PERIOD_H
#define CTWATCH_ROTATE_OVERLAP_PERIOD_H

#include <ctwatch/rotate/rotation.h>

/*
 * When the overlap of key (an index into r->p->keys) with what follows it
 * ends; 0: nobody can tell, because nothing that follows is active and live.
 */
int64_t overlap_period_end(const struct rotation *r, size_t key);

/*
 * Report whether the key may be retired now: its overlap is over, and every
 * domain is left with enough pins and a key in use.
 */
bool overlap_period_may_retire(
    const struct rotation *r, const char *id, struct buf *why);

#endif
