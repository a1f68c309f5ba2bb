/* SPDX-License-Identifier: Apache-2.0 */
/*
 * der: ASN.1 elements, read as leniently as any client might read them.
 *
 * BER lengths, indefinite forms and padded lengths are accepted, and what
 * was forgiven is said.  Nothing recurses: nested indefinite forms are
 * followed with a counter, to BOUNDS_DER_DEPTH.
 */
#ifndef CTWATCH_WIRE_DER_H
#define CTWATCH_WIRE_DER_H

#include <ctwatch/base/bytes.h>

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTETS = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31
};

/* What had to be forgiven; bits, joined with |. */
enum der_forgiven {
	DER_STRICT = 0,
	DER_LONG_LENGTH = 1, /* a length in more octets than needed */
	DER_INDEFINITE = 2,  /* an indefinite length */
	DER_HIGH_TAG = 4     /* a tag number in several octets */
};

struct der {
	uint8_t tag;        /* the first identifier octet, whole */
	struct bytes body;  /* contents, without an end-of-contents */
	struct bytes whole; /* the element, header included */
	unsigned forgiven;  /* enum der_forgiven of this header alone */
};

/* Take the next element, of any tag. */
bool der_any(struct bytes *b, struct der *out);

/* Take the next element, which must carry tag. */
bool der_take(struct bytes *b, uint8_t tag, struct der *out);

/* Report whether the next element carries tag. */
bool der_next_is(struct bytes b, uint8_t tag);

#endif
