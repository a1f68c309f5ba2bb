/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_lines: find the line of a pinset or watch list that a finding is
 * about.
 *
 * Programs that show findings beside source code need a file and a line.
 */
#ifndef CTWATCH_REPORT_SOURCE_LINES_H
#define CTWATCH_REPORT_SOURCE_LINES_H

#include <ctwatch/report/report_json.h>

/*
 * Search the subjects and watched items of the findings of r, a report of the
 * store, in a pinset and a watch list, each a path or NULL.  Return an array of
 * the first places, {"pattern", "file", "line"}, owned by the caller.  Files
 * that cannot be read are skipped.
 */
struct json_t *source_lines_json(const struct report *r, struct store *store,
    const char *pinset, const char *watchlist);

/* Return the place of a finding, or NULL. */
const struct json_t *source_lines_of(
    const struct json_t *doc, const struct json_t *finding);

#endif
