/* SPDX-License-Identifier: Apache-2.0 */
/* logs: the parts of the command `logs'.  Each returns an exit status. */
#ifndef CTWATCH_CLI_LOGS_LOGS_H
#define CTWATCH_CLI_LOGS_LOGS_H

#include "cli/network.h"

/* The values of --format. */
enum logs_form {
	LOGS_TEXT,
	LOGS_JSON,
	LOGS_NOTES
};

/* The options of the command. */
struct logs_command {
	struct opts_common common;
	struct network_settings settings;
	bool no_sandbox, heads, latest, cover, roots;
	struct opts_list skip_operators;
	const char *compare; /* the name of the file; or NULL */
	int format;          /* enum logs_form */
};

/* cover.c: print the operators, what they cost, and whether the logs that are
 * read show every certificate that browsers accept; skip is the operator that
 * is left out, or NULL. */
int logs_cover(const struct logs_command *x, const struct network *network,
    struct store *s, const char *skip);

/* heads.c: print the tree heads of the store, as notes or as JSON, one on a
 * line; latest: of each log the newest, and those that contradict others. */
int logs_heads(const struct logs_command *x);

/* compare.c: compare notes, the content of the file, with the tree heads of s;
 * store contradictions as findings. */
int logs_compare(const struct logs_command *x, const struct network *network,
    struct store *s, struct bytes notes);

#endif
