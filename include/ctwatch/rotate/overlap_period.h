/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlap_period: how long an old key must stay in the pinset with the new one.
 */
#ifndef CTWATCH_ROTATE_OVERLAP_PERIOD_H
#define CTWATCH_ROTATE_OVERLAP_PERIOD_H

#include <ctwatch/rotate/rotation.h>

/*
 * Return when, in ms, the overlap of key (an index into r->p->keys) with its
 * successor ends; 0 if unknown, since no successor is active and logged.
 */
int64_t overlap_period_end(const struct rotation *r, size_t key);

/*
 * Report whether the key may be retired now: its overlap is over, and every
 * domain keeps enough pins and a key in use.
 */
bool overlap_period_may_retire(
    const struct rotation *r, const char *id, struct buf *why);

#endif
