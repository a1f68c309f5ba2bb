/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_content: the bytes of stored certificates.
 *
 * A certificate and its precertificate have most bytes in common: they are
 * compressed together.  Nearly all certificates have one of a few chains, and
 * their elements are issuers: a path names them, and is stored once.
 */
#ifndef CTWATCH_STORE_STORE_CONTENT_H
#define CTWATCH_STORE_STORE_CONTENT_H

#include "store/store_private.h"

/* The columns to select for store_content_take. */
#define STORE_CONTENT_COLUMNS                                                  \
	"content, (SELECT issuers FROM path WHERE number = cert.path)"

/* Take the next columns; *out owns what it has then.  Parts that are damaged
 * are empty. */
void store_content_take(
    struct store *s, struct db_query *q, struct store_cert *out);

/* Insert c, or merge it with the row of the same certificate: keep the final
 * certificate, the first precertificate and the most complete chain.  Return
 * the number of the row. */
int64_t store_content_save(struct store *s, const struct store_cert *c);

/* Merge the chain of c, if it is more complete than the stored one. */
void store_content_merge_chain(struct store *s, const struct store_cert *c);

/* Schema step 19: move the columns der, precert and chain. */
void store_content_migrate(struct db *db);

#endif
