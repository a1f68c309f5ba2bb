/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privsep: work that is done in a process of its own, which shares nothing
 * with this one but what both had when it was started.
 */
#ifndef CTWATCH_BASE_PRIVSEP_H
#define CTWATCH_BASE_PRIVSEP_H

#include <sys/types.h>

#include <ctwatch/base/buf.h>

/* A process that waits to be asked; one that was zeroed is none. */
struct privsep {
	pid_t pid;
	int fd;
};

/*
 * Start a process that will do work(arg, answer) when it is asked, with an
 * answer of at most max bytes.  It ends with this one, at once, and is not
 * ended by signals that are meant for this one.  Call it while there is one
 * thread.  False with the reason in *error.
 */
bool privsep_start(struct privsep *a, size_t max,
    bool (*work)(void *arg, struct buf *answer), void *arg, struct buf *error);

/*
 * Let it work, for at most limit ms (0: without limit), and wait until it has
 * ended.  Returns what work returned, its answer in *answer, whose ceiling
 * must be no lower than work's.  False, with the reason in *answer and nothing
 * else, when it did not come to an end.  Whoever has entered a sandbox may end
 * no process, and so has to ask without limit.
 */
bool privsep_call(struct privsep *a, int64_t limit, struct buf *answer);

/* Send one that was not asked away.  One that was asked is gone already. */
void privsep_fini(struct privsep *a);

#endif
