/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist: log lists of schema v3, Chrome's and Apple's, united by log_id.
 *
 * Unknown members are ignored, as the schema wants.  A log that cannot be
 * used is refused alone, with the path to the member; a list that is no list
 * is refused whole.
 *
 * Where two lists speak of one log, the first says how it is reached.  Its
 * state is the best of those in which it takes entries, else the latest.
 * Operators are one when their names are the same or when they share a log.
 */
#ifndef CTWATCH_NET_LOGLIST_H
#define CTWATCH_NET_LOGLIST_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/tree_head.h>

enum loglist_state {
	LOGLIST_UNKNOWN, /* the list does not say */
	LOGLIST_PENDING,
	LOGLIST_QUALIFIED,
	LOGLIST_USABLE,
	LOGLIST_READONLY,
	LOGLIST_RETIRED,
	LOGLIST_REJECTED,
	LOGLIST_STATE_MAX
};

struct loglist_log {
	uint8_t id[SHA256_SIZE];
	struct bytes key;     /* SubjectPublicKeyInfo, owned */
	char *description;    /* owned, escaped; never empty */
	char *operator;       /* owned, escaped; never empty */
	bool is_static;       /* static-ct-api, else RFC 6962 */
	char *url;            /* RFC 6962 URL or monitoring URL, ends in / */
	char *submission_url; /* static only: its origin; else NULL */
	int64_t mmd;          /* ms */
	enum loglist_state state;
	int64_t state_since;                  /* ms, 0 if not said */
	int64_t interval_start, interval_end; /* ms; 0, 0: none */
	bool has_final; /* readonly with a final_tree_head */
	uint64_t final_size;
	struct merkle_hash final_root;
	bool is_test; /* log_type says test */
	bool listed;  /* false: taken from the store, to be drained */
};

struct loglist {
	struct loglist_log *v; /* owned, sorted by operator, description, id */
	size_t n;
	int64_t timestamp; /* oldest log_list_timestamp; 0 if none said */
	char **warnings;   /* owned: duplicates, contradictions, refusals */
	size_t n_warnings;
	/*
	 * Set by the caller before loglist_merge: the list is not signed or ours,
	 * so its logs must be https and on names, not addresses: it shall not
	 * make us ask machines of our own network.  (A name that leads there
	 * still meets a certificate that does not fit.)
	 */
	bool foreign;
};

struct loglist *loglist_new(void);
void loglist_free(struct loglist *l);

/*
 * Add the logs of one list; name stands in messages.  False with the reason
 * in *error, and nothing added, when json is not a v3 log list with at least
 * one log that can be used.
 */
bool loglist_merge(
    struct loglist *l, struct bytes json, const char *name, struct buf *error);

/*
 * Add one log that no list names any more; what it points to is copied.
 * Nothing happens when the ID is there.
 */
void loglist_merge_log(struct loglist *l, const struct loglist_log *log);

/* Free what one log owns. */
void loglist_log_fini(struct loglist_log *log);

/* Add a line to the warnings of l; consumed. */
void loglist_warn(struct loglist *l, char *warning);

/*
 * Whether a log is to be read at time now: NULL, or why it is not ("expired
 * shard", "retired", "placeholder").
 */
const char *loglist_skip(const struct loglist_log *log, int64_t now);

const char *loglist_state_word(enum loglist_state s);

/* Report whether nobody trusts a log of that state any more. */
bool loglist_is_over(enum loglist_state s);

#endif
