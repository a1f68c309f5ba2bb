/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subprocess: run a program of the user, such as sendmail or a hook.
 *
 * It has its own process group, its input in a file, and a time limit.  Its
 * output is read to the end, and LIMIT_CHILD_OUTPUT of it kept.  subprocess_run
 * returns whatever the program does.
 */
#ifndef CTWATCH_NOTIFY_SUBPROCESS_H
#define CTWATCH_NOTIFY_SUBPROCESS_H

#include <ctwatch/base/buf.h>

struct subprocess {
	char *const *argv;  /* argv[0] is the file to run; no shell */
	char *const *envp;  /* the whole environment */
	struct bytes input; /* on its standard input */
	int64_t time_limit; /* ms; then its process group is killed */
};

/*
 * Run c and wait.  True for exit status 0.  False with the reason and the
 * beginning of its output, in one line, in *error.
 */
bool subprocess_run(const struct subprocess *c, struct buf *error);

#endif
