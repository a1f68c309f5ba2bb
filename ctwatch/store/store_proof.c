/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

/* Delete the oldest proofs over the limit. */
static void
prune(struct store *s)
{
	struct db_query *q = store_change(
	    s, "DELETE FROM proof WHERE id <= (SELECT max(id) FROM proof) - ?");

	db_put_int(q, LIMIT_PROOFS);
	db_run(q);
}

bool
store_proof_save(struct store *s, const struct store_proof *p)
{
	struct db_query *q;

	store_lock(s);
	q = store_change(s,
	    "INSERT OR REPLACE INTO proof (log, idx, leaf_hash, size,"
	    " timestamp, root, signature, path, raw)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	db_put_digest(q, p->log_id);
	db_put_int(q, (int64_t)p->index);
	db_put_digest(q, p->leaf_hash);
	db_put_int(q, (int64_t)p->head.size);
	db_put_int(q, (int64_t)p->head.timestamp);
	db_put_digest(q, p->head.root.b);
	db_put_bytes(
	    q, (struct bytes){ p->head.signature, p->head.n_signature });
	db_put_bytes(q,
	    (struct bytes){
	        p->proof.path[0].b, p->proof.n * sizeof p->proof.path[0] });
	db_put_bytes(q, blob_view(p->raw));
	if (db_run(q))
		prune(s);
	return store_unlock(s, true);
}

static void
get_proof(struct db_query *q, struct store_proof *p)
{
	struct bytes b;

	p->head.size = (uint64_t)db_get_int(q);
	p->head.timestamp = (uint64_t)db_get_int(q);
	db_get_digest(q, p->head.root.b);
	b = db_get_bytes(q);
	p->head.n_signature =
	    b.n < TREE_HEAD_SIGNATURE_MAX ? b.n : TREE_HEAD_SIGNATURE_MAX;
	if (b.n > 0)
		memcpy(p->head.signature, b.p, p->head.n_signature);
	b = db_get_bytes(q);
	p->proof.n = b.n / sizeof p->proof.path[0];
	if (p->proof.n > LIMIT_PROOF)
		p->proof.n = LIMIT_PROOF;
	if (p->proof.n > 0)
		memcpy(
		    p->proof.path, b.p, p->proof.n * sizeof p->proof.path[0]);
	b = db_get_bytes(q);
	if (b.n > 0)
		p->raw = blob_copy(b);
}

bool
store_proof_load(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t index, const uint8_t leaf_hash[static SHA256_SIZE],
    struct store_proof *out)
{
	struct db_query *q;
	bool found;

	*out = (struct store_proof){ .index = index, .proof.index = index };
	memcpy(out->log_id, log_id, SHA256_SIZE);
	memcpy(out->leaf_hash, leaf_hash, SHA256_SIZE);
	store_lock(s);
	q = store_ask(s,
	    "SELECT size, timestamp, root, signature, path, raw FROM proof"
	    " WHERE log = ? AND idx = ? AND leaf_hash = ?");
	db_put_digest(q, log_id);
	db_put_int(q, (int64_t)index);
	db_put_digest(q, leaf_hash);
	found = db_row(q);
	if (found) {
		get_proof(q, out);
		db_done(q);
	}
	store_unlock(s, true);
	return found;
}

void
store_proof_fini(struct store_proof *p)
{
	blob_fini(&p->raw);
	*p = (struct store_proof){ 0 };
}
