/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pins: the verbs of `ctwatch pins`.  Each gets the arguments from its name on
 * and returns the exit status.
 */
#ifndef CTWATCH_CLI_PINS_PINS_H
#define CTWATCH_CLI_PINS_PINS_H

#include "cli/opts.h"
#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/pinlist.h>

int pins_import(int argc, char *argv[]);
int pins_export(int argc, char *argv[]);
int pins_lint(int argc, char *argv[]);
int pins_explain(int argc, char *argv[]);
int pins_check(int argc, char *argv[]);
int pins_timeline(int argc, char *argv[]);
int pins_add(int argc, char *argv[]);
int pins_trust_init(int argc, char *argv[]);
int pins_propose(int argc, char *argv[]);
int pins_review(int argc, char *argv[]);
int pins_review_reject(int argc, char *argv[]);
int pins_approve(int argc, char *argv[]);
int pins_approve_activate(int argc, char *argv[]);
int pins_retire(int argc, char *argv[]);
int pins_retire_compromise(int argc, char *argv[]);

/*
 * Load the pinset of --pinset; NULL after msg_error.  The caller frees.
 */
struct pinset *pins_load(const struct opts_common *common);

/*
 * Read the files, recognising their formats if format is NULL, into one list,
 * with its names resolved; print warnings.  The caller calls pinlist_fini.
 * Return false after msg_error.  *found, unless NULL, is the format of the last
 * file.
 */
bool pins_read(char *const files[], size_t n, const char *format,
    struct pinlist *out, const struct formats_format **found);

/* As pins_read, of one file, whose content goes to *text; the caller frees it
 * with blob_fini. */
bool pins_read_one(const char *file, const char *format, struct pinlist *out,
    const struct formats_format **found, struct blob *text);

/* Write text to the file output, or, if that is NULL or "-", to standard
 * output.  The bits for the exit status, after msg_error. */
int pins_deliver(const char *output, struct bytes text);

/* Print the names of the formats that are written, or read. */
void pins_list_formats(bool writing);

/* Read all certificates, requests and keys of the files into one list; false
 * after msg_error. */
bool pins_certs(const struct opts_list *files, struct key_input_list *out);

/* Read a file of certificates, requests or keys; false after msg_error. */
bool pins_material(const char *file, struct key_input_list *out);

/* An existing file as the pinset names it: from the pinset's folder if it is
 * below that, else its absolute path.  The caller frees; NULL if it is absent. */
char *pins_path_from(const char *pinset, const char *path);

/* Report whether path, of a file that may not exist yet, is below the folder of
 * the pinset, with symbolic links resolved. */
bool pins_path_is_below(const char *pinset, const char *path);

/* Print text, escaped for a terminal as one line, on standard output. */
void pins_print(const char *text);

#endif
