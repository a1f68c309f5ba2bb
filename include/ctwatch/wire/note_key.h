/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note_key: keys for signing and verifying C2SP signed notes.
 *
 * Ed25519 (signature type 1), and ECDSA with SHA-256 on P-256, P-384 or P-521
 * (type 2, whose key ID is a hash of the key alone).  RSA with 2048 bits or
 * more (PKCS #1 v1.5, SHA-256) and the signatures of OpenSSH (see ssh_sig.h)
 * are of type 0xff, which signed-note reserves for types without a number.
 */
#ifndef CTWATCH_WIRE_NOTE_KEY_H
#define CTWATCH_WIRE_NOTE_KEY_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/note.h>

struct note_key;

/*
 * A key from its SubjectPublicKeyInfo in DER; the caller frees it.  NULL when
 * it is of another kind, has bytes left over, or name is invalid in a note
 * (empty, or with blanks, controls or a plus sign).
 */
struct note_key *note_key_public(const char *name, struct bytes spki);

/* A key from the line of an OpenSSH public key, security keys included. */
struct note_key *note_key_openssh(const char *name, struct bytes line);

/*
 * Read a private key in PEM, encrypted or not: ask, a pem_password_cb of
 * OpenSSL, gives the passphrase.  NULL if it is not such a key.
 */
struct note_key *note_key_decrypt(const char *name, struct bytes pem,
    int (*ask)(char *buf, int size, int rwflag, void *arg), void *arg);

void note_key_free(struct note_key *key);

/* The name; borrowed. */
const char *note_key_name(const struct note_key *key);

/* Report whether a and b are the same key, whatever their names. */
bool note_key_same(const struct note_key *a, const struct note_key *b);

/*
 * Sign text by key, a private one, and append the signature line under the
 * name of as, which must be the same key.
 */
bool note_key_sign(const struct note_key *key, const struct note_key *as,
    struct bytes text, struct buf *out);

/*
 * Append the line for a signature that was made elsewhere, if it is one of text
 * by key.  It may be binary or base64: in the form of OpenSSL, r and s alone
 * from a token, or the output of `ssh-keygen -Y sign'.
 */
bool note_key_add(const struct note_key *key, struct bytes text,
    struct bytes signature, struct buf *out);

/* Report whether signature, in any of these forms, is one of text by key. */
bool note_key_signed(
    const struct note_key *key, struct bytes text, struct bytes signature);

/*
 * Look for the signature of key in note: NOTE_OK if it verifies,
 * NOTE_NO_SIGNATURE if it has none, NOTE_TOO_MANY_LINES if none in the lines
 * read, NOTE_BAD_LINE if one does not verify.
 */
enum note_error note_key_verify(
    const struct note_key *key, const struct note *note);

#endif
