/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem: allocation that does not fail.
 *
 * Out of memory ends the program with a message: no input from the network
 * chooses an allocation's size (see limits.h), so it is never an attack, and
 * whatever was committed to the store is safe.
 */
#ifndef CTWATCH_BASE_MEM_H
#define CTWATCH_BASE_MEM_H

#include <stddef.h>

#include <ctwatch/base/bytes.h>

#define MEM_GIVES __attribute__((returns_nonnull, warn_unused_result))

/* End the program: a library has no memory, and says so in its own way. */
_Noreturn void mem_out(void);

/* n objects of size bytes, all zero; the caller frees them. */
MEM_GIVES void *mem_alloc(size_t n, size_t size);

/* Resize to n objects of size bytes; new bytes are not initialised. */
MEM_GIVES void *mem_realloc(void *p, size_t n, size_t size);

/* A copy of s; the caller frees it. */
MEM_GIVES char *mem_strdup(const char *s);

/* A copy of in, with a NUL behind it that is not counted; the caller frees. */
MEM_GIVES uint8_t *mem_dup(struct bytes in);

/* A new string as by printf; the caller frees it. */
MEM_GIVES __attribute__((format(printf, 1, 2))) char *mem_printf(
    const char *fmt, ...);

/*
 * Make room for one more element in an array of n elements that grows by
 * doubling: call before each append as  v = mem_grow(v, n, sizeof *v);
 */
MEM_GIVES void *mem_grow(void *v, size_t n, size_t size);

/*
 * As malloc and realloc but that they do not fail, for libraries that let
 * themselves be given others; mem_alloc and mem_strdup are as calloc and
 * strdup.  What they give is freed by free.
 */
MEM_GIVES void *mem_malloc(size_t n);
MEM_GIVES void *mem_resize(void *p, size_t n);

#endif
