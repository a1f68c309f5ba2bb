/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_sig: public keys and signatures in the formats of OpenSSH (RFC 4253, 6.6;
 * RFC 5656; RFC 8709; PROTOCOL.sshsig and PROTOCOL.u2f of OpenSSH).
 *
 * Key types: ssh-ed25519, ecdsa-sha2-nistp256, -384 and -521, ssh-rsa with 2048
 * bits or more, and the security keys sk-ssh-ed25519@openssh.com and
 * sk-ecdsa-sha2-nistp256@openssh.com.
 */
#ifndef CTWATCH_WIRE_SSH_SIG_H
#define CTWATCH_WIRE_SSH_SIG_H

#include <ctwatch/base/buf.h>

struct ssh_sig_key;

/* The namespace that signatures must have: ssh-keygen -Y sign -n NAME. */
#define SSH_SIG_NAMESPACE "ctwatch-pinset"

/* Report whether text begins like a line of an OpenSSH public key. */
bool ssh_sig_is_key(struct bytes text);

/* Parse the line of a public key, "TYPE BASE64 [COMMENT]"; NULL if it is of
 * another type or malformed.  The caller frees. */
struct ssh_sig_key *ssh_sig_key_parse(struct bytes line);
void ssh_sig_key_free(struct ssh_sig_key *key);

/* Return the public key in SSH wire form; borrowed. */
struct bytes ssh_sig_key_blob(const struct ssh_sig_key *key);

/* Append the SubjectPublicKeyInfo in DER; for a security key, that of its
 * signing key. */
bool ssh_sig_key_spki(const struct ssh_sig_key *key, struct buf *out);

/* Report whether it is a security key, which signs only when touched. */
bool ssh_sig_key_is_security(const struct ssh_sig_key *key);

/*
 * Append the binary signature in in: the armour removed if there is one.
 * False if in is no SSH signature.
 */
bool ssh_sig_unarmor(struct bytes in, struct buf *out);

/*
 * Parse the public key inside a binary signature; NULL if it is malformed.
 * The caller frees.
 */
struct ssh_sig_key *ssh_sig_key_of(struct bytes signature);

/* Report whether the binary signature is one of text by key, in our namespace,
 * for a security key with the flag that it was touched. */
bool ssh_sig_verify(
    const struct ssh_sig_key *key, struct bytes text, struct bytes signature);

/* Report whether in, armoured or binary, is an SSH signature with a type of key
 * or digest that ssh_sig_verify does not support. */
bool ssh_sig_is_foreign(struct bytes in);

#endif
