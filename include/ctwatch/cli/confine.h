/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine: what the commands that read strangers' bytes keep, when they give
 * up the rest (base/sandbox.h).  --verbose says what holds.
 */
#ifndef CTWATCH_CLI_CONFINE_H
#define CTWATCH_CLI_CONFINE_H

#include <ctwatch/cli/night.h>

/*
 * The reader of logs and lists: it writes into the state directory and where
 * the report goes.  n's store may be open, its network not.
 */
void confine_night(const struct night *n);

/* The reader of what a webhook answers: it writes nowhere. */
void confine_post(const struct http_options *http);

/* The reader of a certificate in hand. */
void confine_eval(const char *file);

#endif
