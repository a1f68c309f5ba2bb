/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cover_cost: the traffic that reading a log takes, as measured in the store.
 */
#ifndef CTWATCH_SYNC_COVER_COST_H
#define CTWATCH_SYNC_COVER_COST_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/store/store.h>

/* The cost of a day. */
struct cover_cost {
	bool known; /* the growth is known, from two heads at least an hour
	             * apart */
	bool
	    estimated; /* bytes or entries per answer are those of other logs */
	uint64_t entries, bytes, requests;
};

/* What was read of a log: entries, bytes as sent, and answers that had them. */
struct cover_cost_traffic {
	uint64_t entries, bytes, answers;
};

/* Add what a run has read of a log to its record in the store.  Return false
 * if the store failed. */
bool cover_cost_record(struct store *s,
    const uint8_t log_id[static SHA256_SIZE],
    const struct cover_cost_traffic *more);

/* Return the cost of a log at time now (ms), by the heads of its last week.  A
 * log that is closed or on disk costs nothing. */
struct cover_cost cover_cost_of(
    struct store *s, const struct loglist_log *log, int64_t now);

/* Add up; the sum is known if both are. */
void cover_cost_add(struct cover_cost *sum, const struct cover_cost *more);

/* Return the cost of the logs that are left out with an operator. */
struct cover_cost cover_cost_left_out(struct store *s,
    const struct loglist *logs, const char *operator, int64_t now);

/*
 * Choose the operator whose logs cost most bytes, so that the others are the
 * cheapest set that still shows all certificates.  The choice is recorded in
 * the store if save is set, and another one replaces it only if it costs a
 * quarter more.  A log of unknown growth counts as one without cost.  NULL if no
 * growth is known, or no operator can be left out; *why is then the reason,
 * static.
 */
const char *cover_cost_choose(struct store *s, const struct loglist *logs,
    int64_t now, bool save, const char **why);

#endif
