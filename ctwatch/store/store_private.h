/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_private: shared by the files of store/ only.
 *
 * Each public function takes the lock, uses these, and releases it.
 */
#ifndef CTWATCH_STORE_STORE_PRIVATE_H
#define CTWATCH_STORE_STORE_PRIVATE_H

#include <pthread.h>

#include "store/db.h"
#include <ctwatch/store/store.h>

struct store {
	pthread_mutex_t mutex;
	struct db *db;
	char *dir;   /* owned */
	int lock_fd; /* of DIR/lock, locked; -1: none */
	bool writable;
	bool changing;         /* a transaction is open */
	unsigned changes;      /* statements in it */
	bool findings_changed; /* in the open transaction, or saved again */
	bool findings_differ;  /* what the digest covers was changed in it */
	char findings_digest[2 * SHA256_SIZE + 1]; /* before these changes */
	unsigned refused; /* rows added since the last pruning */
};

void store_lock(struct store *s);

/* Release the lock, and return ok unless the store failed. */
bool store_unlock(struct store *s, bool ok);

/* Return a query for reading; one for changes, in the open transaction. */
struct db_query *store_ask(struct store *s, const char *sql);
struct db_query *store_change(struct store *s, const char *sql);

/* Return the number of a value that has one: select finds it, or insert makes
 * the row and returns its number.  Both have the value as their parameter. */
int64_t store_number(struct store *s, const char *select, const char *insert,
    struct bytes value);

/* The number by which sightings name the log whose ID is bound next; null if it
 * has no sighting. */
#define STORE_LOG_NUMBER "(SELECT number FROM log_number WHERE log = ?)"

/*
 * Collect the rowids that sql selects, so that rows can be loaded one by one
 * while the callback uses the store.  The caller frees.
 */
int64_t *store_rowids(struct db_query *q, size_t *n);

/* Read the next column, which has only nodes, as the range [0, size); return
 * false and an empty *r if it is null or does not fit. */
bool store_take_range(
    struct db_query *q, uint64_t size, struct merkle_range *r);

/*
 * store_finding.c, schema step 6.  Before it there was one finding per
 * certificate and watched pattern.  Merge those of one certificate and rule
 * under the ID of rules_fingerprint.  Keep the most urgent status (new, open,
 * suppressed, closed by hand, closed) with its reason and day, the highest
 * severity, and the first and last time.  Keep the old IDs in finding_old.
 */
void store_finding_migrate(struct db *db);

/*
 * store_issuer.c: save the elements of a chain (u24 vectors) as issuers, the
 * first LIMIT_CHAIN of at most LIMIT_ISSUER bytes each: paths that lead from
 * one CA to another.  A chain is kept with its certificate, too, but of several
 * only the first.
 */
void store_issuer_add_chain(struct store *s, struct bytes chain);

/* Schema step 14: save those of the chains that are stored already. */
void store_issuer_migrate(struct db *db);

#endif
