/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the tables of the store, and the way to them from older files.
 *
 * user_version counts the steps that a file has taken.  Steps are only ever
 * added, never changed: a file that has taken one must not differ.
 */
#ifndef CTWATCH_STORE_SCHEMA_H
#define CTWATCH_STORE_SCHEMA_H

#include "store/db.h"

/*
 * Bring the file at path, open as db, to the present schema; an older one is
 * first copied to PATH.vN.  False with the reason in *error: the file is
 * not ctwatch's, is newer, or is older and migrate is false.
 */
bool schema_migrate(
    struct db *db, const char *path, bool migrate, struct buf *error);

#endif
