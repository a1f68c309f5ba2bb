/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks: programs of the user's that are told of one thing at a time.
 *
 * A hook gets the message on its standard input, the variables that Cert
 * Spotter gives to its scripts, and some of ctwatch's own; what is long is in
 * files, which are gone when it has ended.
 */
#ifndef CTWATCH_NOTIFY_HOOKS_H
#define CTWATCH_NOTIFY_HOOKS_H

#include <ctwatch/store/store.h>

/*
 * The programs in a directory: executable files whose names do not begin
 * with a dot, by name, as paths.  The caller frees with hooks_list_free.
 * NULL with the reason in *error when the directory cannot be read, or when
 * others than root and this user may write to it or to one of the programs.
 */
char **hooks_list(const char *dir, size_t *n, struct buf *error);
void hooks_list_free(char **v, size_t n);

/*
 * Run the program with message, as made by notify_payload_finding or
 * notify_payload_refused.  s, which may be NULL, has the certificate.  True when it
 * ended with status 0 within time_limit (ms); else the reason in *error.
 */
bool hooks_run(const char *program, struct bytes message, struct store *s,
    int64_t time_limit, struct buf *error);

#endif
