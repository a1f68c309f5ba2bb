/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify_pin: find what a digest is of.
 *
 * Pins are often hashes of the wrong bytes: the PEM text, the whole
 * certificate, another encoding of the key, empty input.  With the certificate,
 * the mistake can be identified.
 */
#ifndef CTWATCH_ROTATE_IDENTIFY_PIN_H
#define CTWATCH_ROTATE_IDENTIFY_PIN_H

#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/pinlist.h>

struct identify_pin {
	const char *algorithm; /* "sha256"; static storage */
	char what[160];        /* "the SPKI (DER)" */
	bool spki;             /* SHA-256 of the SPKI: a usable pin */
	bool cert;             /* of a whole certificate in DER */
};

/* Find the form of m that has this digest. */
bool identify_pin_material(
    const struct key_input *m, struct bytes digest, struct identify_pin *out);

/*
 * Find the form of the private key in text, PEM or DER and not encrypted, that
 * the digest is of: the file, PKCS #8, PKCS #1 or SEC 1.
 */
bool identify_pin_private(
    struct bytes text, struct bytes digest, struct identify_pin *out);

/* Describe a digest that no key has ("of empty input ..."), or return NULL. */
const char *identify_pin_nothing(struct bytes digest);

/* Report whether text is a placeholder: YOUR_PIN, AAAA..., <...>. */
bool identify_pin_placeholder(const char *text);

/*
 * Return what is wrong with the notation of a pin ("percent-encoded"), or NULL;
 * static storage.  Write the intended digest to out: *n bytes, at most
 * PINLIST_DIGEST_MAX, or 0 if there is none.
 */
const char *identify_pin_notation(
    const char *text, uint8_t out[static PINLIST_DIGEST_MAX], size_t *n);

#endif
