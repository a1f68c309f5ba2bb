/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out_of_memory: make allocations fail, for LD_PRELOAD.
 *
 * The allocation of number OOM_AT, counted over all threads, fails, and
 * so do the OOM_FOR - 1 that follow it (default 1, 0: all).  At its end the
 * process adds to the file OOM_COUNT how many there were.
 *
 * Allocations of libseccomp neither count nor fail: libseccomp 2.5 ignores
 * some failures, and loops for ever after one.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static int count_fd = -1; /* opened before a sandbox forbids it */
static atomic_ulong count;
static unsigned long first, last;

static unsigned long
number(const char *name, unsigned long otherwise)
{
	const char *s = getenv(name);

	return s != NULL ? strtoul(s, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void
begin(void)
{
	unsigned long n = number("OOM_FOR", 1);
	const char *path = getenv("OOM_COUNT");

	if (path != NULL)
		count_fd =
		    open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	first = number("OOM_AT", 0);
	last = n != 0 ? first + n - 1 : (unsigned long)-1;
	count = 0;
}

__attribute__((destructor)) static void
end(void)
{
	if (count_fd >= 0)
		dprintf(count_fd, "%lu\n", (unsigned long)count);
}

static bool
is_gone(const void *caller)
{
	unsigned long n;
	Dl_info from;

	if (dladdr(caller, &from) != 0 && from.dli_fname != NULL &&
	    strstr(from.dli_fname, "/libseccomp.") != NULL)
		return false;
	n = atomic_fetch_add(&count, 1) + 1;
	if (first == 0 || n < first || n > last)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return is_gone(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return is_gone(__builtin_return_address(0)) ? NULL
	                                            : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return is_gone(__builtin_return_address(0)) ? NULL
	                                            : __libc_realloc(p, n);
}
