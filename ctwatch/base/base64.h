/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64: the inner loop of decoding, for text.c.
 *
 * It is by far the most bytes that the watcher touches itself, so it is done
 * 32 characters at a time where the processor can.
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

/* The same without the processor's help, for machines and tests. */
bool base64_quads_plain(struct bytes in, uint8_t *out);

#endif
