/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_watched: watched items: since when each is searched for.
 */
#ifndef CTWATCH_STORE_STORE_WATCHED_H
#define CTWATCH_STORE_STORE_WATCHED_H

#include <ctwatch/wire/sha256.h>

struct store;

/*
 * At the beginning of a run, compare the watched items with those of the last
 * run: a new one is searched for from each log's next entry on.  set is the
 * digest of all items; item gives number i.
 */
bool store_watched_begin(struct store *s, int64_t run,
    const uint8_t set[static SHA256_SIZE], size_t n,
    const char *(*item)(const void *arg, size_t i), const void *arg);

/* Since when an item has been searched for in a log: from this entry on, which
 * may be below the log's first one, and since a run that began then, in ms.
 * False when it is not watched. */
bool store_watched_since(struct store *s, const char *item,
    const uint8_t log_id[static SHA256_SIZE], uint64_t *entry, int64_t *time);

/* Entries [from, to) of a log were searched for all items: the search for an
 * item that began among them, or at to, began at from. */
bool store_watched_extend(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to);

/* Record that a certificate matched the item in this run. */
bool store_watched_matched(struct store *s, const char *item, int64_t run);

struct store_watched {
	char **items; /* owned; may be fewer than n */
	size_t n;
	size_t count; /* all */
};

/* Load the items that are new since the last run that ended before this one. */
bool store_watched_new(
    struct store *s, int64_t run, size_t max, struct store_watched *out);

/* Load the items without a matching certificate that have been watched for at
 * least that many runs, since before that time. */
bool store_watched_silent(struct store *s, int64_t run, int64_t runs,
    int64_t before, size_t max, struct store_watched *out);
void store_watched_fini(struct store_watched *w);

/* The new items, as for store_watched_new, were also searched for in the
 * entries of a log from first on. */
bool store_watched_searched(struct store *s, int64_t run,
    const uint8_t log_id[static SHA256_SIZE], uint64_t first);

/* Return the first entry of a log that is searched for the new items. */
uint64_t store_watched_from(
    struct store *s, int64_t run, const uint8_t log_id[static SHA256_SIZE]);

#endif
