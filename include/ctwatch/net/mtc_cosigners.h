/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtc_cosigners: the cosigners of an issuance log, and how many of them must
 * have signed a checkpoint (C2SP mtc-tlog and tlog-cosignature).
 *
 * As text: the quorum in the first line, then a verifier key in each.
 */
#ifndef CTWATCH_NET_MTC_COSIGNERS_H
#define CTWATCH_NET_MTC_COSIGNERS_H

#include <ctwatch/wire/cosignature.h>

struct mtc_cosigners;

/* Read cosigners from their text; NULL if it is malformed.  The caller
 * frees. */
struct mtc_cosigners *mtc_cosigners_new(struct bytes text);
void mtc_cosigners_free(struct mtc_cosigners *c);

/* What the cosigners say of one checkpoint or subtree. */
struct mtc_cosigners_result {
	size_t of;         /* all cosigners */
	size_t valid;      /* signatures that verify */
	size_t invalid;    /* that do not */
	size_t unchecked;  /* that this libcrypto cannot verify */
	int64_t newest;    /* ms: time of the newest valid one; 0: none */
	bool met;          /* the valid ones are a quorum */
	char problem[256]; /* the invalid and unchecked ones; or empty */
};

/* Verify the cosignatures on a checkpoint. */
void mtc_cosigners_verify(const struct mtc_cosigners *c,
    const struct note *note, struct mtc_cosigners_result *out);

/* Verify the signatures of a certificate, in the form of mtc_cert_signature,
 * over the subtree [start, end) of the log with this origin. */
void mtc_cosigners_verify_subtree(const struct mtc_cosigners *c,
    struct bytes origin, uint64_t start, uint64_t end,
    const struct merkle_hash *root, struct bytes signatures,
    struct mtc_cosigners_result *out);

/*
 * Find the CA's own key among cosigners, in their text, of the log with this
 * origin: the SHA-256 of its SubjectPublicKeyInfo.  Return false if the
 * configuration does not have it.
 */
bool mtc_cosigners_ca_pin(
    struct bytes text, const char *origin, uint8_t out[static SHA256_SIZE]);

/* Return how many must have signed. */
size_t mtc_cosigners_quorum(const struct mtc_cosigners *c);

#endif
