/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_call: the variables and the files of one call of a hook.
 */
#ifndef CTWATCH_NOTIFY_HOOK_CALL_H
#define CTWATCH_NOTIFY_HOOK_CALL_H

#include <ctwatch/store/store.h>

struct json_t; /* jansson's */

struct hook_call {
	const struct json_t *message; /* borrowed, as store */
	struct store *store;          /* has the certificates; or NULL */
	char *dir;                    /* for its files; owned */
	char **env;                   /* owned */
	size_t n_env;
	bool ok; /* all files were written */
};

/* Make a folder for the files of a call; false with the reason in *error. */
bool hook_call_begin(struct hook_call *c, const struct json_t *message,
    struct store *s, struct buf *error);

/* Remove the folder with all files in it, and release c. */
void hook_call_end(struct hook_call *c);

/* Set a variable to one line of text, at most LIMIT_HOOK_VALUE, or to a number. */
void hook_call_set(struct hook_call *c, const char *name, const char *value);
void hook_call_number(struct hook_call *c, const char *name, int64_t value);

/* Write content to a new file, and set a variable to its path. */
void hook_call_file(struct hook_call *c, const char *variable, const char *name,
    struct bytes content);

/* As hook_call_file, with v as JSON, which is released. */
void hook_call_json(struct hook_call *c, const char *variable, const char *name,
    struct json_t *v);

/* Add all other variables of this process, and the NULL behind the last one. */
void hook_call_inherit(struct hook_call *c);

/*
 * hook_certificate.c: set the variables of Cert Spotter's scripts for a
 * certificate that was discovered: its variables, PEM, JSON and text.
 */
void hook_certificate(struct hook_call *c);

#endif
