/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_util: what the commands share: opening the state, loading the pinset,
 * printing.  What goes wrong is said here.
 */
#ifndef CTWATCH_CLI_CMD_UTIL_H
#define CTWATCH_CLI_CMD_UTIL_H

#include "cli/opts.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/report/report.h>
#include <ctwatch/store/store.h>

/* Words of options that several commands take, NULL-terminated: in what form
 * to print, and, by enum rules_severity, the severities. */
enum cmd_util_form {
	CMD_UTIL_TEXT,
	CMD_UTIL_JSON
};
extern const char *const cmd_util_forms[];
extern const char *const cmd_util_severities[];

/* The store of the state directory; NULL after an error was said. */
struct store *cmd_util_store(
    const struct opts_common *common, enum store_mode mode);

/*
 * The pinset of --pinset into *out, NULL if none is given; need says that
 * there must be one.  False after an error was said.
 */
bool cmd_util_pinset(
    const struct opts_common *common, bool need, struct pinset **out);

/* What writes the form that --format names; NULL after it was said that there
 * is none, and which there are. */
const struct report_writer *cmd_util_writer(const char *format);

/* Write b to standard output; an exit status. */
int cmd_util_print(const struct buf *b);

/*
 * Append text of strangers, a column already reached, as lines of at most 79
 * characters: made safe, broken at blanks, indented to that column.
 */
void cmd_util_wrap(struct buf *out, size_t column, const char *text);

/* Append v as JSON for people: indented, members in order, a line end. */
struct json_t;
void cmd_util_json(const struct json_t *v, struct buf *out);

/* Print doc so, which is consumed; an exit status. */
int cmd_util_print_json(struct json_t *doc);

#endif
