/* SPDX-License-Identifier: Apache-2.0 */
/*
 * absence: the evidence that a log does not have an entry that it promised.
 *
 * For a static-ct-api log it is a proof: the SCT has the index, and the log has
 * another entry there under a signed root, or its tree ends before.  For an RFC
 * 6962 log it is the SCT and a head signed after the deadline; only the log's
 * answer says that the entry is not under it.
 */
#ifndef AUDIT_ABSENCE_H
#define AUDIT_ABSENCE_H

#include <ctwatch/audit/audit_sct.h>
#include <ctwatch/base/limits.h>

/* A tree head, and its answer, verbatim. */
struct absence_head {
	struct tree_head head;
	struct blob raw; /* empty: there is none */
};

/* The content of the log where the entry must be. */
struct absence_instead {
	struct bytes leaf; /* MerkleTreeLeaf */
	struct merkle_hash path[LIMIT_PROOF];
	size_t n;
};

/* Return the evidence as JSON, owned by the caller; instead may be NULL. */
struct json_t *absence_json(const struct audit_sct *sct, struct bytes leaf,
    const struct absence_head *head, const struct absence_instead *instead);

#endif
