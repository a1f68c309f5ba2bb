/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inclusion: find the entry of an SCT in its log.
 *
 * A stored sighting suffices without network.  Else request the leaf's hash
 * from an RFC 6962 log, and the entry at the leaf_index of the SCT's extensions
 * from a static-ct-api log.  Both are proved to a head that the log signed
 * after the SCT and the maximum merge delay: a stored one, if it is verified.
 */
#ifndef AUDIT_INCLUSION_H
#define AUDIT_INCLUSION_H

#include <ctwatch/audit/audit_sct.h>
#include <ctwatch/net/http.h>
#include <ctwatch/store/store.h>

struct inclusion;

/* s may be NULL; now is in ms, deadline a time_mono(), 0 for none.  Free with
 * inclusion_free. */
struct inclusion *inclusion_new(
    struct http *http, struct store *s, int64_t now, int64_t deadline);
void inclusion_free(struct inclusion *x);

/*
 * Set the status of an SCT of x->log whose signature is valid, its index, why
 * and evidence.  leaf is its MerkleTreeLeaf, tbs identifies the certificate in
 * the store.
 */
void inclusion_check(struct inclusion *x, struct bytes leaf,
    const uint8_t tbs[static SHA256_SIZE], struct audit_sct *out);

#endif
