/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: the steps of a run around the one that reads: load, open, connect; then
 * judge, report and notify.
 */
#ifndef CTWATCH_CLI_RUN_H
#define CTWATCH_CLI_RUN_H

#include "cli/run/options.h"
#include "cli/run/read.h"

/* Where the entries come from. */
struct run_source {
	/* Check the watched items before anything is read; false after
	 * msg_error.  NULL: all are allowed. */
	bool (*check)(void *arg, const struct watch *w);
	/* As run_read. */
	bool (*read)(void *arg, const struct sync_options *options,
	    int64_t started, struct run_read *run, struct sync_result *out);
	void *arg;
	const char *dir; /* a folder that read opens, or NULL */
};

/* Run all steps; return the exit status. */
int run_pass(const struct run_options *set, const struct run_source *source);

#endif
