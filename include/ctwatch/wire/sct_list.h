/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sct_list: lists of signed certificate timestamps (RFC 6962, 3.2 and 3.3), in
 * a certificate, a TLS extension or an OCSP response.
 *
 * It parses their encoding.  The bytes that an SCT signs are the MerkleTreeLeaf
 * of its entry: make them with leaf_add, check them with
 * tree_head_verify_signed.
 */
#ifndef CTWATCH_WIRE_SCT_LIST_H
#define CTWATCH_WIRE_SCT_LIST_H

#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/leaf.h>

/* A SerializedSCT of version 1.  Every view is borrowed from the list. */
struct sct {
	struct bytes whole;
	struct bytes log_id;     /* 32 bytes */
	uint64_t timestamp;      /* ms since 1970 */
	struct bytes extensions; /* CtExtensions, contents */
	struct bytes signature;  /* DigitallySigned, not empty */
};

enum sct_list_result {
	SCT_LIST_OK,
	SCT_LIST_ABSENT,   /* no list, or the end of it */
	SCT_LIST_MALFORMED /* the list or the SCT is malformed */
};

/*
 * Find the SCTs embedded in c: *list is for sct_list_next.  *trailing is set if
 * the list has trailing bytes.
 */
enum sct_list_result sct_list_embedded(
    const struct cert *c, struct bytes *list, bool *trailing);

/*
 * Take the next SCT of a list (the contents of SignedCertificateTimestampList).
 * After SCT_LIST_MALFORMED the list continues after that SCT, and is empty if
 * its length exceeds the rest.
 */
enum sct_list_result sct_list_next(struct bytes *list, struct sct *out);

/*
 * Make the leaf of sct: of the Certificate c, or of its precertificate, of
 * which cert is the TBSCertificate (cert_tbs_add).  issuer_key_hash has 32
 * bytes for LEAF_PRECERT.  Views are borrowed.
 */
void sct_list_leaf(const struct sct *sct, enum leaf_kind kind,
    struct bytes cert, const uint8_t *issuer_key_hash, struct leaf *out);

#endif
