/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workflow: common parts of the verbs that change the pinset: options, the
 * open store and pinset, and the exit status.
 */
#ifndef CTWATCH_CLI_PINS_WORKFLOW_H
#define CTWATCH_CLI_PINS_WORKFLOW_H

#include "cli/opts.h"
#include <ctwatch/rotate/rotation.h>

struct pins_workflow {
	struct opts_common common;
	const char *trust, *reason;
	struct rotation r;
	struct buf error; /* reasons to refuse a verb, one per line */
	int status;       /* the exit status if the verb is refused */
	int operands;     /* given */
	bool open;
};

/* Options of several verbs; f is a struct pins_workflow, by and file are of
 * type const char *. */
#define PINS_WORKFLOW_TRUST(f)                                                 \
	{                                                                      \
		"trust", OPTS_TEXT, &(f)->trust, "FILE",                       \
		    "trust file; default: PINSET.trust", NULL                  \
	}
#define PINS_WORKFLOW_REASON(f)                                                \
	{                                                                      \
		"reason", OPTS_TEXT, &(f)->reason, "TEXT", "why", NULL         \
	}
#define PINS_WORKFLOW_BY(by)                                                   \
	{                                                                      \
		"by", OPTS_TEXT, by, "NAME",                                   \
		    "the proposer; default: the user's name", NULL             \
	}
#define PINS_WORKFLOW_PASSPHRASE(file)                                         \
	{                                                                      \
		"passphrase-file", OPTS_TEXT, file, "FILE",                    \
		    "its passphrase; default: asked for", NULL                 \
	}

/*
 * Parse the options and this many operands, and open pinset, trust file and
 * state.  Return false if the verb cannot start; call pins_workflow_end also
 * then.
 */
bool pins_workflow_begin(struct pins_workflow *f,
    const struct opts_command *command, int argc, char *argv[], int operands);

/* The two parts of pins_workflow_begin, for a verb that uses the network in
 * between: only the second locks the store.  With operands -1, none or one is
 * accepted. */
bool pins_workflow_parse(struct pins_workflow *f,
    const struct opts_command *command, int argc, char *argv[], int operands);
bool pins_workflow_open(struct pins_workflow *f);

/* Print what an approver must review: reason, evidence, differences, consumers,
 * lint. */
void pins_workflow_show(struct pins_workflow *f, const struct proposal *p);

/* Print the missing conditions of p, and the next command. */
void pins_workflow_next(struct pins_workflow *f, const struct proposal *p);

/*
 * Propose the change, save it with the evidence that add_evidence adds, unless
 * that is NULL, and print it and what comes next.  What was proposed before
 * gets the evidence that it does not have.
 */
bool pins_workflow_propose(struct pins_workflow *f,
    const struct rotation_change *c,
    bool (*add_evidence)(void *arg, struct proposal *p), void *arg);

/*
 * Load a private key in PEM; the passphrase of an encrypted one is the first
 * line of the file passphrase, or read from the terminal if that is NULL.  NULL
 * after msg_error.  Free with note_key_free.
 */
struct note_key *pins_workflow_key(const char *file, const char *passphrase);

/* Close everything; if ok is false report f->error.  Return the exit status. */
int pins_workflow_end(struct pins_workflow *f, bool ok);

#endif
