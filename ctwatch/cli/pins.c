/* SPDX-License-Identifier: Apache-2.0 */
/* pins: the command `pins': the table of its verbs. */
#include <stdio.h>
#include <string.h>

#include "cli/pins/pins.h"
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

static const struct {
	const char *name;
	int (*main)(int argc, char *argv[]);
	const char *purpose;
} verbs[] = {
	{ "show", pins_show, "check and show the pinset" },
	{ "lint", pins_lint, "check the pinset or pin files for faults" },
	{ "explain", pins_explain, "identify what a digest is of" },
	{ "import", pins_import, "make a pinset from pin files of apps" },
	{ "export", pins_export, "write the pinset in an app's format" },
	{ "check", pins_check, "compare pin files of apps with the pinset" },
	{ "trust", pins_trust_init, "init: write the trust file" },
	{ "add", pins_add, "propose keys of certificates" },
	{ "propose", pins_propose, "propose a key, a state or an edit" },
	{ "review", pins_review, "show a proposal and its missing conditions" },
	{ "approve", pins_approve, "sign a proposed pinset" },
	{ "reject", pins_review_reject, "reject a proposal" },
	{ "activate", pins_approve_activate, "activate an approved pinset" },
	{ "retire", pins_retire, "propose to retire a key" },
	{ "compromise", pins_retire_compromise, "mark a key compromised" },
	{ "timeline", pins_timeline, "show the dates of each key" },
};

#define N_VERBS (sizeof verbs / sizeof *verbs)

int
cli_pins(int argc, char *argv[])
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		FILE *f = argc < 2 ? stderr : stdout;

		fputs("usage: ctwatch pins VERB [OPTION ...] [OPERAND ...]\n\n",
		    f);
		for (size_t i = 0; i < N_VERBS; i++)
			fprintf(
			    f, "  %-10s %s\n", verbs[i].name, verbs[i].purpose);
		fputs("\n`ctwatch pins VERB --help' lists the options.\n", f);
		return argc < 2 ? CLI_USAGE : CLI_CLEAN;
	}
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].main(argc - 1, argv + 1);
	msg_error("pins: unknown verb '%s'; see ctwatch pins --help", argv[1]);
	return CLI_USAGE;
}
