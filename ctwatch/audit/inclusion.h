/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inclusion: whether the entry that an SCT promises is in its log.
 *
 * A stored sighting answers without network.  Else an RFC 6962 log is asked for
 * the leaf's hash, and a static-ct-api log for the entry at the leaf_index of
 * the SCT's extensions.  Either is proved to a head that the log signed after
 * the SCT and the maximum merge delay: the store's, if it has a proved one.
 */
#ifndef AUDIT_INCLUSION_H
#define AUDIT_INCLUSION_H

#include <ctwatch/audit/audit_sct.h>
#include <ctwatch/net/http.h>
#include <ctwatch/store/store.h>

struct inclusion;

/* s may be NULL; deadline is a time_mono(), 0 for none. */
struct inclusion *inclusion_new(
    struct http *http, struct store *s, int64_t now, int64_t deadline);
void inclusion_free(struct inclusion *x);

/*
 * Set the status of an SCT of x->log whose signature is valid, its index, why
 * and evidence.  leaf is the MerkleTreeLeaf that it promises, tbs identifies
 * the certificate in the store.
 */
void inclusion_check(struct inclusion *x, struct bytes leaf,
    const uint8_t tbs[static SHA256_SIZE], struct audit_sct *out);

#endif
