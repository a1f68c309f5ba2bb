/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64: the inner loop of decoding base64, for text.c.
 *
 * Most bytes of a get-entries body are base64, so it decodes 32 characters at
 * a time if the processor can.
 */
#ifndef CTWATCH_BASE_BASE64_H
#define CTWATCH_BASE_BASE64_H

#include <ctwatch/base/bytes.h>

/*
 * Decode in, whole quads of digits without padding, into out, which has room
 * for in.n / 4 * 3 bytes.  False if any character is no digit of the standard
 * alphabet (RFC 4648, 4); out is then unspecified.
 */
bool base64_quads(struct bytes in, uint8_t *out);

/* The same in portable C, for other processors and tests. */
bool base64_quads_plain(struct bytes in, uint8_t *out);

#endif
