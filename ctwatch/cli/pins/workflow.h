/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workflow: what the verbs that change the pinset have in common: their
 * options, what is open, and how they end.
 */
#ifndef CTWATCH_CLI_PINS_WORKFLOW_H
#define CTWATCH_CLI_PINS_WORKFLOW_H

#include "cli/opts.h"
#include <ctwatch/rotate/rotation.h>

struct pins_workflow {
	struct opts_common common;
	const char *trust, *reason;
	struct rotation r;
	struct buf error; /* why a verb is refused, a line each */
	int status;       /* how it ends if it is not done */
	bool open;
};

/*
 * Parse the options and this many operands, and open pinset, trust file and
 * state.  False if the verb cannot begin; pins_workflow_end is called even then.
 */
bool pins_workflow_begin(struct pins_workflow *f,
    const struct opts_command *command, int argc, char *argv[], int operands);

/* Print everything that one should see before one agrees. */
void pins_workflow_show(struct pins_workflow *f, const struct proposal *p);

/* Close everything; if ok is false say what f->error has.  The exit status. */
int pins_workflow_end(struct pins_workflow *f, bool ok);

#endif
