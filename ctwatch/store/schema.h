/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the tables of the store, and the migration of older files.
 *
 * user_version is the number of applied steps.  Only append steps; never change
 * one, since files exist to which it was applied.
 */
#ifndef CTWATCH_STORE_SCHEMA_H
#define CTWATCH_STORE_SCHEMA_H

#include "store/db.h"

/*
 * Migrate the file at path, open as db, to the current schema; copy an older
 * one to PATH.vN first.  Return false with the reason in *error if the file is
 * not ctwatch's, is newer, or is older and migrate is false.
 */
bool schema_migrate(
    struct db *db, const char *path, bool migrate, struct buf *error);

#endif
