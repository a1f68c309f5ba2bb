/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>

void
mem_out(void)
{
	/* The state has the last transaction: there is nothing to undo. */
	fputs("ctwatch: out of memory\n", stderr);
	_Exit(32);
}

void *
mem_alloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		mem_out();
	return p;
}

void *
mem_realloc(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		mem_out();
	p = realloc(p, total > 0 ? total : 1);
	if (p == NULL)
		mem_out();
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_text(bytes_of(s));
}

char *
mem_text(struct bytes in)
{
	char *p = mem_malloc(in.n + 1);

	if (in.n > 0)
		memcpy(p, in.p, in.n);
	p[in.n] = '\0';
	return p;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		mem_out();
	va_end(ap);
	return s;
}

void *
mem_grow(void *v, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0) /* only powers of two are full */
		return v;
	return mem_realloc(v, n > 0 ? 2 * n : 1, size);
}

void *
mem_malloc(size_t n)
{
	return mem_realloc(NULL, n, 1);
}

void *
mem_resize(void *p, size_t n)
{
	return mem_realloc(p, n, 1);
}
