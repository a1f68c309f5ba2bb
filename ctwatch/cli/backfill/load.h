/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: load a plan for the verbs of `backfill'.
 */
#ifndef CTWATCH_CLI_BACKFILL_LOAD_H
#define CTWATCH_CLI_BACKFILL_LOAD_H

#include <ctwatch/sync/backfill_plan.h>

/* Load the plan in a file; NULL after an error was reported.  The caller
 * frees. */
struct backfill_plan *backfill_load(const char *path);

/* Return the watch of a plan; NULL after an error was reported.  The caller
 * frees. */
struct watch *backfill_load_watch(const struct backfill_plan *p);

#endif
