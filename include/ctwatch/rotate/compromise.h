/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compromise: declare a key compromised at once.
 */
#ifndef CTWATCH_ROTATE_COMPROMISE_H
#define CTWATCH_ROTATE_COMPROMISE_H

#include <ctwatch/rotate/rotation.h>

/*
 * Declare a key compromised.  With a trust file, key must be a private key
 * that it names.  *left is text for people: the usable keys that each domain
 * keeps.  Does nothing for a key that is compromised already.
 */
bool compromise_key(struct rotation *r, const char *id,
    const struct note_key *key, const char *reason, struct buf *left,
    struct buf *error);

#endif
