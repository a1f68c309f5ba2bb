/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_chain: chains that lack issuers, which static-ct-api names by their
 * SHA-256.
 */
#ifndef CTWATCH_STORE_STORE_CHAIN_H
#define CTWATCH_STORE_STORE_CHAIN_H

#include <ctwatch/store/store_sighting.h>

struct store;

/* Record the issuers, 32 bytes each, that the entry of a stored sighting names
 * in this order, since some are missing.  They are deleted with it. */
bool store_chain_await(
    struct store *s, const struct store_sighting *at, struct bytes issuers);

/* Return the number of missing issuers that entries of a log name, for
 * certificates with an incomplete chain. */
uint64_t store_chain_missing(
    struct store *s, const uint8_t log_id[static SHA256_SIZE]);

/*
 * Append at most max issuers, 32 bytes each, that chains of a log lack. Those
 * missing in the store come first, in a random order, so that an unavailable
 * one does not block others.
 */
bool store_chain_awaited(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], size_t max, struct buf *out);

/* Step through at most max sightings, of any log, that lacked this issuer and
 * whose issuers are now all in the store. */
bool store_chain_each_filled(struct store *s,
    const uint8_t issuer[static SHA256_SIZE], size_t max,
    void (*each)(
        void *arg, const struct store_sighting *at, struct bytes issuers),
    void *arg);

/* The issuers of a sighting are complete: save c's chain, if it is better than
 * the stored one, and the sighting's notes; mark the certificate as not
 * judged. */
bool store_chain_complete(struct store *s, const struct store_cert *c,
    const struct store_sighting *at);

#endif
