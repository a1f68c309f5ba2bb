/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: build the report of a run: coverage, findings, exit status.
 */
#ifndef CTWATCH_CLI_RUN_REPORT_H
#define CTWATCH_CLI_RUN_REPORT_H

#include "cli/run/caa.h"
#include <ctwatch/net/loglist_load.h>
#include <ctwatch/report/report.h>
#include <ctwatch/sync/sync.h>

/* What a run did, for its report.  All is borrowed. */
struct run_report_input {
	struct store *store;
	int64_t run, started; /* number; ms */
	int64_t began;        /* time_mono() */
	int64_t since;        /* ms: when the first run began that it covers */
	int64_t searched_since; /* ms: certificates from then on are searched
	                         * for an item that is new in this run */
	int status;             /* a sum of enum cli_exit; others are added */
	int fail_on; /* enum rules_severity, or RUN_OPTIONS_FAIL_ON_UNSET */
	const struct pinset *pinset;              /* or NULL */
	const char *pinset_file, *watchlist_file; /* or NULL */
	const struct watch *watch;
	const struct loglist_load *lists;
	const char *skip_operator; /* that is left out; or NULL */
	const struct sync_result *result;
	const struct run_caa *caa;
};

/* Build the report; NULL if the store failed.  Free with report_free. */
struct report *run_report(const struct run_report_input *in);

/*
 * Build the report of a run whose store failed, for the reason why, from the
 * last commit: saved is a store that was opened after the failure.  Set the
 * coverage r, that of in, to what was saved.  Return NULL if that fails, or if
 * the run did not begin.
 */
struct report *run_report_unsaved(const struct run_report_input *in,
    struct sync_result *r, struct store *saved, const char *why);

#endif
