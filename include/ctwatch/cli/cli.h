/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: one function for each subcommand.  Each gets the arguments from the
 * command's name on and returns the exit status.
 */
#ifndef CTWATCH_CLI_CLI_H
#define CTWATCH_CLI_CLI_H

/* Exit status: a sum. */
enum cli_exit {
	CLI_CLEAN = 0,
	CLI_FINDINGS = 1,     /* findings at or above --fail-on */
	CLI_INCOMPLETE = 2,   /* coverage incomplete */
	CLI_MISBEHAVED = 4,   /* a log misbehaved */
	CLI_PINSET = 8,       /* pinset stale, expired or not trusted */
	CLI_UNDELIVERED = 16, /* mail, hook or report file */
	CLI_LOCAL = 32,       /* state, disk, already running */
	CLI_USAGE = 64        /* usage or configuration */
};

int cli_run(int argc, char *argv[]);
int cli_init(int argc, char *argv[]);
int cli_check(int argc, char *argv[]);
int cli_findings(int argc, char *argv[]);
int cli_report(int argc, char *argv[]);
int cli_notify(int argc, char *argv[]);
int cli_inventory(int argc, char *argv[]);
int cli_search(int argc, char *argv[]);
int cli_logs(int argc, char *argv[]);
int cli_pins(int argc, char *argv[]);
int pins_show(int argc, char *argv[]); /* of cli_pins */
int cli_problem_report(int argc, char *argv[]);
int cli_revocation(int argc, char *argv[]);
int cli_evidence(int argc, char *argv[]);
int cli_audit(int argc, char *argv[]);
int cli_backfill(int argc, char *argv[]);
int cli_eval(int argc, char *argv[]);
int cli_state(int argc, char *argv[]);
int cli_explain(int argc, char *argv[]);
int cli_import(int argc, char *argv[]);

#endif
