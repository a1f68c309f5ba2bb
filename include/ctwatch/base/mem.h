/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem: allocation that does not fail.
 *
 * Out of memory ends the program with a message.  No input from the network
 * chooses the size of an allocation (see limits.h), and committed data in the
 * store is safe.
 */
#ifndef CTWATCH_BASE_MEM_H
#define CTWATCH_BASE_MEM_H

#include <stddef.h>

#include <ctwatch/base/bytes.h>

#define MEM_GIVES __attribute__((returns_nonnull, warn_unused_result))

/* End the program after an allocation failed, such as one in a library. */
_Noreturn void mem_out(void);

/* Allocate n objects of size bytes, all zero; the caller frees them. */
MEM_GIVES void *mem_alloc(size_t n, size_t size);

/* Resize to n objects of size bytes; new bytes are not initialised. */
MEM_GIVES void *mem_realloc(void *p, size_t n, size_t size);

/* Copy s; the caller frees it. */
MEM_GIVES char *mem_strdup(const char *s);

/* Copy in as a string; the caller frees it. */
MEM_GIVES char *mem_text(struct bytes in);

/* Format a new string as printf does; the caller frees it. */
MEM_GIVES __attribute__((format(printf, 1, 2))) char *mem_printf(
    const char *fmt, ...);

/*
 * Make room for one more element in an array of n elements that grows by
 * doubling: call before each append as  v = mem_grow(v, n, sizeof *v);
 */
MEM_GIVES void *mem_grow(void *v, size_t n, size_t size);

/*
 * malloc and realloc that do not fail, for libraries with replaceable
 * allocators; mem_alloc and mem_strdup replace calloc and strdup.  Free the
 * memory with free.
 */
MEM_GIVES void *mem_malloc(size_t n);
MEM_GIVES void *mem_resize(void *p, size_t n);

#endif
