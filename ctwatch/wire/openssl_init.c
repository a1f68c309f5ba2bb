/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <openssl/crypto.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/wire/openssl_init.h>

static void *
allocate(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return mem_malloc(n);
}

static void *
reallocate(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return mem_resize(p, n);
}

static void
release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void
openssl_init_start(void)
{
	CRYPTO_set_mem_functions(allocate, reallocate, release);
}
