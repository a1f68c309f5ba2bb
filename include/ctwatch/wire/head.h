/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head: a signed tree head (RFC 6962, 3.5), from get-sth or a checkpoint,
 * and the log's key that signed it.
 */
#ifndef CTWATCH_WIRE_HEAD_H
#define CTWATCH_WIRE_HEAD_H

#include <ctwatch/wire/tree.h>

/* A DigitallySigned: RSA of 4096 bits has 512 bytes and 4 before them. */
#define HEAD_SIGNATURE_MAX 1024

struct head {
	uint64_t size;
	uint64_t timestamp; /* ms since 1970 */
	struct tree_hash root;
	size_t n_signature;
	uint8_t signature[HEAD_SIGNATURE_MAX]; /* DigitallySigned */
};

enum head_error {
	HEAD_OK,
	HEAD_BAD_ENCODING,    /* DigitallySigned malformed or with bytes left */
	HEAD_WRONG_ALGORITHM, /* not SHA-256 with the algorithm of the key */
	HEAD_BAD_SIGNATURE,   /* the signature does not verify */
	HEAD_ERROR_MAX
};

/* A log's public key. */
struct head_key;

/*
 * A key from its SubjectPublicKeyInfo in DER; the caller frees it.
 * NULL when it is neither ECDSA P-256 nor RSA of 2048 bits or more
 * (RFC 6962, 2.1.4), or has bytes left over.
 */
struct head_key *head_key_new(struct bytes spki);
void head_key_free(struct head_key *key);

/* Check the signature of h by key. */
enum head_error head_verify(const struct head *h, const struct head_key *key);

/* Check a DigitallySigned over message by key (SCTs use it as well). */
enum head_error head_verify_signed(
    struct bytes message, struct bytes signature, const struct head_key *key);

/*
 * Check a bare signature (ECDSA, or RSA by PKCS #1 v1.5, with SHA-256) over
 * message by a public key in PEM, as Google signs its log lists.
 */
bool head_verify_bare(
    struct bytes message, struct bytes signature, struct bytes pem);

/* The word for e in messages, such as "bad-signature".  Static storage. */
const char *head_error_word(enum head_error e);

#endif
