/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence: the offline proof that a log committed to the certificate of a
 * finding and that its CA signed it.
 *
 * The MerkleTreeLeaf (RFC 6962, 3.4) has the bytes that an SCT signs (3.2), so
 * one file, leaf.bin, is used for the leaf hash, the SCT and the inclusion
 * proof.
 */
#ifndef CTWATCH_RESPONSE_EVIDENCE_H
#define CTWATCH_RESPONSE_EVIDENCE_H

#include <ctwatch/response/bundle.h>
#include <ctwatch/store/store.h>

/*
 * Append the MerkleTreeLeaf of a sighting of c, rebuilt from the stored
 * certificate.  Return false if its hash is not the sighting's: the store does
 * not have the hashed bytes.
 */
bool evidence_leaf(const struct store_cert *c, const struct store_sighting *at,
    struct buf *out);

/*
 * Return the certificate of a sighting as signed: the precertificate of a
 * precert_entry, else the certificate.  Empty if the log did not give it;
 * borrowed from c.
 */
struct bytes evidence_entry(
    const struct store_cert *c, const struct store_sighting *at);

/*
 * Fill *out with the evidence bundle of a finding's certificate: the sighting
 * is the earliest that has a stored proof, else the earliest.  finding is the
 * finding as JSON.  Append a line for each missing part to *missing.  Return
 * false, with the reason in *missing, if the finding is not about a certificate
 * or the certificate has no sighting.
 */
bool evidence_fill(struct store *s, const struct store_finding *f,
    struct bytes finding, struct bundle *out, struct buf *missing);

#endif
