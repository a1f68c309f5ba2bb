/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opts_value: set one option to a value of the command line or of the
 * configuration file.
 */
#ifndef CTWATCH_CLI_OPTS_VALUE_H
#define CTWATCH_CLI_OPTS_VALUE_H

#include "cli/opts.h"

/*
 * Set *o->out to value, which must live as long as the program.  label names the
 * option and its source in messages: "run: --fail-on".  False after an error
 * was reported.
 */
bool opts_value_set(
    const struct opts_opt *o, const char *value, const char *label);

struct json_t;

/*
 * As opts_value_set, for a member of the configuration file at path.  A
 * relative path in it starts at the folder of that file.
 */
bool opts_value_set_json(
    const struct opts_opt *o, const struct json_t *v, const char *path);

/* Keep p until the program ends: options point to it. */
void *opts_value_keep(void *p);

#endif
