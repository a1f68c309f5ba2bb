/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_init: let SQLite allocate with base/mem.
 */
#ifndef CTWATCH_STORE_SQLITE_INIT_H
#define CTWATCH_STORE_SQLITE_INIT_H

/*
 * End the program when SQLite runs out of memory.  As after a kill, the next
 * run continues from the last commit.  Call this before any other function of
 * SQLite.
 */
void sqlite_init_start(void);

#endif
