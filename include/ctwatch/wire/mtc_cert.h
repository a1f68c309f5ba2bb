/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtc_cert: a Merkle Tree Certificate, and the certificate of a Merkle Tree CA
 * (draft-ietf-plants-merkle-tree-certs-05, with its experimental OIDs).
 *
 * In place of a signature a certificate has a proof that its entry is in a
 * subtree of the CA's issuance log, and signatures of that subtree, or none if
 * clients know the subtree as a landmark.
 */
#ifndef CTWATCH_WIRE_MTC_CERT_H
#define CTWATCH_WIRE_MTC_CERT_H

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/wire/merkle.h>
#include <ctwatch/wire/mtc_entry.h>

/* The draft that this program reads, as `logs' and messages name it. */
#define MTC_CERT_DRAFT "draft-ietf-plants-merkle-tree-certs-05"

/* The most characters of a CA ID or cosigner ID, such as 32473.11. */
#define MTC_CERT_ID 128

struct mtc_cert {
	char issuer[MTC_CERT_ID + 1]; /* the CA ID */
	uint16_t log;
	uint64_t index;
	uint64_t start, end; /* of the subtree */
	size_t n;
	struct merkle_hash path[LIMIT_PROOF];
	struct bytes signatures; /* see mtc_cert_signature */
	struct merkle_hash root; /* of the subtree, computed from the entry and
	                          * the path; valid if has_root */
	bool has_root;
	struct blob entry; /* owned: the serial number and the MTCLogEntry */
};

/* Report whether der is a certificate with a Merkle Tree proof. */
bool mtc_cert_is(struct bytes der);

/*
 * Parse der, one whole certificate with a Merkle Tree proof, and make its entry
 * and the hash of its subtree.  Return false with the reason in *error.  Free
 * with mtc_cert_fini; views are borrowed from der.
 */
bool mtc_cert_parse(struct bytes der, struct mtc_cert *out, struct buf *error);
void mtc_cert_fini(struct mtc_cert *c);

/* Take the next signature of a subtree: the name of its cosigner, as in a
 * checkpoint, and its octets.  Return false at the end. */
#define MTC_CERT_NAME (sizeof "oid/1.3.6.1.4.1." - 1 + MTC_CERT_ID + 1)
bool mtc_cert_signature(struct bytes *signatures,
    char name[static MTC_CERT_NAME], struct bytes *signature);

/* The origin of a CA's issuance log in checkpoints; the caller frees. */
char *mtc_cert_origin(const char *ca_id, unsigned log);

/* The certificate of a CA. */
struct mtc_ca {
	char id[MTC_CERT_ID + 1];
	unsigned first_log, last_log; /* by its range of serial numbers */
	struct bytes key; /* the raw ML-DSA-44 key of its cosigner; borrowed */
	struct bytes url; /* the prefix of its logs, or empty; borrowed */
};

/* Parse der, the certificate of a CA with the extension of the draft.  Return
 * false with the reason in *error. */
bool mtc_cert_ca(struct bytes der, struct mtc_ca *out, struct buf *error);

#endif
