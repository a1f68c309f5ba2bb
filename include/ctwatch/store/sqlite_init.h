/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libsqlite: how SQLite allocates.
 */
#ifndef CTWATCH_STORE_SQLITE_INIT_H
#define CTWATCH_STORE_SQLITE_INIT_H

/*
 * Out of memory ends the program in SQLite, too: as a kill does, so that the
 * next one finds what was committed.  To be called before anything else of it.
 */
void sqlite_init_start(void);

#endif
