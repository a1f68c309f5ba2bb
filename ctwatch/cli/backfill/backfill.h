/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill: the verbs of `backfill'; each returns the exit status.
 */
#ifndef CTWATCH_CLI_BACKFILL_BACKFILL_H
#define CTWATCH_CLI_BACKFILL_BACKFILL_H

int plan_main(int argc, char *argv[]);
int scan_main(int argc, char *argv[]);
int status_main(int argc, char *argv[]);
int merge_main(int argc, char *argv[]);

#endif
