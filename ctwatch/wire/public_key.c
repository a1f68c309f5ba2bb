/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <ctwatch/wire/public_key.h>

/* The decoder of this process.  It stores its result in decoded. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static OSSL_DECODER_CTX *decoder;
static EVP_PKEY *decoded;

EVP_PKEY *
public_key_decode(struct bytes spki)
{
	EVP_PKEY *key = NULL;
	bool ok;

	if (spki.n == 0)
		return NULL;
	pthread_mutex_lock(&lock);
	if (decoder == NULL)
		decoder = OSSL_DECODER_CTX_new_for_pkey(&decoded, "DER",
		    "SubjectPublicKeyInfo", NULL, EVP_PKEY_PUBLIC_KEY, NULL,
		    NULL);
	ok = decoder != NULL &&
	    OSSL_DECODER_from_data(decoder, &spki.p, &spki.n) == 1 &&
	    spki.n == 0;
	key = decoded;
	decoded = NULL;
	pthread_mutex_unlock(&lock);
	ERR_clear_error();
	if (ok)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}
