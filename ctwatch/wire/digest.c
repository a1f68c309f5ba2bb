/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include <ctwatch/base/msg.h>
#include <ctwatch/wire/digest.h>

/* Fetching an algorithm costs more than a short hash: once for each thread. */
static EVP_MD *sha256;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local EVP_MD_CTX *ctx;

static void
free_ctx(void *p)
{
	EVP_MD_CTX_free(p);
}

static void
fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256 == NULL || pthread_key_create(&key, free_ctx) != 0) {
		msg_error("libcrypto has no SHA-256");
		exit(32);
	}
}

static void
start(void)
{
	pthread_once(&once, fetch);
	ctx = EVP_MD_CTX_new();
	/* The key's only use is to free the context when the thread ends. */
	if (ctx == NULL || pthread_setspecific(key, ctx) != 0 ||
	    !EVP_DigestInit_ex2(ctx, sha256, NULL)) {
		msg_error("libcrypto cannot start SHA-256");
		exit(32);
	}
}

void
digest_parts(
    const struct bytes *parts, size_t n, uint8_t out[static DIGEST_SIZE])
{
	if (ctx == NULL)
		start();
	/* A null type keeps the algorithm that the context has. */
	EVP_DigestInit_ex2(ctx, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		EVP_DigestUpdate(ctx, parts[i].p, parts[i].n);
	EVP_DigestFinal_ex(ctx, out, NULL);
}

void
digest_sha256(struct bytes in, uint8_t out[static DIGEST_SIZE])
{
	digest_parts(&in, 1, out);
}
