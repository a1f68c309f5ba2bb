/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_lines: the CAA look-ups of a document as lines of text, not escaped.
 */
#ifndef CTWATCH_REPORT_CAA_LINES_H
#define CTWATCH_REPORT_CAA_LINES_H

#include <ctwatch/base/buf.h>

struct json_t;

/* Append how many names have records, and how many were not looked up. */
void caa_lines_summary(const struct json_t *caa, struct buf *out);

/* Append which certificates were not judged, and why; nothing if all were. */
void caa_lines_not_judged(const struct json_t *caa, struct buf *out);

/* Append the records of one name, or why they are not known. */
void caa_lines_name(const struct json_t *name, struct buf *out);

/* Report whether the name was not looked up, although it may have records. */
bool caa_lines_is_missing(const struct json_t *name);

#endif
