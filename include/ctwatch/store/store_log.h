/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_log: the state of each log that is read.
 */
#ifndef CTWATCH_STORE_STORE_LOG_H
#define CTWATCH_STORE_STORE_LOG_H

#include <ctwatch/base/blob.h>
#include <ctwatch/wire/log_kind.h>
#include <ctwatch/wire/merkle.h>

struct store;

/* Reasons of CTW070 for a log; only a root mismatch can be cleared. */
enum store_accused {
	STORE_ACCUSED_HEADS = 1, /* two signed heads, or an impossible one */
	STORE_ACCUSED_ROOT = 2,  /* entries differed from a root in two reads */
	STORE_ACCUSED_FINAL = 4, /* signed beyond the final head of the list */
	STORE_ACCUSED_INDEX = 8  /* entries with a wrong leaf_index */
};

/* The earliest and the latest timestamp of some entries, in ms, with their
 * indexes; without entries, earliest is above latest. */
struct store_dates {
	uint64_t earliest, earliest_at, latest, latest_at;
};

struct store_log {
	uint8_t id[SHA256_SIZE];
	char *description; /* owned; from the log list, like the next two */
	char *operator;
	char *url;
	char *submission_url; /* owned; static logs: their origin; or NULL */
	struct blob key;      /* SubjectPublicKeyInfo; see struct loglist_log */
	int64_t mmd;          /* ms */
	enum log_kind kind;
	uint64_t first;    /* the first entry that this store covers */
	uint64_t next;     /* the next entry to read */
	uint64_t verified; /* entries below are verified by a signed head */
	struct merkle_range range; /* [0, next) */
	bool has_range; /* false: a new log, whose range is not known yet */
	struct merkle_range proved; /* [0, verified): to return to */
	uint32_t page; /* entries per answer, measured; 0: unknown */
	int64_t start; /* ms: start time without a range; 0: entry 0 */
	int64_t added, progress;  /* ms: first seen, last progress */
	uint64_t mismatches;      /* number of root mismatches */
	bool listed;              /* in a log list at the last run */
	unsigned accused;         /* enum store_accused: reasons of CTW070 */
	struct store_dates dates; /* of the entries [verified, next) */
};

/* Load a log by its ID, *out owned (store_log_fini); false if unknown. */
bool store_log_load(struct store *s, const uint8_t id[static SHA256_SIZE],
    struct store_log *out);
bool store_log_save(struct store *s, const struct store_log *log);
void store_log_fini(struct store_log *log);

/* Initialize d for no entries; add an entry, or all of another one. */
void store_dates_init(struct store_dates *d);
void store_dates_add(struct store_dates *d, uint64_t timestamp, uint64_t index);
void store_dates_join(struct store_dates *d, const struct store_dates *more);

/* Set the data of a log from a log list; all is copied. */
void store_log_describe(struct store_log *log, const char *description,
    const char *run_by, const char *url, const char *submission_url,
    struct bytes key);

/* Load all logs by description; the caller frees with store_logs_free. */
struct store_log *store_logs(struct store *s, size_t *n);
void store_logs_free(struct store_log *v, size_t n);

#endif
