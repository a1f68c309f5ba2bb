/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotation_propose: propose a change of the pinset.
 */
#ifndef CTWATCH_ROTATE_ROTATION_PROPOSE_H
#define CTWATCH_ROTATE_ROTATION_PROPOSE_H

#include <ctwatch/rotate/rotation.h>

/*
 * Make the proposal for a change, or load the existing one for the same change
 * of the same pinset, with its signatures, and set *known.  The caller adds
 * evidence, saves it with rotation_propose_save and frees it with
 * proposal_fini.
 */
bool rotation_propose(struct rotation *r, const struct rotation_change *c,
    struct proposal *out, bool *known, struct buf *error);

/* Save p, record it in the journal unless it was known, and commit. */
bool rotation_propose_save(struct rotation *r, const struct proposal *p,
    bool known, struct buf *error);

#endif
