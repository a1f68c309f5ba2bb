/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill: read the past of logs in independent parts, on any number of
 * machines: make a plan, scan its parts, merge their files into the store.
 */
#ifndef CTWATCH_SYNC_BACKFILL_H
#define CTWATCH_SYNC_BACKFILL_H

#include <ctwatch/sync/backfill_part.h>
#include <ctwatch/sync/sync.h>

/* ---- backfill_make.c ---- */

struct backfill_make_range {
	int64_t since; /* ms; 0: from the first entry */
	int64_t until; /* ms; 0: to the head, or to what the store covers */
	/* Entries of a part, a power of two of at least LIMIT_TILE_WIDTH; 0: the
	 * smallest from 65,536 on that gives at most LIMIT_PLAN_PARTS parts. */
	uint64_t part_entries;
};

/*
 * Add to p the logs that a run under these options would read, and their parts;
 * o->store may be NULL.  The head of a log is the largest one that the store has
 * proved, else one that is fetched.  *left_out is the number of logs that could
 * not be planned, each with a warning.  Return false with the reason in *error
 * if there would be too many parts, or none.
 */
bool backfill_make(const struct sync_options *o,
    const struct backfill_make_range *range, struct backfill_plan *p,
    size_t *left_out, struct buf *error);

/* ---- backfill_scan.c ---- */

enum backfill_scan_result {
	BACKFILL_SCAN_OK,
	BACKFILL_SCAN_PARTIAL,     /* entries could not be read */
	BACKFILL_SCAN_CONTRADICTS, /* in two reads the entries were not those of
	                            * the signed head */
	BACKFILL_SCAN_TOO_LARGE    /* too many matches for one part */
};

/*
 * Read the entries of a part; o has the network, the workers and the plan's
 * watch.  *part is the result, empty unless BACKFILL_SCAN_OK is returned; else
 * the reason is in *error.
 */
enum backfill_scan_result backfill_scan(const struct sync_options *o,
    const struct backfill_plan *p, size_t number, struct backfill_part *part,
    struct buf *error);

/* ---- backfill_merge.c ---- */

/*
 * Read the parts of p in a folder into the store of o, which a run opened: each
 * is proved by the hashes of the plan, without network.  If the store has read a
 * log further since the plan, ask the log for a proof that the plan's head is a
 * prefix.  *out has the coverage of all logs of o and of p, which must outlive
 * it: a missing or unusable part is unread.  Return false if the store failed.
 */
bool backfill_merge(const struct sync_options *o, const struct backfill_plan *p,
    const char *dir, struct sync_result *out);

#endif
