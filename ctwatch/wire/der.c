/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/limits.h>
#include <ctwatch/wire/der.h>

/* Mask of the number of length octets in a first octet from DER_LENGTH_LONG
 * on. */
#define LENGTH_BITS 0x7f

/* The sign of an INTEGER, in its first octet (X.690, 8.3.3). */
#define INTEGER_NEGATIVE 0x80

/* The header of an element. */
struct header {
	uint8_t tag;
	size_t n;   /* octets of the header */
	size_t len; /* octets of the contents; 0 while indefinite */
	bool indefinite;
	unsigned deviations;
};

/*
 * X.690, 8.1.2: the identifier octets; 0 when they do not end.  A number
 * that fits in one octet is stored so, whatever form it came in:
 * OpenSSL reads 9f 02 as 82.
 */
static size_t
read_identifier(struct bytes b, uint8_t *tag)
{
	unsigned number = 0;

	if (b.n == 0)
		return 0;
	*tag = b.p[0];
	if ((*tag & DER_NUMBER) != DER_NUMBER)
		return 1;
	for (size_t n = 1; n < b.n; n++) {
		number = number << 7 | (b.p[n] & DER_BASE128_BITS);
		if (number > DER_NUMBER)
			number = DER_NUMBER;
		if ((b.p[n] & DER_BASE128_MORE) == 0) {
			*tag =
			    (uint8_t)((*tag & ~(unsigned)DER_NUMBER) | number);
			return n + 1;
		}
	}
	return 0;
}

/* X.690, 8.1.3: identifier and length, in any form that BER allows. */
static bool
read_header(struct bytes b, struct header *h)
{
	size_t at, octets;

	*h = (struct header){ 0 };
	at = read_identifier(b, &h->tag);
	if (at == 0 || at >= b.n)
		return false;
	if (at > 1)
		h->deviations |= DER_HIGH_TAG;
	octets = b.p[at] & LENGTH_BITS;
	if (b.p[at] == DER_LENGTH_LONG) {
		/* 8.1.3.2: only a constructed encoding may be indefinite */
		h->n = at + 1;
		h->indefinite = true;
		h->deviations |= DER_INDEFINITE;
		return (b.p[0] & DER_CONSTRUCTED) != 0;
	}
	if (b.p[at++] < DER_LENGTH_LONG) {
		h->n = at;
		h->len = octets;
		return h->len <= b.n - at;
	}
	if (octets > b.n - at)
		return false;
	if (b.p[at] == 0 || (octets == 1 && b.p[at] < DER_LENGTH_LONG))
		h->deviations |= DER_LONG_LENGTH;
	for (h->n = at + octets; at < h->n; at++) {
		if (h->len > b.n)
			return false;
		h->len = h->len << 8 | b.p[at];
	}
	return h->len <= b.n - h->n;
}

/*
 * The size of indefinite contents, without the end-of-contents that closes
 * them.  Count open elements instead of stacking them: definite ones are
 * skipped, and nothing about indefinite ones is needed.
 */
static bool
indefinite_size(struct bytes b, size_t *out)
{
	const uint8_t *start = b.p;
	struct header h;
	int open = 1;

	for (;;) {
		if (b.n >= 2 && b.p[0] == 0 && b.p[1] == 0) {
			if (--open == 0) {
				*out = (size_t)(b.p - start);
				return true;
			}
			h = (struct header){ .n = 2 };
		} else if (!read_header(b, &h) ||
		    (h.indefinite && ++open > LIMIT_DER_DEPTH))
			return false;
		b.p += h.n + h.len;
		b.n -= h.n + h.len;
	}
}

bool
der_ber(struct bytes *b, struct der *out)
{
	struct header h;
	size_t tail = 0;

	if (!read_header(*b, &h))
		return false;
	if (h.indefinite) {
		struct bytes in = { b->p + h.n, b->n - h.n };

		if (!indefinite_size(in, &h.len))
			return false;
		tail = 2;
	}
	*out = (struct der){ .tag = h.tag,
		.body = { b->p + h.n, h.len },
		.whole = { b->p, h.n + h.len + tail },
		.deviations = h.deviations };
	b->p += out->whole.n;
	b->n -= out->whole.n;
	return true;
}

bool
der_take(struct bytes *b, uint8_t tag, struct der *out)
{
	return der_next_is(*b, tag) && der_any(b, out);
}

struct bytes
der_header(const struct der *e)
{
	return (struct bytes){ e->whole.p, (size_t)(e->body.p - e->whole.p) };
}

bool
der_next_is(struct bytes b, uint8_t tag)
{
	struct der e;

	if (b.n > 0 && (b.p[0] & DER_NUMBER) == DER_NUMBER)
		return der_any(&b, &e) && e.tag == tag;
	return b.n > 0 && b.p[0] == tag;
}

struct bytes
der_integer(struct bytes n)
{
	while (n.n > 1 && n.p[0] == 0 && (n.p[1] & INTEGER_NEGATIVE) == 0)
		n = bytes_part(n, 1, n.n - 1);
	return n;
}

bool
der_join(struct bytes parts, struct buf *out)
{
	struct bytes outer[LIMIT_DER_DEPTH];
	size_t depth = 0;
	struct der e;

	for (;;) {
		while (parts.n == 0) {
			if (depth == 0)
				return true;
			parts = outer[--depth];
		}
		if (!der_any(&parts, &e))
			return false;
		if ((e.tag & DER_CONSTRUCTED) == 0) {
			if (!buf_add(out, e.body))
				return false;
			continue;
		}
		if (depth == LIMIT_DER_DEPTH)
			return false;
		outer[depth++] = parts;
		parts = e.body;
	}
}

bool
der_add_header(struct buf *out, uint8_t tag, size_t n, size_t least)
{
	size_t octets = least;

	if (octets == 0 && n >= DER_LENGTH_LONG)
		octets = 1;
	while (octets > 0 && octets < sizeof n && n >> 8 * octets != 0)
		octets++;
	if (!buf_add_byte(out, tag))
		return false;
	if (octets == 0)
		return buf_add_byte(out, (uint8_t)n);
	if (!buf_add_byte(out, (uint8_t)(DER_LENGTH_LONG | octets)))
		return false;
	while (octets-- > 0) {
		/* If `least` is larger than needed, the first octets are 0. */
		size_t c = octets < sizeof n ? n >> 8 * octets : 0;

		if (!buf_add_byte(out, (uint8_t)c))
			return false;
	}
	return true;
}
