/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_input: read certificates, certificate requests and public keys from user
 * input: DER, PEM with other text around it (output of openssl s_client), and
 * base64 of PEM.  A private key is refused.
 */
#ifndef CTWATCH_ROTATE_KEY_INPUT_H
#define CTWATCH_ROTATE_KEY_INPUT_H

#include <ctwatch/base/blob.h>
#include <ctwatch/policy/host_pattern.h>

enum key_input_kind {
	KEY_INPUT_CERT,
	KEY_INPUT_REQUEST, /* PKCS #10 */
	KEY_INPUT_KEY      /* SubjectPublicKeyInfo */
};

/* Whether a request proves that its maker has the key. */
enum key_input_proof {
	KEY_INPUT_UNSIGNED,    /* no request, or not signed by its key */
	KEY_INPUT_PROVED,      /* signed by its key */
	KEY_INPUT_UNVERIFIABLE /* libcrypto does not support the algorithm */
};

struct key_input {
	enum key_input_kind kind;
	struct blob der;
	struct blob spki;           /* SubjectPublicKeyInfo in DER */
	char *subject;              /* one line of UTF-8, or NULL */
	bool ca;                    /* a CA's certificate */
	enum key_input_proof proof; /* of a request */
	int64_t not_after;          /* ms, of a certificate; else 0 */
};

struct key_input_list {
	struct key_input *v; /* owned */
	size_t n;
};

/*
 * Read all items in text, in order.  Return false with *error if there is none,
 * a block is damaged, or it has a private key; *out is then empty.
 */
bool key_input_read(
    struct bytes text, struct key_input_list *out, struct buf *error);
void key_input_fini(struct key_input_list *l);

/* Report whether text is base64 of a text with PEM. */
bool key_input_is_wrapped(struct bytes text);

/*
 * Report whether m may be of a server with a name of this pattern: a
 * certificate must be valid for one, a request or a key always may.
 */
bool key_input_covers(
    const struct key_input *m, const char *host, enum host_pattern_reach reach);

/* "certificate", "certificate request", "public key".  Static storage. */
const char *key_input_word(enum key_input_kind kind);

/* Return a short name of the type of key in an SPKI: "rsa-2048", "ec-p256",
 * "ed25519", "unknown"; the caller frees. */
char *key_input_algorithm(struct bytes spki);

#endif
