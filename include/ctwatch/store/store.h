/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the state of ctwatch in one SQLite file.
 *
 * The matches of a batch and the cursor of its log change together: changes are
 * made in one open transaction until store_commit.  A kill loses only the work
 * since the last commit.  A store may be used by any thread; calls are
 * serialised inside.
 *
 * A statement that fails (disk full, I/O error) is sticky: the call and all
 * later ones return false, and store_error returns the error.
 */
#ifndef CTWATCH_STORE_STORE_H
#define CTWATCH_STORE_STORE_H

#include <ctwatch/base/buf.h>
#include <ctwatch/store/store_cert.h>
#include <ctwatch/store/store_chain.h>
#include <ctwatch/store/store_finding.h>
#include <ctwatch/store/store_gap.h>
#include <ctwatch/store/store_head.h>
#include <ctwatch/store/store_issuer.h>
#include <ctwatch/store/store_log.h>
#include <ctwatch/store/store_proof.h>
#include <ctwatch/store/store_rejected.h>
#include <ctwatch/store/store_run.h>
#include <ctwatch/store/store_sighting.h>
#include <ctwatch/store/store_spki.h>
#include <ctwatch/store/store_value.h>
#include <ctwatch/store/store_watched.h>

struct store;

enum store_mode {
	STORE_RUN,   /* read and write, and lock out other runs */
	STORE_WRITE, /* read and write, for commands that change findings */
	STORE_READ   /* read only; the file must exist */
};

/*
 * Open DIR/state.db; create it (0600, DIR 0700) if the mode allows it; migrate
 * an older one.  Return NULL with the reason in *error: another run holds the
 * lock (with its PID), a newer schema, no permission, damage.
 */
struct store *store_open(
    const char *dir, enum store_mode mode, struct buf *error);

/* Roll back the open transaction, release the lock, free. */
void store_close(struct store *s);

/* Return the first error; empty if there is none. */
const char *store_error(struct store *s);

/*
 * Begin a transaction that locks out other writers until store_commit or
 * store_close, so that values read in it cannot change before they are written.
 * Does nothing if changes are pending.
 */
bool store_begin(struct store *s);

/* Commit all changes since the last commit. */
bool store_commit(struct store *s);

/*
 * Check SQLite's structures, the ranges of all logs against their heads, and
 * the digests of certificates and issuers.  Append a line per fault to *faults;
 * return false if there is one.
 */
bool store_check(struct store *s, struct buf *faults);

/*
 * Copy the store to a file, consistent even during a run, and check the copy.
 * Return false with the reason in *error; the file at path is then unchanged.
 */
bool store_backup(struct store *s, const char *path, struct buf *error);

#endif
