/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opts: one table of options serves the command line, the configuration
 * file, --help and the completions.
 */
#ifndef CTWATCH_CLI_OPTS_H
#define CTWATCH_CLI_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctwatch/base/blob.h>

enum opts_kind {
	OPTS_FLAG,     /* bool: no argument */
	OPTS_TEXT,     /* const char *: the last one given */
	OPTS_LIST,     /* struct opts_list: every one given */
	OPTS_COUNT,    /* uint64_t */
	OPTS_SIZE,     /* uint64_t: bytes, with K, M or G */
	OPTS_DURATION, /* int64_t: ms */
	OPTS_TIME,     /* int64_t: ms since 1970 */
	OPTS_WORD      /* int: an index into words */
};

/* Lives as long as the program, as all values of options. */
struct opts_list {
	const char **v;
	size_t n;
};

struct opts_opt {
	const char *name; /* long form without the dashes */
	enum opts_kind kind;
	void *out;                /* as kind says */
	const char *arg;          /* the argument's name in --help */
	const char *help;         /* one line */
	const char *const *words; /* OPTS_WORD: NULL-terminated */
};

/* The options of every command. */
struct opts_common {
	const char *config; /* "" before opts_parse: read no file by default */
	const char *state, *pinset;
	int64_t now;
	bool quiet, verbose;
};

struct opts_command {
	const char *name;     /* "findings" */
	const char *synopsis; /* "list|show ID|..." operands after options */
	const char *purpose;  /* one line */
	const struct opts_opt *opts; /* beside the common ones */
	size_t n;
};

/*
 * Parse argv[1..] by the tables of the command and of all commands.  The command
 * line takes precedence over --config FILE (JSON, members named as the options),
 * which takes precedence over the value of *out.  argv ends with a NULL.
 * Gather the operands, in order, at argv[1].
 * Returns the number of operands; -1 after an error was reported (exit 64); -2
 * after --help was printed (exit 0).
 */
int opts_parse(const struct opts_command *command, struct opts_common *common,
    int argc, char *argv[]);

/*
 * Return the state directory: common->state, $STATE_DIRECTORY, that of the
 * service if common->config is the configuration of the system,
 * $XDG_STATE_HOME/ctwatch or ~/.local/state/ctwatch.  The caller frees it.
 */
char *opts_state_dir(const struct opts_common *common);

/*
 * Read a whole file, "-" being standard input, of at most max bytes.  False
 * after an error was reported; *out is then {0}.
 */
bool opts_read_file(const char *path, size_t max, struct blob *out);

/* As opts_read_file, for a secret: a file that others than its owner may write
 * is refused. */
bool opts_read_secret(const char *path, size_t max, struct blob *out);

#endif
