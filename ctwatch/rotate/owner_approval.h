/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owner_approval: the owners of domains whose approval a change needs.
 *
 * The owner before the change must approve for each name under the pattern:
 * other usable keys, another owner, mode, position, exclusion, issuer,
 * validation level or criticality, deletion of the pattern, and a new pattern
 * that takes names from it.  A new or changed domain also needs the approval of
 * its new owner.
 */
#ifndef CTWATCH_ROTATE_OWNER_APPROVAL_H
#define CTWATCH_ROTATE_OWNER_APPROVAL_H

#include <ctwatch/rotate/approvers.h>

/*
 * Append a line for each pattern whose owner has not approved the change yet;
 * signed_by[i] is true if key i of t signed.  Owners that are not in t are
 * skipped.  Return true if no line is appended.
 */
bool owner_approval_check(const struct pinset *from, const struct pinset *to,
    const struct approvers *t, const bool *signed_by, struct buf *out);

#endif
