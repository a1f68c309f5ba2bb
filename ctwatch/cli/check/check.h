/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: the parts of the command `check'.  Each prints a line about what a run
 * would use, and reports each fault with check_fault.
 */
#ifndef CTWATCH_CLI_CHECK_CHECK_H
#define CTWATCH_CLI_CHECK_CHECK_H

#include "cli/notify.h"
#include "cli/run/options.h"
#include <ctwatch/policy/watch.h>
#include <ctwatch/sync/sync.h>

struct check {
	struct run_options set;
	char *state_dir;
	struct network network;
	struct notify_ready ready;   /* the notification channels */
	struct sync_options options; /* since and since_time */
	/* NULL: not loaded, or none is given. */
	struct pinset *pinset;
	struct watch *watch;
	struct store *store;
	size_t faults;
	int status; /* a sum of enum cli_exit */
};

/* Print a line: what it is about, and untrusted text, which is escaped. */
__attribute__((format(printf, 2, 3))) void check_line(
    const char *label, const char *fmt, ...);

/* Count a fault, which was reported, and add its exit status. */
void check_fault(struct check *c, int status);

/* state.c: the state directory; opens the store in it, if there is one. */
void check_state(struct check *c);

/* files.c: the pinset and its signatures, the watch list, and the output of the
 * report. */
void check_files(struct check *c);

/* channels.c: each notification channel; sends no message. */
void check_channels(struct check *c);

/* logs.c: enter the sandbox, load the log lists, and get a signed tree head
 * from each log that a run reads. */
void check_logs(struct check *c);

#endif
