/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_proof: inclusion proofs, stored as evidence.
 */
#ifndef CTWATCH_STORE_STORE_PROOF_H
#define CTWATCH_STORE_STORE_PROOF_H

#include <ctwatch/base/blob.h>
#include <ctwatch/wire/tlog_proof.h>
#include <ctwatch/wire/tree_head.h>

struct store;

struct store_proof {
	uint8_t log_id[SHA256_SIZE];
	uint64_t index;
	uint8_t leaf_hash[SHA256_SIZE];
	struct tree_head head;   /* a proved head */
	struct blob raw;         /* its answer, verbatim */
	struct tlog_proof proof; /* index and path; no checkpoint */
};

/* Save the proof of a sighting, replacing an earlier one; the newest
 * LIMIT_PROOFS are kept. */
bool store_proof_save(struct store *s, const struct store_proof *p);

/* Load the proof of a sighting; *out owns raw (store_proof_fini); false if
 * there is none. */
bool store_proof_load(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t index, const uint8_t leaf_hash[static SHA256_SIZE],
    struct store_proof *out);
void store_proof_fini(struct store_proof *p);

#endif
