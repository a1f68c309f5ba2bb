/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finish: save a run, deliver its messages, write its report.
 */
#ifndef CTWATCH_CLI_RUN_FINISH_H
#define CTWATCH_CLI_RUN_FINISH_H

#include "cli/outputs.h"
#include "cli/run/notify_helper.h"

/*
 * Commit the run and its messages in one transaction; then send them, and
 * replace the stored report by one with the result.  Write the report after
 * saving it, and set *written.  Return false if the store failed.
 */
bool run_finish(struct store *s, struct report *report,
    struct notify_helper *helper, const struct outputs *outputs, bool *written);

#endif
