/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape: one function for each kind of output.
 *
 * Logs, CAs and certificate applicants choose the text: names, organisations,
 * URLs.  Each function appends it so that its reader sees characters, and
 * never markup, commands, formulas, new lines or fields.  Other characters
 * become \xNN (a byte) or \u{N} (a code point).  A backslash stays, so that
 * text that was escaped before stays readable.
 */
#ifndef CTWATCH_BASE_ESCAPE_H
#define CTWATCH_BASE_ESCAPE_H

#include <ctwatch/base/buf.h>

/*
 * A line of plain text: printable ASCII unchanged, every other byte as \xNN.
 * At most max characters are added, then "..." (0: no limit).
 */
void escape_line(struct buf *out, struct bytes in, size_t max);

/*
 * UTF-8 for display, JSON and environment variables, one line: letters of any
 * script unchanged; controls, bidirectional and other invisible format
 * characters and bytes that are not UTF-8 are escaped.
 */
void escape_utf8(struct buf *out, struct bytes in);

/* HTML, as element content or a quoted attribute; else as escape_utf8. */
void escape_html(struct buf *out, struct bytes in);

/*
 * One CSV field (RFC 4180) in quotes; a field that a spreadsheet would
 * read as a formula begins with an apostrophe.
 */
void escape_csv(struct buf *out, struct bytes in);

/*
 * The value of a mail header: RFC 2047 encoded words where it is not plain
 * ASCII, folded by line feeds and blanks; at is the column where it begins.
 * Line breaks of the text are escaped.
 */
void escape_mail(struct buf *out, struct bytes in, size_t at);

/* CEF: a field of the header; a value of the extension. */
void escape_cef_header(struct buf *out, struct bytes in);
void escape_cef_value(struct buf *out, struct bytes in);

/* The value of a label in Prometheus' text format, without the quotes. */
void escape_prometheus(struct buf *out, struct bytes in);

#endif
