/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks: run programs of the user, once per certificate, finding about something
 * else, or refused entry.
 *
 * A hook gets the message on standard input, the variables of Cert Spotter's
 * scripts, and some variables of ctwatch.  Long values are in files, which are
 * removed when the hook ends.
 */
#ifndef CTWATCH_NOTIFY_HOOKS_H
#define CTWATCH_NOTIFY_HOOKS_H

#include <ctwatch/store/store.h>

/*
 * Return the paths of the programs in a directory, sorted: executable files
 * whose name does not begin with a dot.  Free them with hooks_list_free.
 * NULL with the reason in *error when the directory cannot be read, or when
 * other users than root and this user may write to it or to a program.
 */
char **hooks_list(const char *dir, size_t *n, struct buf *error);
void hooks_list_free(char **v, size_t n);

/*
 * Run the program with message, as made by notify_payload_findings or
 * notify_payload_refused.  s, which may be NULL, has the certificate.  True when it
 * ended with status 0 within time_limit (ms); else the reason in *error.
 */
bool hooks_run(const char *program, struct bytes message, struct store *s,
    int64_t time_limit, struct buf *error);

#endif
