/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write: the writers, one for each form of the report.  Each appends the
 * whole report; see report_writer for the table of them.
 */
#ifndef CTWATCH_REPORT_WRITE_H
#define CTWATCH_REPORT_WRITE_H

#include <ctwatch/report/report.h>

/* For people, 80 columns: the first screen answers, then details. */
void write_text(const struct report *r, const struct report_style *style,
    struct buf *out);

#endif
