/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privsep: do work in a separate process, which has a copy of the memory at
 * the time of its start.
 */
#ifndef CTWATCH_BASE_PRIVSEP_H
#define CTWATCH_BASE_PRIVSEP_H

#include <sys/types.h>

#include <ctwatch/base/buf.h>

/* A process that waits for its call; all zero: no process. */
struct privsep {
	pid_t pid;
	int fd;
};

/*
 * Start a process that will do work(arg, answer) when it is called, with an
 * answer of at most max bytes.  It ends at once when this process ends, and
 * ignores signals from the terminal.  Call this while there is one thread.
 * False with the reason in *error.
 */
bool privsep_start(struct privsep *a, size_t max,
    bool (*work)(void *arg, struct buf *answer), void *arg, struct buf *error);

/*
 * Let it work for at most limit ms (0: no limit), and wait for its end.
 * Return the result of work, with its answer in *answer, whose limit must be
 * at least max.  False, with only the reason in *answer, when the process did
 * not end by itself.  A sandboxed process cannot kill, and must use limit 0.
 */
bool privsep_call(struct privsep *a, int64_t limit, struct buf *answer);

/* End a process that was not called.  After a call it has ended already. */
void privsep_fini(struct privsep *a);

#endif
