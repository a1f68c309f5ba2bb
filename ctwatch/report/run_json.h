/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_json: the parts of the document that come from the results of the run.
 * The caller owns what is returned.
 */
#ifndef CTWATCH_REPORT_RUN_JSON_H
#define CTWATCH_REPORT_RUN_JSON_H

#include <ctwatch/report/report.h>

struct json_t; /* jansson's */

/* The bits of the exit status, as the manual lists them. */
#define RUN_JSON_FINDINGS 1
#define RUN_JSON_LOCAL    32

/* "run", "coverage", "pins" and "owners". */
struct json_t *run_json_run(const struct report_input *in);
struct json_t *run_json_coverage(const struct report_input *in);
struct json_t *run_json_pins(const struct pinset *p);
struct json_t *run_json_owners(const struct pinset *p);

/* "refused": entries rejected since that time, in ms; NULL if the store failed.
 */
struct json_t *run_json_refused(struct store *s, int64_t since);

/* Set the exit status and the outcome in "run". */
void run_json_set_exit(struct json_t *run, int status);

#endif
