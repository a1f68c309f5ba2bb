/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/store/sqlite_init.h>
#include <ctwatch/wire/openssl_init.h>

#include "config.h"

static const struct {
	const char *name;
	int (*main)(int argc, char *argv[]);
	const char *purpose;
} commands[] = {
	{ "eval", cli_eval, "judge a certificate in hand" },
	{ "explain", cli_explain, "what a rule means, and what to do" },
	{ "run", cli_run, "read all logs once: prove, match, judge, report" },
	{ "report", cli_report, "the report of a run or a period, once more" },
	{ "notify", cli_notify,
	    "send what waits in the outbox; test channels" },
	{ "findings", cli_findings, "what is wrong; close and suppress" },
	{ "import", cli_import, "go on where Cert Spotter stood" },
	{ "inventory", cli_inventory, "every certificate that was seen" },
	{ "logs", cli_logs, "which logs are read, how far, and why not" },
	{ "state", cli_state, "check the store and its journal; copy it" },
	{ "pins", cli_pins, "the pinset: show, lint, import, export, rotate" },
	{ NULL, NULL, NULL },
};

static void
usage(FILE *f)
{
	fputs("usage: ctwatch COMMAND [OPTION ...] [OPERAND ...]\n\n", f);
	for (size_t i = 0; commands[i].name != NULL; i++)
		fprintf(
		    f, "  %-10s %s\n", commands[i].name, commands[i].purpose);
	fputs("\n`ctwatch COMMAND --help' lists the options; see ctwatch(1).\n",
	    f);
}

/*
 * End the program when a library runs out of memory: a library that goes on
 * without what it could not allocate would lose data without an error.
 * libcurl: see curl_init.h.
 */
static void
init_libraries(void)
{
	json_set_alloc_funcs(mem_malloc, free);
	openssl_init_start();
	sqlite_init_start();
}

/* Return the exit status of a command that ended with status: its output may
 * not have reached a full disk or a closed pipe. */
static int
flush_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if ((status & CLI_UNDELIVERED) == 0)
		msg_error("standard output could not be written");
	return status | CLI_UNDELIVERED;
}

int
main(int argc, char *argv[])
{
	init_libraries();
	/* A file that may not grow is an error, to be told as others are. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		usage(stderr);
		return CLI_USAGE;
	}
	for (size_t i = 0; commands[i].name != NULL; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return flush_output(
			    commands[i].main(argc - 1, argv + 1));
	if (strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return flush_output(CLI_CLEAN);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return flush_output(CLI_CLEAN);
	}
	fprintf(stderr, "ctwatch: there is no such command; see --help\n");
	return CLI_USAGE;
}
