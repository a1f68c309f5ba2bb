/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_head: signed tree heads, stored as served: evidence.
 */
#ifndef CTWATCH_STORE_STORE_HEAD_H
#define CTWATCH_STORE_STORE_HEAD_H

#include <ctwatch/wire/tree_head.h>

struct store;

enum store_head_state {
	STORE_HEAD_SIGNED,  /* signature good; not yet proved by entries */
	STORE_HEAD_PROVED,  /* entries, or a proof from them, give its root */
	STORE_HEAD_CONFLICT /* contradicts another signed head */
};

struct store_head {
	uint8_t log_id[SHA256_SIZE];
	struct tree_head head;
	int64_t seen; /* ms */
	enum store_head_state state;
	struct bytes raw; /* the answer, verbatim */
};

/*
 * Save h, or raise the state of the same head.  The number of heads per log is
 * limited: the first verified head and the largest of each UTC day, the first
 * unverified one and the latest few, the first conflicting ones (see limits.h).
 * A raw of more than LIMIT_HEAD_RAW bytes is not stored.
 */
bool store_head_save(struct store *s, const struct store_head *h);

/*
 * Step through the heads of a log (of all if log_id is NULL), by size.  In all
 * each functions, the arguments are borrowed for the call, and the callback may
 * use and change the store.
 */
bool store_heads_each(struct store *s, const uint8_t *log_id,
    void (*each)(void *arg, const struct store_head *h), void *arg);

/*
 * Load the largest head of that log with that state or a higher one; a
 * conflicting one, which may be false, only if least is STORE_HEAD_CONFLICT.
 */
bool store_head_last(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    enum store_head_state least, struct tree_head *out);

/*
 * Return the time to judge by, in ms: now, but at most a day and an hour after
 * the newest verified head of any log; of three or more logs the second newest,
 * since one may be wrong.  Logs on disk are ignored.  So a clock that is ahead
 * does not expire anything.
 */
int64_t store_head_time(struct store *s, int64_t now);

/*
 * Load a stored head that contradicts h: of the same size with another root, or
 * larger with an earlier timestamp, or smaller with a later one (RFC 6962,
 * 3.5).  Skip conflicting ones; prefer a verified one.
 */
bool store_head_contradiction(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], const struct tree_head *h,
    struct tree_head *out);

/* Load the state of the stored head with h's size and root, the highest if
 * their timestamps differ; false if there is none. */
bool store_head_state(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct tree_head *h, enum store_head_state *out);

/* Change the state of a log's conflicting heads to signed. */
bool store_heads_clear(
    struct store *s, const uint8_t log_id[static SHA256_SIZE]);

#endif
