/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read: the step of a run that reads the logs.
 */
#ifndef CTWATCH_CLI_RUN_READ_H
#define CTWATCH_CLI_RUN_READ_H

#include <ctwatch/sync/sync.h>

/* The run that was begun. */
struct run_read {
	int64_t number; /* 0: it could not begin */
	int64_t since;  /* ms; see store_run_since */
};

/* Begin a run that started at that time (ms); false if the store failed. */
bool run_read_begin(
    const struct sync_options *options, int64_t started, struct run_read *run);

/*
 * Begin a run that started at that time (ms), and read all logs; SIGTERM and
 * SIGINT end the reading.  Return false if the store failed.  Free *out with
 * sync_result_fini in any case.
 */
bool run_read(const struct sync_options *options, int64_t started,
    struct run_read *run, struct sync_result *out);

#endif
