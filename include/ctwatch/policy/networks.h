/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks: watched IP addresses and CIDR networks.
 *
 * An IPv4 address and its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2) are one.
 */
#ifndef CTWATCH_POLICY_NETWORKS_H
#define CTWATCH_POLICY_NETWORKS_H

#include <ctwatch/base/bytes.h>

/* Longest text of an address or network, a zone or brackets included. */
#define NETWORKS_TEXT 80

struct networks_one {
	uint8_t prefix[16]; /* bits past the length are zero */
	uint8_t bits;       /* 0 to 128, counted in the IPv6 form */
	uint32_t item;
};

struct networks {
	struct networks_one *v; /* owned */
	size_t n;
	uint8_t bits[129]; /* the lengths that occur, longest first */
	size_t n_bits;
};

enum networks_error {
	NETWORKS_OK,
	NETWORKS_NOT_ONE,  /* neither an address nor ADDRESS/BITS */
	NETWORKS_BAD_BITS, /* an address, and a length that it cannot have */
};

/* Parse ADDRESS or ADDRESS/BITS; bits beyond the length are cleared. */
enum networks_error networks_parse(struct bytes text, struct networks_one *out);

/*
 * Parse an address as a certificate's text may hold it: also in brackets,
 * with a zone.  out has its 4 or 16 bytes, whose number is returned; else 0.
 */
size_t networks_address(struct bytes text, uint8_t out[static 16]);

/* Write an address of 4 or 16 bytes as text, and a NUL. */
void networks_format(struct bytes address, char out[static NETWORKS_TEXT]);

/*
 * Add; networks_build must follow before the next networks_match, and leaves
 * each network once, for the item that was added first.
 */
void networks_add(struct networks *s, const struct networks_one *one);
void networks_build(struct networks *s);
void networks_fini(struct networks *s);

/*
 * Call meet for each network that holds the address of 4 or 16 bytes, until
 * it returns true; NULL to ask only whether there is one.  An address of any
 * other length is in none.
 */
bool networks_match(const struct networks *s, struct bytes address,
    bool (*meet)(void *arg, uint32_t item), void *arg);

#endif
