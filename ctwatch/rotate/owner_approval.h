/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owner_approval: whose approval a change needs because domains have owners.
 *
 * A change of what a name under an owned pattern gets needs the owner that it
 * has before the change: other usable keys, another owner, mode, position,
 * exclusion, issuer, validation level or criticality, a deleted pattern, and a
 * new pattern that takes names from it.  A new domain, and a changed one, also
 * needs the owner that it gets.
 */
#ifndef CTWATCH_ROTATE_OWNER_APPROVAL_H
#define CTWATCH_ROTATE_OWNER_APPROVAL_H

#include <ctwatch/rotate/approvers.h>

/*
 * Append a line for each pattern whose owner must approve the change and has
 * not; signed_by says of each key of t whether it signed.  Owners that t does
 * not name are passed over.  True if no line is appended.
 */
bool owner_approval_check(const struct pinset *from, const struct pinset *to,
    const struct approvers *t, const bool *signed_by, struct buf *out);

#endif
