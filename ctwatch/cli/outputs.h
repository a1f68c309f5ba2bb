/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outputs: the destinations and formats of one command's reports.
 */
#ifndef CTWATCH_CLI_OUTPUTS_H
#define CTWATCH_CLI_OUTPUTS_H

#include "cli/opts.h"
#include <ctwatch/report/report.h>

struct outputs_one {
	const struct report_writer *writer;
	const char *path; /* NULL or "-": standard output */
};

struct outputs {
	struct outputs_one *v; /* owned; paths are borrowed */
	size_t n;
};

/*
 * Parse the values of --output, FILE or FORMAT:FILE, into *out.  format is that
 * of a FILE alone, and of standard output if there is no value; NULL is text.
 * Text before a colon is a format if it has only letters and '-'.  With quiet,
 * nothing goes to standard output unless a value or format is given.  False
 * after an error was reported: an unknown format, or two outputs in one place.
 */
bool outputs_parse(const struct opts_list *values, const char *format,
    bool quiet, struct outputs *out);

/* Check that each can be written, by creating a temporary file beside it;
 * return false after msg_error. */
bool outputs_check(const struct outputs *o);

/* Write r to all outputs; return false after msg_error. */
bool outputs_write(
    const struct outputs *o, const struct report *r, struct store *s);

void outputs_fini(struct outputs *o);

#endif
