/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sct: the signed certificate timestamps embedded in a final certificate (RFC
 * 6962, 3.3), and their signatures.
 */
#ifndef CTWATCH_POLICY_SCT_H
#define CTWATCH_POLICY_SCT_H

#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/tree_head.h>

/* A log whose SCTs can be checked. */
struct sct_log {
	uint8_t id[SHA256_SIZE];
	const struct tree_head_key *key;
};

struct sct_summary {
	size_t n;          /* SCTs in the list */
	uint64_t earliest; /* ms, of all; 0 if there is none */
	size_t malformed;  /* unreadable, including the list itself */
	size_t repeated;   /* of a log with another SCT in the list */
	bool trailing;     /* the list has trailing bytes (RFC 6962, 3.3) */
	size_t unknown;    /* of logs that are not in the input */
	size_t bad;        /* signature does not verify, or a mimic log's */
};

/*
 * Count the SCTs that the Certificate c embeds.  Signatures are checked when
 * issuer_key_hash is not NULL and n_logs not 0; those of mimic logs are bad in
 * any case.
 */
void sct_check(const struct cert *c, const uint8_t *issuer_key_hash,
    const struct sct_log *logs, size_t n_logs, struct sct_summary *out);

#endif
