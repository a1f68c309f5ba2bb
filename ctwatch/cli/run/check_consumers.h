/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_consumers: compare the pins that the pinset's consumers ship with the
 * pinset, in every run.
 */
#ifndef CTWATCH_CLI_RUN_CHECK_CONSUMERS_H
#define CTWATCH_CLI_RUN_CHECK_CONSUMERS_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/store/store.h>

/*
 * Compare the files of p's consumers that are on this machine with p (or NULL),
 * which was read from file.  Open a finding (CTW074) of the run, started at
 * that time (ms), for each consumer that differs, and close those of the
 * others.  Return false if the store failed.
 */
bool check_consumers(struct store *s, const struct pinset *p, const char *file,
    int64_t started, int64_t run);

#endif
