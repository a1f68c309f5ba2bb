/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: hexadecimal, base64, UTF-8, lines and words, and the escaper of
 * messages.
 */
#ifndef CTWATCH_BASE_TEXT_H
#define CTWATCH_BASE_TEXT_H

#include <ctwatch/base/buf.h>

/* Write in as lower-case hexadecimal and a NUL: out has room for 2n+1. */
void text_hex(struct bytes in, char *out);

/* Decode exactly 2n hexadecimal digits, of either case, into out[n]. */
bool text_unhex(const char *s, uint8_t *out, size_t n);

/* Bytes that the base64 of n bytes takes, without a NUL. */
#define TEXT_BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Write the base64 of in and a NUL: out has room for TEXT_BASE64_LEN(n)+1. */
void text_base64(struct bytes in, char *out);

/* Append the base64 of in; false, and nothing appended, if it does not fit. */
bool text_base64_add(struct buf *out, struct bytes in);

/*
 * Decode canonical base64 (RFC 4648, 4 and 3.5: standard alphabet, padded,
 * spare bits zero, nothing else between).  out has room for in.n / 4 * 3
 * bytes; *n is the number written.  False leaves out unspecified.
 */
bool text_unbase64(struct bytes in, uint8_t *out, size_t *n);

/* As text_unbase64, but only when it yields exactly n bytes. */
bool text_unbase64_exact(struct bytes in, uint8_t *out, size_t n);

/* Append der in the textual encoding of RFC 7468: "CERTIFICATE" and the like
 * are labels. */
void text_pem(struct buf *out, const char *label, struct bytes der);

/* Take one UTF-8 code point (RFC 3629: no surrogate, no overlong form). */
bool text_utf8_take(struct bytes *b, uint32_t *out);

/* Report whether in is ASCII, or UTF-8, throughout. */
bool text_is_ascii(struct bytes in);
bool text_is_utf8(struct bytes in);

/* Append code point c as UTF-8. */
bool text_utf8_add(struct buf *out, uint32_t c);

/*
 * Append in, escaped for any terminal or file: printable ASCII unchanged, a
 * backslash doubled, every other byte as \xNN.
 * False when out is full; out then holds a prefix of the escaped text.
 */
bool text_escape(struct buf *out, struct bytes in);

/*
 * As text_escape, for the output of printf.  When it does not fit into out,
 * append the format alone, and return false.
 */
bool text_escape_vprintf(struct buf *out, const char *fmt, va_list ap);

/* Return the longest prefix of in, UTF-8, that has at most max bytes and ends
 * after a whole code point. */
struct bytes text_cut(struct bytes in, size_t max);

/* The longest number with separators, 18,446,744,073,709,551,615, and a NUL. */
#define TEXT_COUNT 27

/* Write n in decimal, with a comma between each three digits. */
void text_count(uint64_t n, char out[static TEXT_COUNT]);

/* Take a line without its end (LF or CR LF); false when nothing is left. */
bool text_line(struct bytes *in, struct bytes *line);

/* Take blanks, then a word up to the next blank; false if there is none. */
bool text_word(struct bytes *in, struct bytes *word);

/* Return the view without blanks at both ends. */
struct bytes text_trim(struct bytes in);

/* Lower-case ASCII letters of in into out[in.n]; other bytes are copied. */
void text_lower(struct bytes in, char *out);

#endif
