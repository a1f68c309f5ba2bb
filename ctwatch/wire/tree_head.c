/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/mimic_log.h>
#include <ctwatch/wire/public_key.h>
#include <ctwatch/wire/tree_head.h>

/* RFC 5246, 7.4.1.4.1: the algorithms that RFC 6962, 2.1.4 allows. */
enum {
	HASH_SHA256 = 4,
	SIGNATURE_RSA = 1,
	SIGNATURE_ECDSA = 3
};

struct tree_head_key {
	EVP_PKEY *pkey;
	uint8_t algorithm; /* SIGNATURE_RSA or SIGNATURE_ECDSA */
};

static bool
is_p256(EVP_PKEY *pkey)
{
	char group[64];

	return EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) &&
	    bytes_is(bytes_of(group), "prime256v1");
}

struct tree_head_key *
tree_head_key_new(struct bytes spki)
{
	struct tree_head_key *key;
	uint8_t id[SHA256_SIZE], algorithm = 0;
	EVP_PKEY *pkey;

	if (spki.n == 0 || spki.n > 65536)
		return NULL;
	sha256_digest(spki, id);
	if (mimic_log_is(id))
		return NULL;
	pkey = public_key_decode(spki);
	if (pkey == NULL)
		algorithm = 0;
	else if (EVP_PKEY_is_a(pkey, "EC") && is_p256(pkey))
		algorithm = SIGNATURE_ECDSA;
	else if (EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= 2048)
		algorithm = SIGNATURE_RSA;
	ERR_clear_error();
	if (algorithm == 0) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key = mem_alloc(1, sizeof *key);
	*key = (struct tree_head_key){ pkey, algorithm };
	return key;
}

void
tree_head_key_free(struct tree_head_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

struct tree_head_key *
tree_head_key_share(const struct tree_head_key *key)
{
	struct tree_head_key *other = mem_alloc(1, sizeof *other);

	*other = *key;
	EVP_PKEY_up_ref(other->pkey);
	return other;
}

static bool
verify(EVP_PKEY *pkey, struct bytes message, struct bytes signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	/* RSA is PKCS #1 v1.5 by default, as RFC 6962, 2.1.4 requires. */
	good = ctx != NULL &&
	    EVP_DigestVerifyInit_ex(
	        ctx, NULL, "SHA256", NULL, NULL, pkey, NULL) == 1 &&
	    EVP_DigestVerify(
	        ctx, signature.p, signature.n, message.p, message.n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

enum tree_head_error
tree_head_verify_signed(struct bytes message, struct bytes signature,
    const struct tree_head_key *key)
{
	struct bytes value;
	uint8_t hash, algorithm;

	if (!bytes_u8(&signature, &hash) || !bytes_u8(&signature, &algorithm) ||
	    !bytes_vec16(&signature, &value) || signature.n > 0)
		return TREE_HEAD_BAD_ENCODING;
	if (hash != HASH_SHA256 || algorithm != key->algorithm)
		return TREE_HEAD_WRONG_ALGORITHM;
	return verify(key->pkey, message, value) ? TREE_HEAD_OK
	                                         : TREE_HEAD_BAD_SIGNATURE;
}

bool
tree_head_verify_bare(
    struct bytes message, struct bytes signature, struct bytes pem)
{
	BIO *bio = pem.n > 0 && pem.n < 65536
	    ? BIO_new_mem_buf(pem.p, (int)pem.n)
	    : NULL;
	EVP_PKEY *pkey =
	    bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	bool good = pkey != NULL && verify(pkey, message, signature);

	EVP_PKEY_free(pkey);
	BIO_free(bio);
	ERR_clear_error();
	return good;
}

enum tree_head_error
tree_head_verify(const struct tree_head *h, const struct tree_head_key *key)
{
	struct buf m;
	enum tree_head_error e;

	/* RFC 6962, 3.5: v1, tree_hash, timestamp, tree_size, root: 50 bytes */
	buf_init(&m, 50);
	buf_add_byte(&m, 0);
	buf_add_byte(&m, 1);
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(&m, (uint8_t)(h->timestamp >> shift));
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(&m, (uint8_t)(h->size >> shift));
	buf_add(&m, (struct bytes){ h->root.b, SHA256_SIZE });
	e = tree_head_verify_signed(
	    buf_view(&m), (struct bytes){ h->signature, h->n_signature }, key);
	buf_fini(&m);
	return e;
}

const char *
tree_head_error_word(enum tree_head_error e)
{
	static const char *const words[TREE_HEAD_ERROR_MAX] = {
		[TREE_HEAD_OK] = "ok",
		[TREE_HEAD_BAD_ENCODING] = "bad-encoding",
		[TREE_HEAD_WRONG_ALGORITHM] = "wrong-algorithm",
		[TREE_HEAD_BAD_SIGNATURE] = "bad-signature",
	};

	return e < TREE_HEAD_ERROR_MAX ? words[e] : "unknown";
}
