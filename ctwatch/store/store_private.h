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
	bool findings_changed; /* in the open transaction */
	unsigned refused;      /* rows added since the last pruning */
};

void store_lock(struct store *s);

/* Release the lock, and return ok unless the store failed. */
bool store_unlock(struct store *s, bool ok);

/* Return a query for reading; one for changes, in the open transaction. */
struct db_query *store_ask(struct store *s, const char *sql);
struct db_query *store_change(struct store *s, const char *sql);

/*
 * Collect the rowids that sql selects, so that rows can be loaded one by one
 * while the callback uses the store.  The caller frees.
 */
int64_t *store_rowids(struct db_query *q, size_t *n);

/* Read the next column, which has only nodes, as the range [0, size); return
 * false and an empty *r if it is null or does not fit. */
bool store_take_range(
    struct db_query *q, uint64_t size, struct merkle_range *r);

#endif
