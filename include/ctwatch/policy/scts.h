/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scts: the signed certificate timestamps embedded in a final certificate
 * (RFC 6962, 3.3), and whether the logs that they name signed them.
 */
#ifndef CTWATCH_POLICY_SCTS_H
#define CTWATCH_POLICY_SCTS_H

#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/head.h>

/* A log whose SCTs can be checked. */
struct scts_log {
	uint8_t id[DIGEST_SIZE];
	const struct head_key *key;
};

struct scts {
	size_t n;          /* SCTs in the list */
	uint64_t earliest; /* ms, of all; 0 if there is none */
	size_t malformed;  /* not to be read, the list itself among them */
	size_t unknown;    /* of logs that are not given */
	size_t bad;        /* whose signature does not verify */
};

/*
 * Count the SCTs of c, the whole Certificate der.  Signatures are checked
 * when issuer_key_hash is not NULL and n_logs not 0.
 */
void scts_check(struct bytes der, const struct cert *c,
    const uint8_t *issuer_key_hash, const struct scts_log *logs, size_t n_logs,
    struct scts *out);

#endif
