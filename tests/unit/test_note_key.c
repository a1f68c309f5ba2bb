/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/note_key.h>

#include "../support/test.h"

/*
 * The example of Go's golang.org/x/mod/sumdb/note: a text, its signature, and
 * the key in DER, around 32 bytes from the verifier's and the signer's.
 */
static const char text[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
static const char line[] =
    "\xe2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n";
static const char public_b64[] = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char seed_b64[] = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

static struct bytes
spki_of(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	CHECK(n > 0);
	return (struct bytes){ der, (size_t)n };
}

static struct bytes
pem_of(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;
	struct bytes out;

	CHECK(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, NULL, 0, NULL,
	          cipher != NULL ? (void *)(uintptr_t) "secret" : NULL) == 1);
	n = BIO_get_mem_data(bio, &p);
	out = (struct bytes){
		blob_copy((struct bytes){ (uint8_t *)p, (size_t)n }).p,
		(size_t)n
	};
	BIO_free(bio);
	return out;
}

static EVP_PKEY *
neumann(bool private)
{
	uint8_t raw[33];
	const char *b64 = private ? seed_b64 : public_b64;

	CHECK(text_unbase64_exact(bytes_of(b64), raw, sizeof raw));
	CHECK(raw[0] == 1);
	return private
	    ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw + 1, 32)
	    : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw + 1, 32);
}

/* Refuse an encrypted key. */
static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static enum note_error
verify(const struct note_key *key, const char *whole)
{
	struct note note;

	CHECK(note_parse(bytes_of(whole), &note) == NOTE_OK);
	return note_key_verify(key, &note);
}

static void
agrees_with_go(void)
{
	EVP_PKEY *pub = neumann(false), *priv = neumann(true);
	struct bytes spki = spki_of(pub), pem = pem_of(priv, NULL);
	struct note_key *key = note_key_public("PeterNeumann", spki);
	struct note_key *signer = note_key_decrypt("x", pem, NULL, NULL);
	char *whole = mem_printf("%s\n%s", text, line), *p;
	struct buf made;

	CHECK(key != NULL && signer != NULL && note_key_same(key, signer));
	CHECK(verify(key, whole) == NOTE_OK);
	/* Ed25519 has one signature for a text. */
	buf_init(&made, 4096);
	CHECK(note_key_sign(signer, key, bytes_of(text), &made));
	CHECK(bytes_is(buf_view(&made), line));
	/* Another text, and another signature. */
	*strstr(whole, "problem") = 'P';
	CHECK(verify(key, whole) == NOTE_BAD_LINE);
	*strstr(whole, "Problem") = 'p';
	p = strstr(whole, "uBS9");
	*p = 'v';
	CHECK(verify(key, whole) == NOTE_BAD_LINE);
	note_key_free(key);
	/* Under another name it is another key. */
	*p = 'u';
	key = note_key_public("Neumann", spki);
	CHECK(verify(key, whole) == NOTE_NO_SIGNATURE);
	note_key_free(key);
	note_key_free(signer);
	buf_fini(&made);
	OPENSSL_free((void *)(uintptr_t)spki.p);
	free((void *)(uintptr_t)pem.p);
	free(whole);
	EVP_PKEY_free(pub);
	EVP_PKEY_free(priv);
}

/* A signature made by libcrypto alone is taken, and only for its text. */
static void
takes_signatures_from_elsewhere(const char *curve)
{
	EVP_PKEY *pkey = EVP_EC_gen(curve);
	struct bytes spki = spki_of(pkey);
	struct note_key *key = note_key_public("ec", spki);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[256], id[SHA256_SIZE];
	size_t n = sizeof sig;
	struct note_signature parsed;
	struct buf made;
	struct bytes lines;
	char *whole;

	CHECK(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1);
	CHECK(EVP_DigestSign(
	          ctx, sig, &n, (const uint8_t *)text, strlen(text)) == 1);
	buf_init(&made, 4096);
	CHECK(!note_key_add(
	    key, bytes_of("other\n"), (struct bytes){ sig, n }, &made));
	CHECK(made.n == 0);
	CHECK(
	    note_key_add(key, bytes_of(text), (struct bytes){ sig, n }, &made));
	whole = mem_printf("%s\n%s", text, buf_text(&made));
	CHECK(verify(key, whole) == NOTE_OK);
	/* signed-note: the ID of these is a hash of the SPKI alone. */
	lines = buf_view(&made);
	CHECK(note_next(&lines, &parsed));
	sha256_digest(spki, id);
	CHECK(memcmp(parsed.key_id, id, 4) == 0);
	free(whole);
	buf_fini(&made);
	EVP_MD_CTX_free(ctx);
	note_key_free(key);
	OPENSSL_free((void *)(uintptr_t)spki.p);
	EVP_PKEY_free(pkey);
}

static void
refuses_other_keys(void)
{
	static const char *const names[] = { "", "a b", "a+b", "a\n", "\x7f",
		"\xe2\x80\x83" };
	EVP_PKEY *ed = neumann(false), *rsa = EVP_RSA_gen(1024);
	EVP_PKEY *k1 = EVP_EC_gen("secp256k1"), *private = neumann(true);
	struct bytes a = spki_of(ed), b = spki_of(rsa), c = spki_of(k1);
	struct bytes locked = pem_of(private, EVP_aes_128_cbc());
	struct bytes open = pem_of(private, NULL);
	uint8_t *longer = mem_alloc(a.n + 1, 1);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK(note_key_public(names[i], a) == NULL);
	CHECK(note_key_public("rsa", b) == NULL);
	CHECK(note_key_public("k1", c) == NULL);
	memcpy(longer, a.p, a.n);
	CHECK(note_key_public("trailing", (struct bytes){ longer, a.n + 1 }) ==
	    NULL);
	for (size_t n = 0; n < a.n; n++)
		CHECK(note_key_public("cut", (struct bytes){ a.p, n }) == NULL);
	CHECK(note_key_decrypt("locked", locked, no_passphrase, NULL) == NULL);
	for (size_t n = 0; n + 2 < open.n; n++)
		CHECK(note_key_decrypt(
		          "cut", bytes_at(open.p, n), NULL, NULL) == NULL);
	free(longer);
	free((void *)(uintptr_t)locked.p);
	free((void *)(uintptr_t)open.p);
	OPENSSL_free((void *)(uintptr_t)a.p);
	OPENSSL_free((void *)(uintptr_t)b.p);
	OPENSSL_free((void *)(uintptr_t)c.p);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(k1);
	EVP_PKEY_free(private);
}

int
main(void)
{
	agrees_with_go();
	takes_signatures_from_elsewhere("P-256");
	takes_signatures_from_elsewhere("P-384");
	takes_signatures_from_elsewhere("P-521");
	refuses_other_keys();
	return 0;
}
