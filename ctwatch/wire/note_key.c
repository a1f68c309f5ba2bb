/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/note_key.h>
#include <ctwatch/wire/public_key.h>
#include <ctwatch/wire/ssh_sig.h>

/* signed-note, "Signature types". */
#define TYPE_ED25519 0x01
#define TYPE_OTHER   0xff

/* Prefix of the key of a type without a number, for its ID. */
#define RSA_PREFIX "ctwatch-rsa-sha256"
#define SSH_PREFIX "ctwatch-sshsig"

#define MIN_RSA_BITS 2048

/* A signature in binary form, in bytes. */
#define MAX_SIGNATURE (LIMIT_SSH_STRING * 3 / 4)

struct note_key {
	char *name;
	EVP_PKEY *key;
	bool ed25519;
	bool security; /* a security key: it makes only signatures of OpenSSH */
	struct blob ssh_blob; /* its SSH wire form */
	uint8_t id[4];
};

#define ASCII_DEL 0x7f

/* signed-note, "Format": printable ASCII, no spaces, no plus sign. */
static bool
is_name(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == '+' ||
		    (unsigned char)*p >= ASCII_DEL)
			return false;
	return *name != '\0';
}

static bool
is_curve(EVP_PKEY *key)
{
	static const char *const curves[] = { "prime256v1", "secp384r1",
		"secp521r1" };
	char group[64];
	size_t n;

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, group, sizeof group, &n) != 1)
		return false;
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
		if (strcmp(group, curves[i]) == 0)
			return true;
	return false;
}

/* The ID of a key of a type without a number: prefix identifies the type. */
static void
other_id(const char *name, const char *prefix, struct bytes key,
    uint8_t out[static 4])
{
	struct buf both;

	buf_init(&both, LIMIT_SMALL_BODY);
	buf_add_text(&both, prefix);
	buf_add(&both, key);
	note_key_id(bytes_of(name), TYPE_OTHER, buf_view(&both), out);
	buf_fini(&both);
}

/* Fill in k->id; false for keys of other kinds. */
static bool
compute_id(struct note_key *k)
{
	bool rsa = EVP_PKEY_get_base_id(k->key) == EVP_PKEY_RSA &&
	    EVP_PKEY_get_bits(k->key) >= MIN_RSA_BITS;
	uint8_t raw[32], digest[SHA256_SIZE];
	unsigned char *der = NULL;
	size_t n = sizeof raw;
	int len;

	k->ed25519 = EVP_PKEY_get_base_id(k->key) == EVP_PKEY_ED25519;
	if (k->security) {
		other_id(k->name, SSH_PREFIX, blob_view(k->ssh_blob), k->id);
		return true;
	}
	if (k->ed25519) {
		if (EVP_PKEY_get_raw_public_key(k->key, raw, &n) != 1)
			return false;
		note_key_id(bytes_of(k->name), TYPE_ED25519,
		    (struct bytes){ raw, n }, k->id);
		return true;
	}
	len = rsa || is_curve(k->key) ? i2d_PUBKEY(k->key, &der) : -1;
	if (len <= 0)
		return false;
	if (rsa)
		other_id(k->name, RSA_PREFIX,
		    (struct bytes){ der, (size_t)len }, k->id);
	else {
		sha256_digest((struct bytes){ der, (size_t)len }, digest);
		memcpy(k->id, digest, sizeof k->id);
	}
	OPENSSL_free(der);
	return true;
}

/* Consumes key, which may be NULL. */
static struct note_key *
make(const char *name, EVP_PKEY *key)
{
	struct note_key *k = mem_alloc(1, sizeof *k);
	bool ok;

	k->name = mem_strdup(name);
	k->key = key;
	ok = key != NULL && is_name(name) && compute_id(k);
	ERR_clear_error();
	if (ok)
		return k;
	note_key_free(k);
	return NULL;
}

struct note_key *
note_key_public(const char *name, struct bytes spki)
{
	return make(name, public_key_decode(spki));
}

struct note_key *
note_key_openssh(const char *name, struct bytes line)
{
	struct ssh_sig_key *ssh = ssh_sig_key_parse(line);
	struct note_key *k = NULL;
	struct buf spki;

	if (ssh == NULL)
		return NULL;
	buf_init(&spki, LIMIT_SSH_STRING);
	if (ssh_sig_key_spki(ssh, &spki))
		k = note_key_public(name, buf_view(&spki));
	if (k != NULL && ssh_sig_key_is_security(ssh)) {
		struct bytes blob = ssh_sig_key_blob(ssh);

		k->security = true;
		k->ssh_blob = blob_copy(blob);
		compute_id(k);
	}
	buf_fini(&spki);
	ssh_sig_key_free(ssh);
	return k;
}

struct note_key *
note_key_decrypt(const char *name, struct bytes pem,
    int (*ask)(char *buf, int size, int rwflag, void *arg), void *arg)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, ask, arg);
	BIO_free(bio);
	return make(name, key);
}

void
note_key_free(struct note_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	blob_fini(&key->ssh_blob);
	free(key->name);
	free(key);
}

const char *
note_key_name(const struct note_key *key)
{
	return key->name;
}

bool
note_key_same(const struct note_key *a, const struct note_key *b)
{
	bool same =
	    a->security == b->security && EVP_PKEY_eq(a->key, b->key) == 1;

	ERR_clear_error();
	return same;
}

/* Ed25519 hashes the message itself. */
static const EVP_MD *
digest_for(const struct note_key *key)
{
	return key->ed25519 ? NULL : EVP_sha256();
}

static bool
verify(const struct note_key *key, struct bytes text, struct bytes signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, digest_for(key), NULL, key->key) ==
	        1 &&
	    EVP_DigestVerify(ctx, signature.p, signature.n, text.p, text.n) ==
	        1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

static bool
write_line(const struct note_key *key, const uint8_t id[static 4],
    struct bytes signature, struct buf *out)
{
	uint8_t body[4 + MAX_SIGNATURE];
	char b64[TEXT_BASE64_LEN(sizeof body) + 1];

	if (signature.n > MAX_SIGNATURE)
		return false;
	memcpy(body, id, 4);
	memcpy(&body[4], signature.p, signature.n);
	text_base64((struct bytes){ body, 4 + signature.n }, b64);
	return buf_printf(out, "\xe2\x80\x94 %s %s\n", key->name, b64);
}

/* Report whether k is the key in an SSH signature; set id to its ID as a signer
 * of SSH signatures. */
static bool
is_ssh_key(const struct note_key *k, const struct ssh_sig_key *ssh,
    uint8_t id[static 4])
{
	struct bytes blob = ssh_sig_key_blob(ssh);
	struct note_key *other;
	struct buf spki;
	bool same;

	other_id(k->name, SSH_PREFIX, blob, id);
	if (k->security || ssh_sig_key_is_security(ssh))
		return bytes_equal(blob_view(k->ssh_blob), blob);
	buf_init(&spki, LIMIT_SSH_STRING);
	other = ssh_sig_key_spki(ssh, &spki)
	    ? note_key_public("other", buf_view(&spki))
	    : NULL;
	same = other != NULL && note_key_same(k, other);
	note_key_free(other);
	buf_fini(&spki);
	return same;
}

/* Report whether signature is an SSH signature of text by k; id as above. */
static bool
verify_ssh(const struct note_key *k, struct bytes text, struct bytes signature,
    uint8_t id[static 4])
{
	struct ssh_sig_key *ssh = ssh_sig_key_of(signature);
	bool ok = ssh != NULL && is_ssh_key(k, ssh, id) &&
	    ssh_sig_verify(ssh, text, signature);

	ssh_sig_key_free(ssh);
	return ok;
}

/* Convert r and s of a token, each half of in, to DER in out. */
static bool
rs_to_der(const struct note_key *key, struct bytes in, struct buf *out)
{
	size_t half = ((size_t)EVP_PKEY_get_bits(key->key) + 7) / 8;
	unsigned char *der = NULL;
	struct bytes r, s = in;
	ECDSA_SIG *sig;
	bool ok;
	int n;

	if (EVP_PKEY_get_base_id(key->key) != EVP_PKEY_EC || in.n != 2 * half ||
	    !bytes_take(&s, half, &r))
		return false;
	sig = ECDSA_SIG_new();
	ok = sig != NULL &&
	    ECDSA_SIG_set0(sig, BN_bin2bn(r.p, (int)r.n, NULL),
	        BN_bin2bn(s.p, (int)s.n, NULL)) == 1 &&
	    (n = i2d_ECDSA_SIG(sig, &der)) > 0 &&
	    buf_add(out, (struct bytes){ der, (size_t)n });
	ECDSA_SIG_free(sig);
	OPENSSL_free(der);
	ERR_clear_error();
	return ok;
}

/* Read in, a signature of text by key in a binary form, into body, and the
 * key's ID for it; return false if it is not one. */
static bool
find_binary(const struct note_key *key, struct bytes text, struct bytes in,
    struct buf *body, uint8_t id[static 4])
{
	buf_clear(body);
	if (ssh_sig_unarmor(in, body))
		return verify_ssh(key, text, buf_view(body), id);
	memcpy(id, key->id, 4);
	buf_clear(body);
	if (key->security || in.n > MAX_SIGNATURE)
		return false;
	if (verify(key, text, in))
		return buf_add(body, in);
	buf_clear(body);
	return rs_to_der(key, in, body) && verify(key, text, buf_view(body));
}

/* As find_binary, for binary or base64. */
static bool
find_signature(const struct note_key *key, struct bytes text, struct bytes in,
    struct buf *body, uint8_t id[static 4])
{
	struct buf b64, binary;
	bool found = find_binary(key, text, in, body, id);

	if (found || in.n > 4 * LIMIT_SSH_STRING)
		return found;
	buf_init(&b64, in.n);
	buf_init(&binary, in.n);
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] > ' ')
			buf_add_byte(&b64, in.p[i]);
	found = b64.n > 0 && buf_reserve(&binary, b64.n) &&
	    text_unbase64(buf_view(&b64), binary.p, &binary.n) &&
	    find_binary(key, text, buf_view(&binary), body, id);
	buf_fini(&b64);
	buf_fini(&binary);
	return found;
}

bool
note_key_sign(const struct note_key *key, const struct note_key *as,
    struct bytes text, struct buf *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[MAX_SIGNATURE];
	size_t n = sizeof signature;
	bool ok = ctx != NULL && note_key_same(key, as) &&
	    EVP_DigestSignInit(ctx, NULL, digest_for(key), NULL, key->key) ==
	        1 &&
	    EVP_DigestSign(ctx, signature, &n, text.p, text.n) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok &&
	    write_line(as, as->id, (struct bytes){ signature, n }, out);
}

bool
note_key_add(const struct note_key *key, struct bytes text,
    struct bytes signature, struct buf *out)
{
	struct buf body;
	uint8_t id[4];
	bool ok;

	buf_init(&body, 4 * LIMIT_SSH_STRING);
	ok = find_signature(key, text, signature, &body, id) &&
	    write_line(key, id, buf_view(&body), out);
	buf_fini(&body);
	return ok;
}

bool
note_key_signed(
    const struct note_key *key, struct bytes text, struct bytes signature)
{
	struct buf body;
	uint8_t id[4];
	bool ok;

	buf_init(&body, 4 * LIMIT_SSH_STRING);
	ok = find_signature(key, text, signature, &body, id);
	buf_fini(&body);
	return ok;
}

/* Report whether the line is by the key: by its ID, or by the ID of the SSH key
 * in the signature. */
static bool
is_line_of(const struct note_key *key, const struct note_signature *sig)
{
	struct bytes body = { sig->body, sig->n };
	struct ssh_sig_key *ssh;
	uint8_t id[4];
	bool is;

	if (!bytes_is(sig->name, key->name))
		return false;
	if (memcmp(sig->key_id, key->id, sizeof key->id) == 0)
		return true;
	ssh = ssh_sig_key_of(body);
	is = ssh != NULL && is_ssh_key(key, ssh, id) &&
	    memcmp(sig->key_id, id, sizeof id) == 0;
	ssh_sig_key_free(ssh);
	return is;
}

enum note_error
note_key_verify(const struct note_key *key, const struct note *note)
{
	struct bytes lines = note->lines;
	struct note_signature sig;

	for (int i = 0; note_next(&lines, &sig); i++) {
		struct bytes body = { sig.body, sig.n };
		uint8_t id[4];

		if (i == LIMIT_NOTE_LINES)
			return NOTE_TOO_MANY_LINES;
		if (!is_line_of(key, &sig))
			continue;
		/* C2SP signed-note: reject a note if a known key's line fails. */
		return verify_ssh(key, note->text, body, id) ||
		        (!key->security && verify(key, note->text, body))
		    ? NOTE_OK
		    : NOTE_BAD_LINE;
	}
	return NOTE_NO_SIGNATURE;
}
