/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings: the parts of the command `findings'.
 */
#ifndef CTWATCH_CLI_FINDINGS_H
#define CTWATCH_CLI_FINDINGS_H

#include "cli/cmd_util.h"
#include "cli/opts.h"

struct json_t; /* jansson's */

/* Digits of a printed id; a command accepts any unique prefix. */
#define FINDINGS_ID 12

/* Values of --status: new, open, suppressed, closed, then these. */
#define FINDINGS_ALL    4
#define FINDINGS_UNSAID 5 /* all but closed ones */

struct findings_settings {
	struct opts_common common;
	int status, severity, format;
	const char *rule, *name, *reason;
	int64_t until; /* ms */
	char *const *ids;
	size_t n_ids;
};

/* findings_match.c: report whether the current finding matches --rule, --name
 * and --severity. */
struct report_walk;
bool findings_match(const struct findings_settings *set, struct report_walk *w);

/* findings_list.c: print the findings as a table, or in JSON. */
struct report;
int findings_list(const struct findings_settings *set, const struct report *r);

/* findings_show.c: print a finding. */
int findings_show(
    const struct findings_settings *set, const struct json_t *finding);

/* findings_change.c: close, suppress or reopen the findings with the IDs, or
 * without IDs all that match; in one transaction. */
enum findings_change {
	FINDINGS_CLOSE,
	FINDINGS_SUPPRESS,
	FINDINGS_REOPEN
};
int findings_change(
    const struct findings_settings *set, enum findings_change change);

#endif
