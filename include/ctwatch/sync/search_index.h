/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search_index: search the index of one log, and read the tiles again that may
 * have a match.
 *
 * Entries that are read again count only if they hash to what the index has,
 * which a signed head proved when they were first read: a log cannot change its
 * past, and no proof is fetched.
 */
#ifndef CTWATCH_SYNC_SEARCH_INDEX_H
#define CTWATCH_SYNC_SEARCH_INDEX_H

#include <ctwatch/store/store.h>
#include <ctwatch/sync/batch.h>

struct search_index {
	struct store *store;
	uint8_t log_id[SHA256_SIZE];
	const struct log_client *client;
	struct log_client_fetch fetch;
	struct batch_worker *worker;
	const struct watch *watch;    /* what to match in these entries */
	const struct name_keys *keys; /* of its items; NULL: read all tiles */
	uint64_t from, to;            /* entries, which were all verified */
	int64_t since; /* ms: skip parts whose entries are all older */
	/* Called before each attempt to read a tile, from 0 on, until it
	 * returns false; the second must bypass caches. */
	bool (*attempt)(void *arg, int number);
	bool (*ending)(void *arg); /* return true to end early */
	/* Called with proved entries, of which those in [from, to) count. */
	void (*found)(
	    void *arg, const struct batch *b, uint64_t from, uint64_t to);
	void *arg;
};

/* Entries of the log, one after another. */
struct search_index_range {
	uint64_t from, to;
	bool searched;
	char why[512]; /* reason if not searched */
};

struct search_index_result {
	struct search_index_range *v; /* owned; in order; parts that are older
	                               * than since are left out */
	size_t n;
	uint64_t tiles;      /* that were read again */
	bool differs;        /* the log serves other entries than it did */
	uint64_t first_time; /* ms: of the earliest entry of the first part
	                      * that begins at from; 0: not known */
};

/* Search the index; free *out with search_index_fini. */
void search_index_log(
    const struct search_index *in, struct search_index_result *out);
void search_index_fini(struct search_index_result *r);

#endif
