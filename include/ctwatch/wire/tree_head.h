/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_head: a signed tree head (RFC 6962, 3.5), from get-sth or a checkpoint,
 * and the log's key that signed it.
 */
#ifndef CTWATCH_WIRE_TREE_HEAD_H
#define CTWATCH_WIRE_TREE_HEAD_H

#include <ctwatch/wire/merkle.h>

/* A DigitallySigned: RSA of 4096 bits has 512 bytes and 4 before them. */
#define TREE_HEAD_SIGNATURE_MAX 1024

struct tree_head {
	uint64_t size;
	uint64_t timestamp; /* ms since 1970 */
	struct merkle_hash root;
	size_t n_signature;
	uint8_t signature[TREE_HEAD_SIGNATURE_MAX]; /* DigitallySigned */
};

enum tree_head_error {
	TREE_HEAD_OK,
	TREE_HEAD_BAD_ENCODING, /* malformed DigitallySigned, or trailing bytes */
	TREE_HEAD_WRONG_ALGORITHM, /* not SHA-256 with the algorithm of the key */
	TREE_HEAD_BAD_SIGNATURE,   /* the signature does not verify */
	TREE_HEAD_ERROR_MAX
};

/* A log's public key. */
struct tree_head_key;

/*
 * A key from its SubjectPublicKeyInfo in DER; the caller frees it.  NULL when
 * it is neither ECDSA P-256 nor RSA of 2048 bits or more (RFC 6962, 2.1.4), has
 * trailing bytes, or is a mimic log's.
 */
struct tree_head_key *tree_head_key_new(struct bytes spki);
void tree_head_key_free(struct tree_head_key *key);

/* Return another reference to the key, which the caller frees as the first. */
struct tree_head_key *tree_head_key_share(const struct tree_head_key *key);

/* Check the signature of h by key. */
enum tree_head_error tree_head_verify(
    const struct tree_head *h, const struct tree_head_key *key);

/* Check a DigitallySigned over message by key (also for SCTs). */
enum tree_head_error tree_head_verify_signed(struct bytes message,
    struct bytes signature, const struct tree_head_key *key);

/*
 * Check a bare signature (ECDSA, or RSA by PKCS #1 v1.5, with SHA-256) over
 * message by a public key in PEM, as Google signs its log lists.
 */
bool tree_head_verify_bare(
    struct bytes message, struct bytes signature, struct bytes pem);

/* Return the word for e in messages, such as "bad-signature".  Static
 * storage. */
const char *tree_head_error_word(enum tree_head_error e);

#endif
