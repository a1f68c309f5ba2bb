/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset_change: replace the pinset and its signatures atomically.
 *
 * There are four files, and a rename replaces only one.  So the new contents
 * are committed to the store first, together with the journal's record; then
 * the files are replaced; then the contents are deleted from the store.  The
 * next command that opens the pinset for rotation completes an interrupted
 * change.  Until then a reader that finds the new pinset reads its signatures
 * from the store.
 */
#ifndef CTWATCH_ROTATE_PINSET_CHANGE_H
#define CTWATCH_ROTATE_PINSET_CHANGE_H

#include <ctwatch/store/store.h>

/* The new contents; empty: the file is removed. */
struct pinset_change {
	struct blob text;     /* PINSET; never empty */
	struct blob sig;      /* PINSET.sig */
	struct blob base;     /* PINSET.base */
	struct blob base_sig; /* PINSET.base.sig */
};

/*
 * Save the change of the pinset at path in the open transaction; from is the
 * text that it replaces.  False when the store failed.
 */
bool pinset_change_save(struct store *s, const char *path,
    const struct pinset_change *c, struct bytes from);

/*
 * Load the unfinished change of the pinset at path; false if there is none.
 * The caller frees it with pinset_change_fini.
 */
bool pinset_change_load(
    struct store *s, const char *path, struct pinset_change *out);
void pinset_change_fini(struct pinset_change *c);

/*
 * Complete the unfinished change, if any.  Call it inside a transaction
 * (store_begin), so that no other process completes it at the same time; the
 * caller commits.  A pinset that was edited meanwhile is renamed to
 * PINSET.unsigned.  Return false with *error if a file cannot be replaced: the
 * change then stays unfinished.
 */
bool pinset_change_complete(
    struct store *s, const char *path, struct buf *error);

/* Return the absolute path without symbolic links, or path; the caller
 * frees. */
char *pinset_change_realpath(const char *path);

#endif
