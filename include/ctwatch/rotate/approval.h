/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approval: from a proposal to the pinset, by way of signatures.
 */
#ifndef CTWATCH_ROTATE_APPROVAL_H
#define CTWATCH_ROTATE_APPROVAL_H

#include <ctwatch/rotate/rotation.h>

/* The text that approvers sign. */
bool approval_note(
    const struct proposal *p, struct buf *out, struct buf *error);

/* Report whether nothing but the logs speaks for the key that p adds. */
bool approval_unconfirmed(const struct proposal *p);

/*
 * Add the signature of key, a private one whose public half the trust file
 * names; or, if key is NULL, the signature made elsewhere by the trusted key
 * of that name.
 */
bool approval_add(struct rotation *r, struct proposal *p,
    const struct notekey *key, const char *name, struct bytes signature,
    struct buf *error);

/* Put the proposal in place.  Done twice it completes what was cut short. */
bool approval_activate(
    struct rotation *r, struct proposal *p, struct buf *error);

#endif
