/* SPDX-License-Identifier: Apache-2.0 */
/* backfill: the command `backfill': the table of its verbs. */
#include <stdio.h>
#include <string.h>

#include "cli/backfill/backfill.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

static const struct {
	const char *name;
	int (*main)(int argc, char *argv[]);
	const char *purpose;
} verbs[] = {
	{ "plan", plan_main, "divide the past of the logs into parts" },
	{ "scan", scan_main, "read one part" },
	{ "status", status_main, "list the parts that are missing" },
	{ "merge", merge_main, "prove the parts, store and judge them" },
};

#define N_VERBS (sizeof verbs / sizeof *verbs)

int
cli_backfill(int argc, char *argv[])
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		FILE *f = argc < 2 ? stderr : stdout;

		fputs("usage: ctwatch backfill VERB [OPTION ...] "
		      "[OPERAND ...]\n\n",
		    f);
		for (size_t i = 0; i < N_VERBS; i++)
			fprintf(
			    f, "  %-10s %s\n", verbs[i].name, verbs[i].purpose);
		fputs(
		    "\n`ctwatch backfill VERB --help' lists the options.\n", f);
		return argc < 2 ? CLI_USAGE : CLI_CLEAN;
	}
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].main(argc - 1, argv + 1);
	msg_error("backfill: unknown verb '%s'; see ctwatch backfill --help",
	    argv[1]);
	return CLI_USAGE;
}
