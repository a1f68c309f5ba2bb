/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sight: a matching entry made into a certificate and a sighting of it.
 */
#ifndef CTWATCH_SCAN_SIGHT_H
#define CTWATCH_SCAN_SIGHT_H

#include <ctwatch/scan/batch.h>
#include <ctwatch/store/store.h>

/*
 * How an issuer certificate is had by its SHA-256: append it to *out, or
 * false.
 */
struct sight_issuers {
	bool (*get)(void *arg, const uint8_t sha256[static DIGEST_SIZE],
	    struct buf *out);
	void *arg;
};

/*
 * Record m, an entry of the log: its identity, its chain (by fingerprints if
 * it has no other), what of it does not fit together.  False when the store
 * failed.
 */
bool sight_record(struct store *store, const uint8_t log_id[static DIGEST_SIZE],
    const struct batch_match *m, const struct sight_issuers *issuers);

#endif
