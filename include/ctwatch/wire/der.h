/* SPDX-License-Identifier: Apache-2.0 */
/*
 * der: read ASN.1 elements as leniently as any client.
 *
 * BER lengths, indefinite forms and padded lengths are accepted, and the
 * deviations are reported.  Nothing recurses: nested indefinite forms are
 * followed with a counter, to LIMIT_DER_DEPTH.
 */
#ifndef CTWATCH_WIRE_DER_H
#define CTWATCH_WIRE_DER_H

#include <ctwatch/base/buf.h>

/* Parts of an identifier octet (X.690, 8.1.2). */
enum der_identifier {
	DER_NUMBER = 0x1f, /* mask of the tag number; all set: it follows */
	DER_CONSTRUCTED = 0x20,
	DER_CLASS = 0xc0,  /* mask of the class */
	DER_CONTEXT = 0x80 /* the class of tags such as [0] */
};

/* The first octet of a length (X.690, 8.1.3): below this it is the length; from
 * this on its low bits count the octets that follow, 0 in the indefinite form.
 */
#define DER_LENGTH_LONG 0x80

/* An octet of a tag number or of an arc of an OID (X.690, 8.1.2.4.2 and
 * 8.19.2): seven bits, and whether another octet follows. */
#define DER_BASE128_BITS 0x7f
#define DER_BASE128_MORE 0x80

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTETS = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_T61 = 0x14,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_VISIBLE = 0x1a,
	DER_UNIVERSAL = 0x1c,
	DER_BMP = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31
};

/* Deviations from DER that were accepted; bits, joined with |. */
enum der_deviations {
	DER_STRICT = 0,
	DER_LONG_LENGTH = 1, /* a length in more octets than needed */
	DER_INDEFINITE = 2,  /* an indefinite length */
	DER_HIGH_TAG =
	    4 /* tag number in further octets; from 31 on, all low bits of der.tag are set */
};

struct der {
	uint8_t tag;         /* the identifier octet; see DER_HIGH_TAG */
	struct bytes body;   /* contents, without an end-of-contents */
	struct bytes whole;  /* the element, header included */
	unsigned deviations; /* enum der_deviations of this header alone */
};

/* As der_any, for any form of header. */
bool der_ber(struct bytes *b, struct der *out);

/*
 * Take the next element, of any tag.  An end-of-contents out of place comes
 * as an empty element of tag 0.  Inline: a certificate has some 60 elements.
 */
static inline bool
der_any(struct bytes *b, struct der *out)
{
	const uint8_t *p = b->p;
	size_t n = b->n, head = 2, len;

	/* The usual DER of certificates: one tag octet, at most two of
	 * length. */
	if (n < 2 || (p[0] & DER_NUMBER) == DER_NUMBER)
		return der_ber(b, out);
	len = p[1];
	if (len == (DER_LENGTH_LONG | 1) && n > 2 && p[2] >= DER_LENGTH_LONG) {
		head = 3;
		len = p[2];
	} else if (len == (DER_LENGTH_LONG | 2) && n > 3 && p[2] != 0) {
		head = 4;
		len = bytes_be16(p + 2);
	} else if (len >= DER_LENGTH_LONG)
		return der_ber(b, out);
	if (len > n - head)
		return false;
	*out = (struct der){ .tag = p[0],
		.body = { p + head, len },
		.whole = { p, head + len },
		.deviations = DER_STRICT };
	b->p += out->whole.n;
	b->n -= out->whole.n;
	return true;
}

/* Take the next element, which must have tag. */
bool der_take(struct bytes *b, uint8_t tag, struct der *out);

/* Return the header of e, identifier and length octets; borrowed. */
struct bytes der_header(const struct der *e);

/*
 * As der_take, for short elements on a hot path: *body gets the contents.
 * False, too, for an element whose length is not written in one octet.
 */
static inline bool
der_take_short(struct bytes *b, uint8_t tag, struct bytes *body)
{
	if (b->n < 2 || b->p[0] != tag || b->p[1] >= DER_LENGTH_LONG ||
	    b->p[1] > b->n - 2)
		return false;
	*body = (struct bytes){ b->p + 2, b->p[1] };
	b->p += 2 + body->n;
	b->n -= 2 + body->n;
	return true;
}

/* Report whether the next element has tag. */
bool der_next_is(struct bytes b, uint8_t tag);

/* Return the contents n of an INTEGER that is not negative, without the zeros
 * that DER does not have (X.690, 8.3.2); borrowed. */
struct bytes der_integer(struct bytes n);

/*
 * Append the contents of a string in constructed encoding (X.690, 8.7.3 and
 * 8.23.6): those of each primitive element, at any depth.  Return false if it
 * is malformed or out is full; out then has the earlier parts.
 */
bool der_join(struct bytes parts, struct buf *out);

/*
 * Append to out a header of this tag for n octets of contents, its length in
 * at least `least` octets, 0 for as few as DER has it.
 */
bool der_add_header(struct buf *out, uint8_t tag, size_t n, size_t least);

#endif
