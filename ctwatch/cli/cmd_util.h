/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_util: functions for all commands: open the state, load the pinset,
 * print.  They report their errors.
 */
#ifndef CTWATCH_CLI_CMD_UTIL_H
#define CTWATCH_CLI_CMD_UTIL_H

#include "cli/opts.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/report/report.h>
#include <ctwatch/store/store.h>

/* The values of common options, NULL-terminated: formats by enum cmd_util_form,
 * and severities by enum rules_severity. */
enum cmd_util_form {
	CMD_UTIL_TEXT,
	CMD_UTIL_JSON
};
extern const char *const cmd_util_forms[];
extern const char *const cmd_util_severities[];

/* Open the store in the state directory, to be closed with store_close; NULL
 * after an error was reported. */
struct store *cmd_util_store(
    const struct opts_common *common, enum store_mode mode);

/*
 * Load the pinset of --pinset into *out; without the option *out is NULL, which
 * is an error if need is set.  False after an error was reported.
 */
bool cmd_util_pinset(
    const struct opts_common *common, bool need, struct pinset **out);

/* Return the writer of --format; NULL after an error with the list of formats
 * was reported. */
const struct report_writer *cmd_util_writer(const char *format);

/* Write b to standard output; return an exit status. */
int cmd_util_print(const struct buf *b);

/*
 * Append untrusted text, escaped, from the given column on, in lines of at most
 * 79 characters, broken at blanks and indented to that column.
 */
void cmd_util_wrap(struct buf *out, size_t column, const char *text);

/* Append v as indented JSON with a line end. */
struct json_t;
void cmd_util_json(const struct json_t *v, struct buf *out);

/* Return a report with all findings of the store, which the caller frees; NULL
 * after an error was reported. */
struct report *cmd_util_findings(struct store *s);

/* Load the finding whose ID begins with prefix; false after an error was
 * reported: there is none, or several. */
bool cmd_util_find(
    struct store *s, const char *prefix, struct store_finding *out);

/* Append the finding with this ID as JSON; false after an error was
 * reported. */
bool cmd_util_finding_json(struct store *s, const char *id, struct buf *out);

/* Warn of each line of missing; CLI_INCOMPLETE if there is one. */
int cmd_util_missing(const char *command, struct buf *missing);

/* Print doc as indented JSON and release it; return an exit status. */
int cmd_util_print_json(struct json_t *doc);

#endif
