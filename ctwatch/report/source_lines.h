/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_lines: where in the user's files stands what a finding is about.
 *
 * Programs that show findings beside source code want a file and a line.
 */
#ifndef CTWATCH_REPORT_SOURCE_LINES_H
#define CTWATCH_REPORT_SOURCE_LINES_H

#include <ctwatch/report/report_json.h>

/*
 * For what the findings of doc name (subjects and watched items), where a
 * pinset and a watch list, each a path or NULL, have it first: an array of
 * {"pattern", "file", "line"}, owned by the caller.  What cannot be read is
 * left out.
 */
struct json_t *source_lines_json(
    const struct json_t *doc, const char *pinset, const char *watchlist);

/* The place of a finding; NULL if none is known. */
const struct json_t *source_lines_of(
    const struct json_t *doc, const struct json_t *finding);

#endif
