/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge_logs: open and close the findings of a run about logs and log lists.
 */
#ifndef CTWATCH_CLI_RUN_JUDGE_LOGS_H
#define CTWATCH_CLI_RUN_JUDGE_LOGS_H

#include <ctwatch/net/loglist_load.h>
#include <ctwatch/sync/sync.h>

/*
 * Judge what a run, started at that time (ms), met at the logs; since is as in
 * log_findings_input.  Set *misbehaved if a log contradicted itself (CTW070).
 * Return false if the store failed.
 */
bool judge_logs(struct store *s, const struct sync_result *r, int64_t started,
    int64_t run, int64_t since, bool *misbehaved);

/* Save a finding (CTW057) for each log list that is suspect, and close those of
 * the lists that are not; false if the store failed. */
bool judge_logs_lists(struct store *s, const struct loglist_load *l,
    int64_t started, int64_t run);

#endif
