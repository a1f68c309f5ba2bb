/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_match: record a matching entry as a certificate and a sighting.
 */
#ifndef CTWATCH_SYNC_RECORD_MATCH_H
#define CTWATCH_SYNC_RECORD_MATCH_H

#include <ctwatch/store/store.h>
#include <ctwatch/sync/batch.h>

struct record_match_issuers {
	/* Append the issuer certificate with this SHA-256 to *out, or return
	 * false; in any thread. */
	bool (*get)(void *arg, const uint8_t sha256[static SHA256_SIZE],
	    struct buf *out);
	void *arg;
	struct signature_cache *signatures; /* of the run, or NULL */
};

/*
 * Record m, an entry of the log: its identity, its chain (by fingerprints if
 * it has no other), what of it does not fit together.  Set *outside if its
 * certificate ends outside the log's interval.  False when the store failed.
 */
bool record_match(struct store *store, const struct loglist_log *log,
    const struct batch_match *m, const struct record_match_issuers *issuers,
    bool *outside);

/*
 * Verify the signatures of m that record_match will need, so that it finds the
 * results in issuers->signatures; except those of an issuer that get does not
 * have yet, and of a precertificate, whose leaf has no signature.  Any thread
 * may call this.
 */
void record_match_verify(
    const struct batch_match *m, const struct record_match_issuers *issuers);

/*
 * The missing issuers of a stored sighting are now available: record what
 * record_match would have recorded with them.  Return false if one is still
 * missing, or the store failed.
 */
bool record_match_complete(struct store *store,
    const struct store_sighting *from, struct bytes fingerprints,
    const struct record_match_issuers *issuers);

#endif
