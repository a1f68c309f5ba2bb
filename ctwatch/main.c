/* SPDX-License-Identifier: Apache-2.0 */
/* main: the table of subcommands. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/guess.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/store/sqlite_init.h>
#include <ctwatch/wire/openssl_init.h>

#include "config.h"

/* In the order of use, for --help. */
static const struct {
	const char *name;
	int (*main)(int argc, char *argv[]);
	const char *purpose;
} commands[] = {
	{ "run", cli_run, "read the new entries of all logs, judge, report" },
	{ "init", cli_init, "write the first configuration" },
	{ "check", cli_check, "check what a run would use" },
	{ "report", cli_report, "write the report of a run or a period" },
	{ "findings", cli_findings, "list, close and suppress findings" },
	{ "explain", cli_explain, "explain a rule and its remedy" },
	{ "evidence", cli_evidence,
	    "write the proof of a finding as a bundle" },
	{ "problem-report", cli_problem_report, "draft a report to the CA" },
	{ "revocation", cli_revocation, "look up certificates in CRLs" },
	{ "audit", cli_audit, "check the SCTs of your own certificates" },
	{ "inventory", cli_inventory, "list all seen certificates" },
	{ "search", cli_search, "find a name in what was read before" },
	{ "backfill", cli_backfill, "read the past of the logs in parts" },
	{ "pins", cli_pins, "show, lint, import, export, rotate the pinset" },
	{ "eval", cli_eval, "judge the certificate in a file" },
	{ "logs", cli_logs, "list the logs, and why some are not read" },
	{ "notify", cli_notify, "send the outbox; test the channels" },
	{ "state", cli_state, "verify or back up the store and its journal" },
	{ "import", cli_import, "continue from Cert Spotter's state" },
	{ NULL, NULL, NULL },
};

static void
usage(FILE *f)
{
	fputs("usage: ctwatch COMMAND [OPTION ...] [OPERAND ...]\n\n", f);
	for (size_t i = 0; commands[i].name != NULL; i++)
		fprintf(
		    f, "  %-14s %s\n", commands[i].name, commands[i].purpose);
	fputs(
	    "\n`ctwatch help COMMAND' lists its options; see ctwatch(1).\n", f);
}

/*
 * End the program when a library runs out of memory: a library that continues
 * after a failed allocation may lose data without an error.  For libcurl see
 * curl_init.h.
 */
static void
init_libraries(void)
{
	json_set_alloc_funcs(mem_malloc, free);
	openssl_init_start();
	sqlite_init_start();
}

/* Flush standard output, and add the failure to do so (a full disk, a closed
 * pipe) to the exit status of the command. */
static int
flush_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if ((status & CLI_UNDELIVERED) == 0)
		msg_error("cannot write to standard output");
	return status | CLI_UNDELIVERED;
}

static int
unknown_command(const char *name)
{
	struct guess g = { .typed = name };

	for (size_t i = 0; commands[i].name != NULL; i++)
		guess_offer(&g, commands[i].name);
	if (g.word != NULL)
		msg_error("unknown command '%s'; did you mean '%s'? See "
		          "ctwatch --help.",
		    name, g.word);
	else
		msg_error("unknown command '%s'; see ctwatch --help", name);
	return CLI_USAGE;
}

static int
run_command(int argc, char *argv[])
{
	for (size_t i = 0; commands[i].name != NULL; i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return commands[i].main(argc, argv);
	return unknown_command(argv[0]);
}

static bool
is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 ||
	    strcmp(word, c) == 0;
}

int
main(int argc, char *argv[])
{
	static char help[] = "--help";

	init_libraries();
	/* Let a write beyond the file size limit fail with an error. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		usage(stderr);
		return CLI_USAGE;
	}
	if (is_one_of(argv[1], "help", "--help", "-h")) {
		if (argc > 2)
			return flush_output(
			    run_command(2, (char *[]){ argv[2], help, NULL }));
		usage(stdout);
		return flush_output(CLI_CLEAN);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts(PACKAGE_STRING);
		return flush_output(CLI_CLEAN);
	}
	return flush_output(run_command(argc - 1, argv + 1));
}
