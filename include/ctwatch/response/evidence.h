/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence: what proves to anybody, offline, that a log committed to the
 * certificate of a finding and that its CA signed it.
 *
 * The MerkleTreeLeaf (RFC 6962, 3.4) is byte for byte what an SCT signs (3.2),
 * so one file, leaf.bin, serves the leaf hash, the SCT and the inclusion
 * proof.
 */
#ifndef CTWATCH_RESPONSE_EVIDENCE_H
#define CTWATCH_RESPONSE_EVIDENCE_H

#include <ctwatch/response/bundle.h>
#include <ctwatch/store/store.h>

/*
 * Append the MerkleTreeLeaf of a sighting of c, rebuilt from the stored
 * certificate.  False when its hash is not the sighting's: the bytes that the
 * log hashed are then not in the store.
 */
bool evidence_leaf(const struct store_cert *c, const struct store_sighting *at,
    struct buf *out);

/*
 * Load the certificate of a sighting as it was signed: the precertificate of
 * a precert_entry, else the certificate.  Empty if the log did not give it;
 * borrowed from c.
 */
struct bytes evidence_entry(
    const struct store_cert *c, const struct store_sighting *at);

/*
 * Fill *out with the evidence bundle of a finding's certificate: the sighting
 * is the earliest that has a stored proof, else the earliest.  finding is the
 * finding as JSON.  What is missing is appended to *missing, a line each.
 * False, with the reason in *missing, when the finding is about no
 * certificate or the certificate has no sighting.
 */
bool evidence_fill(struct store *s, const struct store_finding *f,
    struct bytes finding, struct bundle *out, struct buf *missing);

#endif
