/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compromise: mark a key compromised at once.
 */
#ifndef CTWATCH_ROTATE_COMPROMISE_H
#define CTWATCH_ROTATE_COMPROMISE_H

#include <ctwatch/rotate/rotation.h>

/*
 * Mark a key compromised.  With a trust file, key must be the private key of an
 * approver.  *left is text for users: the usable keys that each domain keeps.
 * Does nothing for a key that is already compromised.
 */
bool compromise_key(struct rotation *r, const char *id,
    const struct note_key *key, const char *reason, struct buf *left,
    struct buf *error);

#endif
