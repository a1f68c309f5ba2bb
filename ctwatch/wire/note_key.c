/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/note_key.h>

/* signed-note, "Signature types". */
#define TYPE_ED25519 0x01

struct notekey {
	char *name;
	EVP_PKEY *key;
	bool ed25519;
	uint8_t id[4];
};

/* signed-note, "Format": no spaces, no plus sign. */
static bool
is_name(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || *p == '+' || *p == 0x7f ||
		    (unsigned char)*p >= 0x80)
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

/* Fill in k->id; false for keys of other kinds. */
static bool
compute_id(struct notekey *k)
{
	uint8_t raw[32], digest[SHA256_SIZE];
	unsigned char *der = NULL;
	size_t n = sizeof raw;
	int len;

	k->ed25519 = EVP_PKEY_get_base_id(k->key) == EVP_PKEY_ED25519;
	if (k->ed25519) {
		if (EVP_PKEY_get_raw_public_key(k->key, raw, &n) != 1)
			return false;
		note_key_id(bytes_of(k->name), TYPE_ED25519,
		    (struct bytes){ raw, n }, k->id);
		return true;
	}
	len = is_curve(k->key) ? i2d_PUBKEY(k->key, &der) : -1;
	if (len <= 0)
		return false;
	sha256_digest((struct bytes){ der, (size_t)len }, digest);
	memcpy(k->id, digest, sizeof k->id);
	OPENSSL_free(der);
	return true;
}

/* Consumes key, which may be NULL. */
static struct notekey *
make(const char *name, EVP_PKEY *key)
{
	struct notekey *k = mem_alloc(1, sizeof *k);
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

struct notekey *
note_key_public(const char *name, struct bytes spki)
{
	const unsigned char *p = spki.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);

	if (key != NULL && p != spki.p + spki.n) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return make(name, key);
}

/* An encrypted key is refused: nobody is asked for a passphrase. */
static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

struct notekey *
note_key_private(const char *name, struct bytes pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	return make(name, key);
}

void
note_key_free(struct notekey *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	free(key->name);
	free(key);
}

const char *
note_key_name(const struct notekey *key)
{
	return key->name;
}

bool
note_key_same(const struct notekey *a, const struct notekey *b)
{
	return EVP_PKEY_eq(a->key, b->key) == 1;
}

/* Ed25519 hashes for itself. */
static const EVP_MD *
digest_for(const struct notekey *key)
{
	return key->ed25519 ? NULL : EVP_sha256();
}

static bool
verify(const struct notekey *key, struct bytes text, struct bytes signature)
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
write_line(const struct notekey *key, struct bytes signature, struct buf *out)
{
	uint8_t body[4 + TREE_HEAD_SIGNATURE_MAX];
	char b64[TEXT_BASE64_LEN(sizeof body) + 1];

	if (signature.n > TREE_HEAD_SIGNATURE_MAX)
		return false;
	memcpy(body, key->id, 4);
	memcpy(body + 4, signature.p, signature.n);
	text_base64((struct bytes){ body, 4 + signature.n }, b64);
	return buf_printf(out, "\xe2\x80\x94 %s %s\n", key->name, b64);
}

bool
note_key_sign(const struct notekey *key, const struct notekey *as,
    struct bytes text, struct buf *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[TREE_HEAD_SIGNATURE_MAX];
	size_t n = sizeof signature;
	bool ok = ctx != NULL && note_key_same(key, as) &&
	    EVP_DigestSignInit(ctx, NULL, digest_for(key), NULL, key->key) ==
	        1 &&
	    EVP_DigestSign(ctx, signature, &n, text.p, text.n) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok && write_line(as, (struct bytes){ signature, n }, out);
}

bool
note_key_add(const struct notekey *key, struct bytes text,
    struct bytes signature, struct buf *out)
{
	return verify(key, text, signature) && write_line(key, signature, out);
}

enum note_error
note_key_verify(const struct notekey *key, const struct note *note)
{
	struct note_signature sig;
	enum note_error e = note_find(note, key->name, key->id, &sig);

	if (e != NOTE_OK)
		return e;
	/* C2SP signed-note: reject a note if a known key's line fails. */
	return verify(key, note->text, (struct bytes){ sig.body, sig.n })
	    ? NOTE_OK
	    : NOTE_BAD_LINE;
}
