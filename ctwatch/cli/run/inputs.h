/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inputs: load what the options of a run name.
 */
#ifndef CTWATCH_CLI_RUN_INPUTS_H
#define CTWATCH_CLI_RUN_INPUTS_H

#include "cli/opts.h"
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/policy/witness_policy.h>
#include <ctwatch/sync/sync.h>

/*
 * Return the set of watched names, built from the file of --watchlist (or
 * NULL), the values of --watch and the pinset (or NULL); NULL after msg_error.
 */
struct watch *run_inputs_watch(const char *watchlist,
    const struct opts_list *watches, const struct pinset *p);

/* Parse --since (or NULL) into since and since_time of *out; false after
 * msg_error. */
bool run_inputs_since(const char *since, struct sync_options *out);

/* Load the file of --witness-policy; without one *out is NULL.  False after
 * msg_error. */
bool run_inputs_witnesses(const char *path, struct witness_policy **out);

#endif
