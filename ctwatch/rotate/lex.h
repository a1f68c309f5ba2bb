/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex: functions for the readers of text formats: prefixes, string literals and
 * comments.  Input and output are borrowed; there is no state.
 */
#ifndef CTWATCH_ROTATE_LEX_H
#define CTWATCH_ROTATE_LEX_H

#include <ctwatch/base/buf.h>

/* Consume prefix, in any case of ASCII letters, if in begins with it. */
bool lex_prefix(struct bytes *in, const char *prefix);

/* Consume everything up to and including the first needle. */
bool lex_past(struct bytes *in, const char *needle);

/* Report whether in contains needle. */
bool lex_has(struct bytes in, const char *needle);

/*
 * Consume a string literal, the next byte being its quote.  *out has the
 * characters between the quotes, each backslash replaced by the byte after it;
 * the caller frees it.  Return false if the line ends within the literal.
 */
bool lex_literal(struct bytes *in, char **out);

/*
 * Append in to out with C comments of both forms replaced by blanks.  String
 * literals are kept.
 */
bool lex_uncomment(struct bytes in, struct buf *out);

/* Consume an identifier of C, Java, Kotlin or Swift, also qualified: a.B.c. */
bool lex_identifier(struct bytes *in, struct bytes *out);

/*
 * Return the value of the string constant with this name in source text without
 * comments: NAME = "value", with or without a type between.  Return NULL if
 * there is none or more than one.  The caller frees.
 */
char *lex_constant(struct bytes text, struct bytes name);

/* Return a copy of in as a string, cut at a NUL; the caller frees it. */
char *lex_dup(struct bytes in);

#endif
