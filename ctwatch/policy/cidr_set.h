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
	uint8_t bits[129]; /* the lengths in use, longest first */
	size_t n_bits;
};

enum cidr_set_error {
	CIDR_SET_OK,
	CIDR_SET_NOT_ONE,  /* neither an address nor ADDRESS/BITS */
	CIDR_SET_BAD_BITS, /* an address with an invalid prefix length */
};

/* Parse ADDRESS or ADDRESS/BITS; bits beyond the length are cleared. */
enum cidr_set_error cidr_set_parse(struct bytes text, struct cidr *out);

/*
 * Parse an address in the text of a certificate, also in brackets or with a
 * zone.  Write 4 or 16 bytes to out and return their number, or 0.
 */
size_t cidr_set_address(struct bytes text, uint8_t out[static 16]);

/* Write an address of 4 or 16 bytes as text, and a NUL. */
void cidr_set_format(struct bytes address, char out[static CIDR_SET_TEXT]);

/* Make *out the network of that many bits, counted in the IPv6 form, that
 * contains an address; false if it does not have 4 or 16 bytes. */
bool cidr_set_network(struct bytes address, unsigned bits, struct cidr *out);

/*
 * Add a network.  Call cidr_set_build before the next cidr_set_match; it keeps
 * the first of equal networks.
 */
void cidr_set_add(struct cidr_set *s, const struct cidr *one);
void cidr_set_build(struct cidr_set *s);
void cidr_set_fini(struct cidr_set *s);

/*
 * Call meet for each network that contains the address of 4 or 16 bytes, until
 * it returns true.  With meet NULL, report whether there is one.  An address of
 * another length is in no network.
 */
bool cidr_set_match(const struct cidr_set *s, struct bytes address,
    bool (*meet)(void *arg, uint32_t item), void *arg);

#endif
