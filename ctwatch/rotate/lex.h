/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex: what the readers of text formats share: prefixes, string literals
 * and comments.  Views in, views out; nothing here keeps state.
 */
#ifndef CTWATCH_ROTATE_LEX_H
#define CTWATCH_ROTATE_LEX_H

#include <ctwatch/base/buf.h>

/* Take prefix, in any case of ASCII letters, if in begins with it. */
bool lex_prefix(struct bytes *in, const char *prefix);

/* Take everything up to and including the first needle. */
bool lex_past(struct bytes *in, const char *needle);

/* Report whether needle stands anywhere in in. */
bool lex_has(struct bytes in, const char *needle);

/*
 * Take a string literal, the next byte being its quote: the characters
 * between the quotes, a backslash standing for the byte after it.  The
 * caller frees *out.  False if the line ends before the literal does.
 */
bool lex_literal(struct bytes *in, char **out);

/*
 * Append in to out with the comments of C, those to the end of the line and
 * those in between, made blanks; what stands in string literals is kept.
 */
bool lex_uncomment(struct bytes in, struct buf *out);

/* Take an identifier of C, Java, Kotlin or Swift, perhaps qualified: a.B.c. */
bool lex_identifier(struct bytes *in, struct bytes *out);

/*
 * The value of the string constant with this name in source text that is
 * free of comments: NAME = "value", perhaps with a type between.  NULL if it
 * has none, or several.  The caller frees.
 */
char *lex_constant(struct bytes text, struct bytes name);

/* A copy of in as a string, cut at a NUL; the caller frees it. */
char *lex_dup(struct bytes in);

#endif
