/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect_caa: the CAA look-ups of a run, for its document.
 */
#ifndef CTWATCH_REPORT_COLLECT_CAA_H
#define CTWATCH_REPORT_COLLECT_CAA_H

#include <ctwatch/report/report.h>

struct json_t;

/* Return the member coverage.caa; owned by the caller. */
struct json_t *collect_caa(const struct report_caa *c);

#endif
