/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes: a read-only view of memory that is also a cursor over it.
 *
 * Every take either succeeds and advances the view, or fails and leaves it
 * unchanged.  No function here allocates, logs or keeps a pointer.
 */
#ifndef CTWATCH_BASE_BYTES_H
#define CTWATCH_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *p; /* borrowed */
	size_t n;
};

/* Return a view of the string s without its NUL; borrowed. */
struct bytes bytes_of(const char *s);

/* Return a view of the n bytes at p; borrowed. */
static inline struct bytes
bytes_at(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}

/* Take the next n bytes of b into *out. */
static inline bool
bytes_take(struct bytes *b, size_t n, struct bytes *out)
{
	if (n > b->n)
		return false;
	*out = (struct bytes){ b->p, n };
	if (n > 0)
		b->p += n;
	b->n -= n;
	return true;
}

/* Return the big-endian unsigned integer of the two or four bytes at p; a loop
 * would not become one load. */
static inline uint64_t
bytes_be16(const uint8_t *p)
{
	return (uint64_t)p[0] << 8 | p[1];
}

static inline uint64_t
bytes_be32(const uint8_t *p)
{
	return bytes_be16(p) << 16 | bytes_be16(p + 2);
}

/* Take one big-endian unsigned integer of 1, 2, 5, 6 or 8 bytes. */
static inline bool
bytes_u8(struct bytes *b, uint8_t *out)
{
	struct bytes v;

	if (!bytes_take(b, 1, &v))
		return false;
	*out = v.p[0];
	return true;
}

static inline bool
bytes_u16(struct bytes *b, uint16_t *out)
{
	struct bytes v;

	if (!bytes_take(b, 2, &v))
		return false;
	*out = (uint16_t)bytes_be16(v.p);
	return true;
}

static inline bool
bytes_u40(struct bytes *b, uint64_t *out)
{
	struct bytes v;

	if (!bytes_take(b, 5, &v))
		return false;
	*out = bytes_be32(v.p) << 8 | v.p[4];
	return true;
}

static inline bool
bytes_u48(struct bytes *b, uint64_t *out)
{
	struct bytes v;

	if (!bytes_take(b, 6, &v))
		return false;
	*out = bytes_be32(v.p) << 16 | bytes_be16(v.p + 4);
	return true;
}

static inline bool
bytes_u64(struct bytes *b, uint64_t *out)
{
	struct bytes v;

	if (!bytes_take(b, 8, &v))
		return false;
	*out = bytes_be32(v.p) << 32 | bytes_be32(v.p + 4);
	return true;
}

/* Take a TLS vector (RFC 8446, 3.4): a length of 16 or 24 bits, and as many
 * bytes. */
static inline bool
bytes_vec16(struct bytes *b, struct bytes *out)
{
	struct bytes rest = *b, v;

	if (!bytes_take(&rest, 2, &v) ||
	    !bytes_take(&rest, bytes_be16(v.p), out))
		return false;
	*b = rest;
	return true;
}

static inline bool
bytes_vec24(struct bytes *b, struct bytes *out)
{
	struct bytes rest = *b, v;

	if (!bytes_take(&rest, 3, &v) ||
	    !bytes_take(&rest, bytes_be16(v.p) << 8 | v.p[2], out))
		return false;
	*b = rest;
	return true;
}

/* Take everything up to sep, which is skipped and not part of *out. */
bool bytes_until(struct bytes *b, uint8_t sep, struct bytes *out);

/* Return the bytes of b after the last sep; all of them if there is none. */
struct bytes bytes_after_last(struct bytes b, uint8_t sep);

/* Return the n bytes of b from an offset on; empty if b is shorter. */
struct bytes bytes_part(struct bytes b, size_t from, size_t n);

/* Report whether inner is a view of a part of outer. */
bool bytes_enclose(struct bytes outer, struct bytes inner);

/* Return the offset in outer at which inner, a part of it, ends. */
size_t bytes_end_of(struct bytes outer, struct bytes inner);

/* Return the length of the common prefix of a and b. */
size_t bytes_common(struct bytes a, struct bytes b);

/* Report whether a and b hold the same bytes. */
bool bytes_equal(struct bytes a, struct bytes b);

/* Report whether b holds exactly the characters of s. */
bool bytes_is(struct bytes b, const char *s);

/* Order by content, a shorter one before its extensions, as memcmp does. */
int bytes_compare(struct bytes a, struct bytes b);

#endif
