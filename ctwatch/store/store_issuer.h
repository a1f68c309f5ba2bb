/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_issuer: the elements of chains among the issuer certificates.
 */
#ifndef CTWATCH_STORE_STORE_ISSUER_H
#define CTWATCH_STORE_STORE_ISSUER_H

#include "store/store_private.h"

/*
 * Save the elements of a chain (u24 vectors), the first LIMIT_CHAIN of at most
 * LIMIT_ISSUER bytes each: paths that lead from one CA to another.  A chain
 * is kept with its certificate, too, but of several only the first.
 */
void store_issuer_add_chain(struct store *s, struct bytes chain);

/* Schema step 14: save those of the chains that are stored already. */
void store_issuer_migrate(struct db *db);

#endif
