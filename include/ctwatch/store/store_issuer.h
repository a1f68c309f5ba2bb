/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_issuer: issuer certificates, and the elements of chains that were logged.
 */
#ifndef CTWATCH_STORE_STORE_ISSUER_H
#define CTWATCH_STORE_STORE_ISSUER_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/sha256.h>

struct store;

/* Issuer certificates by SHA-256, which is checked on load. */
bool store_issuer_save(struct store *s, struct bytes der);
bool store_issuer_load(
    struct store *s, const uint8_t sha256[static SHA256_SIZE], struct buf *out);

/*
 * Step through the issuer certificates and the elements of all chains that
 * were logged, each once, the oldest first; der is borrowed, and nothing in it
 * is checked.  each must not call the store.
 */
bool store_issuers_each(
    struct store *s, void (*each)(void *arg, struct bytes der), void *arg);

/* How many there are: none is ever deleted. */
uint64_t store_issuers_count(struct store *s);

#endif
