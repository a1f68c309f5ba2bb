/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_report: the CAA look-ups of a run, for its report.
 */
#ifndef CTWATCH_CLI_RUN_CAA_REPORT_H
#define CTWATCH_CLI_RUN_CAA_REPORT_H

#include "cli/run/caa.h"
#include <ctwatch/report/report.h>

struct caa_report {
	struct report_caa in; /* borrows from the next two */
	struct report_caa_name *names;
	struct store_caa *records; /* the last known set of each name */
};

/* Collect the results c, those that failed first, with what the store knows of
 * the names; free with caa_report_fini. */
void caa_report_load(
    struct store *s, const struct run_caa *c, struct caa_report *out);
void caa_report_fini(struct caa_report *r);

#endif
