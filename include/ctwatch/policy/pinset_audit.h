/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_audit: check the pinset as a whole and what was seen of its keys:
 * expiry, overdue rotation, missing backups (CTW020 to CTW028), and keys that
 * share a prime (CTW046).
 */
#ifndef CTWATCH_POLICY_PINSET_AUDIT_H
#define CTWATCH_POLICY_PINSET_AUDIT_H

#include <ctwatch/policy/verdict.h>

/* What is known from the logs about a key of the pinset. */
struct pinset_audit_key {
	uint8_t spki_sha256[SHA256_SIZE];
	struct bytes spki;    /* SubjectPublicKeyInfo; borrowed, or empty */
	int64_t first_seen;   /* ms, in a certificate of its own; 0: never */
	int64_t not_after;    /* ms, end of the certificate that expires last */
	int64_t ca_not_after; /* ms, likewise of a CA's above one; 0: none */
};

struct pinset_audit_input {
	const struct pinset_audit_key *keys; /* those seen; borrowed */
	size_t n;
	int64_t now;   /* ms */
	int64_t since; /* ms, when reading of the logs began */
};

struct pinset_audit {
	struct verdict_finding *v; /* owned, most severe first */
	size_t n;
};

/*
 * Check the pinset.  A finding's fingerprint is made of the key's id
 * (RULES_PIN; the pinset's name for CTW022), of the pattern (RULES_DOMAIN), or
 * of both SPKI digests in hex, in order (CTW046); subject is the id, name,
 * pattern or pin.  Free with pinset_audit_fini.
 */
void pinset_audit_judge(const struct pinset *p,
    const struct pinset_audit_input *in, struct pinset_audit *out);
void pinset_audit_fini(struct pinset_audit *h);

#endif
