/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: progress display for a terminal.
 *
 * The last line is the total.  Above it are the logs with the most left to
 * read, as many as fit on the terminal.  A run over one log has only that log's
 * line.
 */
#ifndef CTWATCH_SYNC_PROGRESS_H
#define CTWATCH_SYNC_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctwatch/base/buf.h>

/* Maximum length of all lines. */
#define PROGRESS_BYTES 2048

/* One log.  The caller updates the first four members. */
struct progress_log {
	const char *name; /* escaped; borrowed */
	uint64_t done;    /* entries read in this run */
	uint64_t goal;    /* entries to read in this run; 0: unknown */
	bool ended;
	uint64_t before; /* done at the last update of rate */
	double rate;     /* recent entries per second */
};

struct progress {
	struct progress_log *v; /* the logs; borrowed */
	size_t n;
	int64_t began, last; /* time_mono(); of the run, of the rates */
};

/* Update all rates: now is time_mono(). */
void progress_tick(struct progress *p, int64_t now);

/*
 * Append the lines for a terminal of that size, without a newline after the
 * last.  No line is wider than columns - 1.
 */
void progress_lines(
    const struct progress *p, unsigned columns, unsigned rows, struct buf *out);

#endif
