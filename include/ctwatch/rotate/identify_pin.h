/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify_pin: what is a digest really a digest of?
 *
 * Pins in the wild are often hashes of the wrong thing: the PEM text, the
 * whole certificate, nothing at all.  Given the certificate, it can be told.
 */
#ifndef CTWATCH_ROTATE_IDENTIFY_PIN_H
#define CTWATCH_ROTATE_IDENTIFY_PIN_H

#include <ctwatch/rotate/key_input.h>

struct identify_pin {
	const char *algorithm; /* "sha256"; static storage */
	const char *what;      /* "the SPKI (DER)"; static storage */
	bool spki;             /* SHA-256 of the SPKI: a usable pin */
	bool cert;             /* of a whole certificate in DER */
};

/* Find what of m the digest is of. */
bool identify_pin_material(
    const struct key_input *m, struct bytes digest, struct identify_pin *out);

/* What a digest is that no key can have ("of nothing at all"), or NULL. */
const char *identify_pin_nothing(struct bytes digest);

/* Report whether text was meant to be replaced: YOUR_PIN, AAAA..., <...>. */
bool identify_pin_placeholder(const char *text);

#endif
