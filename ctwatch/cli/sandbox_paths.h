/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_paths: enter the sandbox (base/sandbox.h) with the paths that each
 * command needs.  --verbose prints the means in force.
 */
#ifndef CTWATCH_CLI_SANDBOX_PATHS_H
#define CTWATCH_CLI_SANDBOX_PATHS_H

#include "cli/run/setup.h"

/*
 * For reading logs and lists: allow writes to the state directory and to the
 * folder of the report.  The store of n may be open, its network must not.
 */
void sandbox_paths_run(const struct run_context *n);

/* For webhooks and SMTP: allow no writes. */
void sandbox_paths_post(const struct http_options *http);

/* For the certificate in a file. */
void sandbox_paths_eval(const char *file);

#endif
