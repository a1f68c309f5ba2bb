/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_text: the text of a report to a CA, in lines of at most 78 columns.
 */
#ifndef CTWATCH_RESPONSE_REPORT_TEXT_H
#define CTWATCH_RESPONSE_REPORT_TEXT_H

#include <ctwatch/base/buf.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/wire/sha256.h>

/* Append text, wrapped at blanks, with each line after the first indented. The
 * first line begins in the given column. */
void report_text_wrap(
    struct buf *out, size_t column, size_t indent, const char *text);

/* Append one paragraph and an empty line. */
void report_text_paragraph(struct buf *out, const char *text);

/* Append "label: value", the value from column 14 on. */
void report_text_field(struct buf *out, const char *label, const char *value);
void report_text_list(
    struct buf *out, const char *label, const struct certinfo_list *list);
void report_text_digest(struct buf *out, const char *label,
    const uint8_t digest[static SHA256_SIZE]);

/* Append a field with a time in ms; nothing if it is 0. */
void report_text_time(struct buf *out, const char *label, int64_t time);

#endif
