/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_match: a matching entry made into a certificate and a sighting of it.
 */
#ifndef CTWATCH_SYNC_RECORD_MATCH_H
#define CTWATCH_SYNC_RECORD_MATCH_H

#include <ctwatch/store/store.h>
#include <ctwatch/sync/batch.h>

/*
 * How an issuer certificate is had by its SHA-256: append it to *out, or
 * false.
 */
struct record_match_issuers {
	bool (*get)(void *arg, const uint8_t sha256[static SHA256_SIZE],
	    struct buf *out);
	void *arg;
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
 * The chain of a stored sighting lacked issuers, which can now be had: record
 * what record_match would have recorded with them.  False when one is still
 * missing, or the store failed.
 */
bool record_match_complete(struct store *store,
    const struct store_sighting *from, struct bytes fingerprints,
    const struct record_match_issuers *issuers);

#endif
