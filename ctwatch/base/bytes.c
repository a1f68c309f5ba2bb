/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/bytes.h>

struct bytes
bytes_of(const char *s)
{
	return bytes_at(s, strlen(s));
}

bool
bytes_until(struct bytes *b, uint8_t sep, struct bytes *out)
{
	const uint8_t *at = b->n > 0 ? memchr(b->p, sep, b->n) : NULL;
	struct bytes skip;

	return at != NULL && bytes_take(b, (size_t)(at - b->p), out) &&
	    bytes_take(b, 1, &skip);
}

struct bytes
bytes_after_last(struct bytes b, uint8_t sep)
{
	const uint8_t *at = b.n > 0 ? memrchr(b.p, sep, b.n) : NULL;

	if (at == NULL)
		return b;
	return (struct bytes){ at + 1, b.n - (size_t)(at + 1 - b.p) };
}

bool
bytes_enclose(struct bytes outer, struct bytes inner)
{
	return inner.p >= outer.p && inner.p <= outer.p + outer.n &&
	    inner.n <= (size_t)(outer.p + outer.n - inner.p);
}

size_t
bytes_end_of(struct bytes outer, struct bytes inner)
{
	return (size_t)(inner.p + inner.n - outer.p);
}

struct bytes
bytes_part(struct bytes b, size_t from, size_t n)
{
	if (from > b.n || n > b.n - from)
		return (struct bytes){ 0 };
	return (struct bytes){ b.p + from, n };
}

size_t
bytes_common(struct bytes a, struct bytes b)
{
	enum {
		STEP = 32
	};
	size_t least = a.n < b.n ? a.n : b.n, i = 0;

	while (i + STEP <= least && memcmp(a.p + i, b.p + i, STEP) == 0)
		i += STEP;
	while (i < least && a.p[i] == b.p[i])
		i++;
	return i;
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
bytes_is(struct bytes b, const char *s)
{
	return bytes_equal(b, bytes_of(s));
}

int
bytes_compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}
