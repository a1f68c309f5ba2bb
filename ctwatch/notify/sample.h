/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample: the report of an invented run, to test the channels.
 */
#ifndef CTWATCH_NOTIFY_SAMPLE_H
#define CTWATCH_NOTIFY_SAMPLE_H

#include <ctwatch/report/report.h>

/* Return a report with one new finding, about test.example.com, that says that it
 * is a test.  The caller frees it. */
struct report *notify_sample(const char *version);

#endif
