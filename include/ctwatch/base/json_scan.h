/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan: read JSON (RFC 8259) in place, value by value.
 *
 * Nothing is built or allocated: the memory for an answer does not depend on
 * its content.  Every take advances the view; after a failure the view is
 * unusable.
 */
#ifndef CTWATCH_BASE_JSON_SCAN_H
#define CTWATCH_BASE_JSON_SCAN_H

#include <ctwatch/base/bytes.h>

/* A string: the bytes between its quotes, borrowed. */
struct json_string {
	struct bytes raw;
	bool escaped; /* it has escapes: see json_scan_ascii */
};

enum json_scan_step {
	JSON_SCAN_ITEM, /* a value follows */
	JSON_SCAN_END,  /* the object or array ended */
	JSON_SCAN_BAD   /* malformed */
};

/* Take white space and c. */
bool json_scan_char(struct bytes *in, char c);

/* Take white space up to the end; false if something else is left. */
bool json_scan_end(struct bytes *in);

/* Take a string: UTF-8, without U+0000 and unpaired surrogates. */
bool json_scan_string(struct bytes *in, struct json_string *out);

/* Take an integer from 0 to INT64_MAX, without fraction and exponent. */
bool json_scan_uint(struct bytes *in, uint64_t *out);

/* Take a value of any kind, nested at most LIMIT_JSON_DEPTH deep. */
bool json_scan_skip(struct bytes *in);

/*
 * Step through an object or array whose opening brace or bracket was taken:
 * *any is false at first, and the caller takes the value after each
 * JSON_SCAN_ITEM.
 */
enum json_scan_step json_scan_member(
    struct bytes *in, bool *any, struct json_string *name);
enum json_scan_step json_scan_element(struct bytes *in, bool *any);

/* Report whether s, unescaped, is the ASCII string text. */
bool json_scan_is(const struct json_string *s, const char *text);

/* Write s, unescaped, to out, which has room for s->raw.n bytes.  False if it
 * is not all ASCII. */
bool json_scan_ascii(const struct json_string *s, uint8_t *out, size_t *n);

#endif
