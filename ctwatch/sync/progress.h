/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: how far a run has come, for the person at a terminal.
 *
 * The last line is the total.  Above it stand the logs that have the most
 * left to read, as many as the terminal has room for; of a run over one log
 * there is but that log's line.
 */
#ifndef CTWATCH_SYNC_PROGRESS_H
#define CTWATCH_SYNC_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctwatch/base/buf.h>

/* All lines together are shorter. */
#define PROGRESS_BYTES 2048

/* One log.  The caller keeps the first four up to date. */
struct progress_log {
	const char *name; /* escaped; borrowed */
	uint64_t done;    /* entries read in this run */
	uint64_t goal;    /* entries to read in this run; 0: not known yet */
	bool ended;
	uint64_t before; /* done when rate was last brought up to date */
	double rate;     /* entries a second, lately */
};

struct progress {
	struct progress_log *v; /* the logs that are read; borrowed */
	size_t n;
	int64_t began, last; /* time_mono(); of the run, of the rates */
};

/* Bring all rates up to date: now is time_mono(). */
void progress_tick(struct progress *p, int64_t now);

/*
 * Append the lines for a terminal of that size, without a newline after the
 * last.  No line is wider than columns - 1, however long a name is.
 */
void progress_lines(
    const struct progress *p, unsigned columns, unsigned rows, struct buf *out);

#endif
