/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_run: runs and their reports.
 */
#ifndef CTWATCH_STORE_STORE_RUN_H
#define CTWATCH_STORE_STORE_RUN_H

#include <ctwatch/base/buf.h>

struct store;

/*
 * Begin a run; its number, from 1.  0 when the store fails.  Findings that
 * were new are then open, but those of a run that did not end, which no report
 * has shown, are new ones of this run.
 */
int64_t store_run_begin(struct store *s, int64_t started);

/*
 * When the first of the runs began, in ms, that this run has to report on: it
 * and those before it that did not end, since the last that did.
 */
int64_t store_run_since(struct store *s, int64_t run);

/* The number that the next run will have: a finding with this first_run is new
 * in its report.  0 when the store fails. */
int64_t store_run_next(struct store *s);

/* Reports of the latest LIMIT_RUN_REPORTS runs are kept, up to
 * LIMIT_RUN_REPORT_BYTES in total; this one is always kept. */
bool store_run_end(struct store *s, int64_t run, int64_t ended, int exit_status,
    struct bytes report_json);

struct store_run {
	int64_t number, started, ended;
	int exit_status;
};

/*
 * Load the last run that ended by that time (INT64_MAX: the last of all) with
 * none of these bits in its exit status.
 */
bool store_run_before(
    struct store *s, int64_t time, int without, struct store_run *out);

/* Load the report of a run (the last that ended if run is 0); owned by out. */
bool store_run_report(struct store *s, int64_t run, struct buf *out);

#endif
