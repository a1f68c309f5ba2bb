/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backfill_plan: a plan to read the past of logs in independent parts.
 *
 * A plan is a JSON file with all that a part needs: the watched items, the key,
 * URL and signed head of each log, and the tree hashes of each part.  These
 * hashes give the root of the signed head, so a part can be proved alone and
 * offline.  With an index of names it also has the secret of the state's index:
 * its file is then private.
 */
#ifndef CTWATCH_SYNC_BACKFILL_PLAN_H
#define CTWATCH_SYNC_BACKFILL_PLAN_H

#include <ctwatch/net/loglist.h>
#include <ctwatch/policy/name_keys.h>
#include <ctwatch/policy/watch.h>

struct backfill_plan_log {
	struct loglist_log log; /* owned */
	bool by_tiles;          /* an RFC 6962 log that is read by its tiles */
	struct tree_head head;  /* with a valid signature */
	struct blob raw;        /* owned; the log's answer with the head */
	struct merkle_range before; /* the entries before the first part */
	struct merkle_range after;  /* those after the last part, up to head */
	size_t first_part, n_parts;
};

struct backfill_plan_part {
	size_t log;                /* index into logs */
	struct merkle_range range; /* of its entries */
};

struct backfill_plan {
	uint8_t sha256[SHA256_SIZE];         /* of the file */
	uint8_t watched_sha256[SHA256_SIZE]; /* of the items */
	int64_t created;                     /* ms */
	char **watched;                      /* owned */
	size_t n_watched;
	char *pinset; /* owned; name and version of the pinset, or NULL */
	uint8_t pinset_sha256[SHA256_SIZE]; /* if there is a pinset */
	bool
	    has_index; /* the parts have an index of names, under this secret */
	uint8_t index_secret[NAME_KEYS_SECRET];
	uint64_t rate;    /* requests a second to one operator, of all parts */
	uint64_t at_once; /* parts of one operator that may run together */
	struct backfill_plan_log *logs; /* owned; by operator */
	size_t n_logs;
	struct backfill_plan_part *parts; /* owned; by log and range */
	size_t n_parts;
};

/*
 * Parse a plan and check it: the version of this program, each log's key and
 * signed head, and that the hashes of all parts give the root.  NULL with the
 * reason in *error, which begins with name.
 */
struct backfill_plan *backfill_plan_parse(
    struct bytes json, const char *name, struct buf *error);

/* Return a new plan for these items, without logs. */
struct backfill_plan *backfill_plan_new(const struct watch *watch);

/* Append the file of a plan, except its digest. */
void backfill_plan_write(const struct backfill_plan *p, struct buf *out);
void backfill_plan_free(struct backfill_plan *p);

/* Return the set of watched items, built; NULL with the reason in *error.  The
 * caller frees it. */
struct watch *backfill_plan_watch(
    const struct backfill_plan *p, struct buf *error);

/* Compare the watched items with those of a set.  Return false with one item
 * that differs in *error, which must be empty. */
bool backfill_plan_same_watch(const struct backfill_plan *p,
    const struct watch *watch, struct buf *error);

/* Report whether the hashes of a log's parts, with those before and after, give
 * the root of its head. */
bool backfill_plan_is_proved(
    const struct backfill_plan *p, const struct backfill_plan_log *log);

/* Return the log of a part. */
const struct backfill_plan_log *backfill_plan_log_of(
    const struct backfill_plan *p, size_t part);

#endif
