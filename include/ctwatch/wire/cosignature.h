/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosignature: keys of witnesses and mirrors, and their timestamped signatures
 * of checkpoints (C2SP tlog-cosignature).
 *
 * Ed25519 (signature type 4) is always verified; ML-DSA-44 (type 6) where
 * libcrypto implements it, from OpenSSL 3.5 on.
 */
#ifndef CTWATCH_WIRE_COSIGNATURE_H
#define CTWATCH_WIRE_COSIGNATURE_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/note.h>

struct cosignature_key;

/*
 * Parse a verifier key, NAME+KEYID+BASE64 (C2SP signed-note, "Verifier keys").
 * Return NULL, with the reason in *error, when it is malformed, its key ID is
 * not that of name and key, or its type is neither 4 nor 6.  The caller frees.
 */
struct cosignature_key *cosignature_key_new(
    struct bytes vkey, struct buf *error);
void cosignature_key_free(struct cosignature_key *c);

/* Return the name of c; borrowed. */
const char *cosignature_key_name(const struct cosignature_key *c);

/* Report whether a and b have the same key, whatever their names: an Ed25519
 * cosignature does not cover the name. */
bool cosignature_key_same(
    const struct cosignature_key *a, const struct cosignature_key *b);

enum cosignature {
	COSIGNATURE_VALID,
	COSIGNATURE_ABSENT,     /* the note has no line of this name and key */
	COSIGNATURE_INVALID,    /* it has one, which does not verify */
	COSIGNATURE_UNSUPPORTED /* it has one, of an algorithm that this
	                         * libcrypto does not implement */
};

/* Verify the cosignature of c on note; if it is valid, set *time to its time,
 * in ms since 1970. */
enum cosignature cosignature_verify(
    const struct cosignature_key *c, const struct note *note, int64_t *time);

/*
 * Verify a signature without a time by c over the subtree [start, end) of the
 * log with this origin, whose hash is root
 * (draft-ietf-plants-merkle-tree-certs-05, "Signature Format").
 */
struct merkle_hash;
enum cosignature cosignature_verify_subtree(const struct cosignature_key *c,
    struct bytes origin, uint64_t start, uint64_t end,
    const struct merkle_hash *root, struct bytes signature);

#endif
