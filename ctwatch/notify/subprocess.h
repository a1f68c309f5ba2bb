/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subprocess: run a program of the user's, such as sendmail or a hook.
 *
 * It gets a process group of its own, its input from a file, and a limit of
 * time; what it prints is read to the end and a bounded part of it kept.
 * However it behaves, subprocess_run comes back.
 */
#ifndef CTWATCH_NOTIFY_SUBPROCESS_H
#define CTWATCH_NOTIFY_SUBPROCESS_H

#include <ctwatch/base/buf.h>

struct subprocess {
	char *const *argv;  /* argv[0] is the file to run; no shell */
	char *const *envp;  /* the whole environment */
	struct bytes input; /* on its standard input */
	int64_t time_limit; /* ms; then it is ended, its group with it */
};

/*
 * Run c and wait.  True when it ended with status 0.  False with the reason
 * and the beginning of what it printed, on one line, in *error.
 */
bool subprocess_run(const struct subprocess *c, struct buf *error);

#endif
