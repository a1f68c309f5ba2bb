/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_span: find the end of the plain part of a JSON string.
 *
 * Every byte of every get-entries body passes through this function, so it
 * compares 64 bytes at a time if the processor can.
 */
#ifndef CTWATCH_BASE_JSON_SPAN_H
#define CTWATCH_BASE_JSON_SPAN_H

#include <ctwatch/base/bytes.h>

/*
 * Return the number of bytes at the start of in that are unescaped in a JSON
 * string (RFC 8259, 7): ASCII, no control character, no quote, no backslash.
 */
size_t json_span_length(struct bytes in);

/* The same in portable C, for other processors and tests. */
size_t json_span_length_simple(struct bytes in);

#endif
