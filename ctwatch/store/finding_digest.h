/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding_digest: detect changes of findings from outside the program.
 *
 * Each transaction that changes findings ends with a journal record of the
 * digest of all findings.  A digest that differs from the last record, before
 * such a transaction or in `state verify', means that findings were changed,
 * added or deleted outside the program.
 */
#ifndef CTWATCH_STORE_FINDING_DIGEST_H
#define CTWATCH_STORE_FINDING_DIGEST_H

#include "store/store_private.h"

/* Before the first change of findings in a transaction, compare them with the
 * last record, and record a difference.  Call it without the lock. */
void finding_digest_before(struct store *s);

/* Note that a statement changed n findings in the open transaction.  The lock
 * is held, as for the next two. */
void finding_digest_changed(struct store *s, int64_t n);

/*
 * Around a statement that may leave the finding with this id as it was: return
 * what the digest covers of it (the caller hands it on; NULL if that does not
 * matter any more), then note whether that changed.
 */
char *finding_digest_row(struct store *s, const char *id);
void finding_digest_compare(struct store *s, const char *id, char *was);

/* Record the digest, if it is another, in the open transaction.  It is not
 * computed again if no finding was changed.  Call it without the lock. */
void finding_digest_after(struct store *s);

/* Append a line for each difference, recorded or present, to *faults. */
void finding_digest_check(struct store *s, struct buf *faults);

#endif
