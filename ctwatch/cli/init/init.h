/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init: the parts of the command `init'.
 */
#ifndef CTWATCH_CLI_INIT_INIT_H
#define CTWATCH_CLI_INIT_INIT_H

#include "cli/opts.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/rotate/pinset_edit_cert.h>

/* ---- pinset.c: the first pinset, from certificates ---- */

struct init_key {
	char *id;
	uint8_t spki_sha256[SHA256_SIZE];
};

struct init_pinset {
	struct pinset_edit *next;
	struct init_key *keys; /* in it */
	size_t n_keys;
};

/* Begin a pinset of that name; free it with init_pinset_fini. */
void init_pinset_begin(struct init_pinset *p, const char *name);
void init_pinset_fini(struct init_pinset *p);

/*
 * Add the first certificate of a file, or the one that HOST[:PORT] presents. A
 * host's certificate must be valid for it under the system's roots or those of
 * ca_file (or NULL). Return false after msg_error.
 */
bool init_pinset_file(struct init_pinset *p, const char *path);
bool init_pinset_host(
    struct init_pinset *p, const char *host, const char *ca_file);

/* ---- files.c: create files, never overwrite ---- */

struct init_file {
	char *path; /* owned */
	struct buf content;
	bool written;
};

/*
 * Create the directory and the files in order. If a file exists or cannot be
 * written, remove everything that this call created and report an error. Return
 * an exit status.
 */
int init_files_write(const char *dir, struct init_file *files, size_t n);

/* ---- ask.c: ask on the terminal ---- */

/*
 * Ask for words until all are accepted, and add them to *out; an empty line
 * adds none. Return false at the end of the input.
 */
bool init_ask(const char *question,
    bool (*accept)(const char *word, struct buf *error), struct opts_list *out);

#endif
