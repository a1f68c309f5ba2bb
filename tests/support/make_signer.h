/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_signer: private keys that sign pinsets in tests.
 */
#ifndef TESTS_MAKE_SIGNER_H
#define TESTS_MAKE_SIGNER_H

#include <openssl/pem.h>

#include "test.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/note_key.h>

/* Make a signer of that name from pair, which is consumed; *public_b64 is the
 * base64 of its SubjectPublicKeyInfo.  The caller frees both. */
static inline struct note_key *
make_signer(const char *name, EVP_PKEY *pair, char **public_b64)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(pair, &der);
	struct note_key *key;
	char *pem;
	long pem_n;

	CHECK(n > 0);
	*public_b64 = mem_alloc(TEXT_BASE64_LEN((size_t)n) + 1, 1);
	text_base64(bytes_at(der, (size_t)n), *public_b64);
	CHECK(PEM_write_bio_PKCS8PrivateKey(
	          bio, pair, NULL, NULL, 0, NULL, NULL) == 1);
	pem_n = BIO_get_mem_data(bio, &pem);
	key = note_key_decrypt(name, bytes_at(pem, (size_t)pem_n), NULL, NULL);
	CHECK(key != NULL);
	BIO_free(bio);
	OPENSSL_free(der);
	EVP_PKEY_free(pair);
	return key;
}

#endif
