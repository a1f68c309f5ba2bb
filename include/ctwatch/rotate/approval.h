/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approval: from a proposal to the pinset, by signatures.
 */
#ifndef CTWATCH_ROTATE_APPROVAL_H
#define CTWATCH_ROTATE_APPROVAL_H

#include <ctwatch/rotate/rotation.h>

/* Append the text that approvers sign. */
bool approval_note(
    const struct proposal *p, struct buf *out, struct buf *error);

/*
 * Append a line for each key that clients would accept by p, do not accept by
 * its base, and have no evidence for; true if there is one.
 */
bool approval_unconfirmed(const struct proposal *p, struct buf *out);

/*
 * Append a line for each reason, other than signatures, why p cannot be
 * activated now: no trust file, an untrusted pinset, rejection, age, another
 * base, missing evidence.  Return true if there is none.
 */
bool approval_is_open(
    const struct rotation *r, const struct proposal *p, struct buf *out);

/* Append a line for each missing condition for the activation of p: those
 * above, signatures, lint, lead time.  Return true if there is none. */
bool approval_is_complete(
    const struct rotation *r, const struct proposal *p, struct buf *out);

/*
 * Add the signature of key, a private key whose public key is in the trust
 * file; or, if key is NULL, a signature made elsewhere by the trusted key of
 * that name.  Commits.
 */
bool approval_add(struct rotation *r, struct proposal *p,
    const struct note_key *key, const char *name, struct bytes signature,
    struct buf *error);

/* Record that p is rejected, and why.  Commits. */
bool approval_reject(struct rotation *r, struct proposal *p, const char *reason,
    struct buf *error);

/* Activate the proposal.  Does nothing if it is already active. */
bool approval_activate(
    struct rotation *r, struct proposal *p, struct buf *error);

#endif
