/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tlog_proof: an inclusion proof and its tree head as one text file (C2SP
 * tlog-proof@v1).
 *
 * The tree head is a checkpoint: of a static-ct-api log as served, of an RFC
 * 6962 log converted, which needs no key (static-ct-api, "Checkpoints").
 */
#ifndef CTWATCH_WIRE_TLOG_PROOF_H
#define CTWATCH_WIRE_TLOG_PROOF_H

#include <ctwatch/base/buf.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/wire/tree_head.h>

struct tlog_proof {
	uint64_t index;
	size_t n; /* hashes of the audit path, the leaf's sibling first */
	struct merkle_hash path[LIMIT_PROOF];
	struct bytes checkpoint; /* borrowed */
};

/* Append proof as a file; false when out is full. */
bool tlog_proof_write(const struct tlog_proof *proof, struct buf *out);

/*
 * Append the head of a log as a checkpoint with the log's signature alone.
 * origin is the log's submission URL without scheme and trailing slashes.
 */
bool tlog_proof_checkpoint(const struct tree_head *head, const char *origin,
    const uint8_t log_id[static SHA256_SIZE], struct buf *out);

/* Return the origin of a log with this submission URL; the caller frees. */
char *tlog_proof_origin(const char *url);

#endif
