/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: a growing buffer with a limit.
 *
 * An add beyond the limit fails and adds nothing.  Out of memory below the
 * limit ends the program (see mem.h).
 */
#ifndef CTWATCH_BASE_BUF_H
#define CTWATCH_BASE_BUF_H

#include <stdarg.h>

#include <ctwatch/base/bytes.h>

struct buf {
	uint8_t *p; /* owned */
	size_t n;   /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* the limit, in bytes */
};

/* Make b an empty buffer of at most max bytes.  Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/* Free the content; b is then as after buf_init with the same limit. */
void buf_fini(struct buf *b);

/* Remove the content, keep the memory. */
void buf_clear(struct buf *b);

/* Allocate room for n more bytes; false beyond the limit. */
bool buf_reserve(struct buf *b, size_t n);

/* Append.  False, and nothing appended, beyond the limit. */
bool buf_add(struct buf *b, struct bytes in);
bool buf_add_byte(struct buf *b, uint8_t c);
bool buf_add_text(struct buf *b, const char *s);
__attribute__((format(printf, 2, 3))) bool buf_printf(
    struct buf *b, const char *fmt, ...);
bool buf_vprintf(struct buf *b, const char *fmt, va_list ap);

/* Return the content, borrowed until the next change of b. */
struct bytes buf_view(const struct buf *b);

/* Return the content with a NUL after it; borrowed likewise. */
const char *buf_text(struct buf *b);

/* Return the content as a string, owned by the caller; b is then empty. */
char *buf_detach(struct buf *b);

#endif
