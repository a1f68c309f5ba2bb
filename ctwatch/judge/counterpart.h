/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counterpart: the certificates of one key in an issuance log and a CT log.
 *
 * Until all clients accept Merkle Tree Certificates, each has an ordinary
 * certificate beside it, with the same names, validity and key but another
 * serial number and issuer, so that their TBS hashes differ.
 */
#ifndef CTWATCH_JUDGE_COUNTERPART_H
#define CTWATCH_JUDGE_COUNTERPART_H

#include <ctwatch/wire/leaf.h>

struct store;

/* Record names, validity and key of a stored certificate, c, of this kind.
 * Return false if the store failed. */
bool counterpart_note(struct store *s, enum leaf_kind kind,
    const struct cert *c, const uint8_t tbs[static SHA256_SIZE]);

/* Find a verified certificate of the other kind of log with the same names,
 * validity and key; false if there is none. */
bool counterpart_find(struct store *s, enum leaf_kind kind,
    const struct cert *c, const uint8_t tbs[static SHA256_SIZE],
    uint8_t out[static SHA256_SIZE]);

#endif
