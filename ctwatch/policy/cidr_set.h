/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cidr_set: watched IP addresses and CIDR networks.
 *
 * An IPv4 address and its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2) are one.
 */
#ifndef CTWATCH_POLICY_CIDR_SET_H
#define CTWATCH_POLICY_CIDR_SET_H

#include <ctwatch/base/bytes.h>

/* Longest text of an address or network, a zone or brackets included. */
#define CIDR_SET_TEXT 80

struct cidr {
	uint8_t prefix[16]; /* bits past the length are zero */
	uint8_t bits;       /* 0 to 128, counted in the IPv6 form */
	uint32_t item;
};

struct cidr_set {
	struct cidr *v; /* owned */
	size_t n;
	uint8_t bits[129]; /* the lengths that occur, longest first */
	size_t n_bits;
};

enum cidr_set_error {
	CIDR_SET_OK,
	CIDR_SET_NOT_ONE,  /* neither an address nor ADDRESS/BITS */
	CIDR_SET_BAD_BITS, /* an address, and a length that it cannot have */
};

/* Parse ADDRESS or ADDRESS/BITS; bits beyond the length are cleared. */
enum cidr_set_error cidr_set_parse(struct bytes text, struct cidr *out);

/*
 * Parse an address as a certificate's text may hold it: also in brackets,
 * with a zone.  out has its 4 or 16 bytes, whose number is returned; else 0.
 */
size_t cidr_set_address(struct bytes text, uint8_t out[static 16]);

/* Write an address of 4 or 16 bytes as text, and a NUL. */
void cidr_set_format(struct bytes address, char out[static CIDR_SET_TEXT]);

/*
 * Add; cidr_set_build must follow before the next cidr_set_match, and leaves
 * each network once, for the item that was added first.
 */
void cidr_set_add(struct cidr_set *s, const struct cidr *one);
void cidr_set_build(struct cidr_set *s);
void cidr_set_fini(struct cidr_set *s);

/*
 * Call meet for each network that holds the address of 4 or 16 bytes, until
 * it returns true; NULL to ask only whether there is one.  An address of any
 * other length is in none.
 */
bool cidr_set_match(const struct cidr_set *s, struct bytes address,
    bool (*meet)(void *arg, uint32_t item), void *arg);

#endif
