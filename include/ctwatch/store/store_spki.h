/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_spki: keys and other properties of certificates.
 */
#ifndef CTWATCH_STORE_STORE_SPKI_H
#define CTWATCH_STORE_STORE_SPKI_H

#include <ctwatch/wire/sha256.h>

struct store;

/* Record the key of a stored certificate, or the digest of another property;
 * the record is deleted with it. */
bool store_spki_note(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE]);

/* Report whether tbs is the first of this key: no other certificate with it has
 * an earlier verified sighting. */
bool store_spki_first(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE]);

/* Another certificate that this key was noted for and that has a verified
 * sighting: the one with the earliest; false if there is none. */
bool store_spki_other(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE], uint8_t out[static SHA256_SIZE]);

#endif
