/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/mem.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_fini(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
}

bool
buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : 256;

	if (n > b->max - b->n)
		return false;
	/* One byte beyond the limit is for the NUL of buf_text. */
	while (cap < b->n + n + 1)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	if (cap > b->cap) {
		b->p = mem_realloc(b->p, cap, 1);
		b->cap = cap;
	}
	return true;
}

bool
buf_add(struct buf *b, struct bytes in)
{
	if (!buf_reserve(b, in.n))
		return false;
	if (in.n > 0)
		memcpy(b->p + b->n, in.p, in.n);
	b->n += in.n;
	return true;
}

bool
buf_add_byte(struct buf *b, uint8_t c)
{
	return buf_add(b, (struct bytes){ &c, 1 });
}

bool
buf_add_text(struct buf *b, const char *s)
{
	return buf_add(b, bytes_of(s));
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

bool
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !buf_reserve(b, (size_t)n))
		return false;
	vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
	return true;
}

struct bytes
buf_view(const struct buf *b)
{
	return (struct bytes){ b->p, b->n };
}

const char *
buf_text(struct buf *b)
{
	buf_reserve(b, 0);
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

char *
buf_detach(struct buf *b)
{
	char *s;

	buf_text(b);
	s = (char *)b->p;
	buf_init(b, b->max);
	return s;
}
