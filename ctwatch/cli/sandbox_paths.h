/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_paths: what the commands that read strangers' bytes keep, when they give
 * up the rest (base/sandbox.h).  --verbose says what holds.
 */
#ifndef CTWATCH_CLI_SANDBOX_PATHS_H
#define CTWATCH_CLI_SANDBOX_PATHS_H

#include "cli/run/setup.h"

/*
 * The reader of logs and lists: it writes into the state directory and where
 * the report goes.  n's store may be open, its network not.
 */
void sandbox_paths_run(const struct run_context *n);

/* The reader of what a webhook answers: it writes nowhere. */
void sandbox_paths_post(const struct http_options *http);

/* The reader of a certificate in hand. */
void sandbox_paths_eval(const char *file);

#endif
