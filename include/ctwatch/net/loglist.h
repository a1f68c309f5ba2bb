/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loglist: log lists of schema v3, such as Chrome's and Apple's, merged by
 * log_id.
 *
 * Unknown members are ignored, as the schema requires.  An unusable log is kept
 * with its fault, so that every listed log is reported.  A list with another
 * schema, or without a usable log, is refused.
 *
 * If two lists have one log, the first usable entry gives its URL.  Its state
 * is the best of those in which it accepts entries, else readonly, else the
 * latest.  Operators with the same name or a common log are merged.
 */
#ifndef CTWATCH_NET_LOGLIST_H
#define CTWATCH_NET_LOGLIST_H

#include <ctwatch/base/blob.h>
#include <ctwatch/wire/log_kind.h>
#include <ctwatch/wire/tree_head.h>

enum loglist_state {
	LOGLIST_UNKNOWN, /* not in the list */
	LOGLIST_PENDING,
	LOGLIST_QUALIFIED,
	LOGLIST_USABLE,
	LOGLIST_READONLY,
	LOGLIST_RETIRED,
	LOGLIST_REJECTED,
	LOGLIST_STATE_MAX
};

/* The browser vendors whose lists are distinguished, by members of Apple's. */
enum loglist_vendor {
	LOGLIST_CHROME,
	LOGLIST_APPLE,
	LOGLIST_VENDORS
};

/* What one vendor's list says of a log; LOGLIST_UNKNOWN if it has none. */
struct loglist_trust {
	enum loglist_state state;
	int64_t since; /* ms, 0 if not said */
};

/* Who ran a log before, and until when (previous_operators). */
struct loglist_operator {
	char *name;  /* owned, escaped */
	int64_t end; /* ms */
};

struct loglist_log {
	uint8_t id[SHA256_SIZE];
	struct blob key; /* SubjectPublicKeyInfo; of an issuance log, its
	                  * cosigners as text: see mtc_cosigners.h */
	/* The same, decoded; owned.  NULL for a log from the store. */
	struct tree_head_key *head_key;
	char *description; /* owned, escaped; never empty */
	char *operator;    /* owned, escaped; never empty */
	enum log_kind kind;
	char *url;            /* RFC 6962 URL or monitoring URL, ends in / */
	char *submission_url; /* static: the URL that is its origin; MTC: its
	                       * origin; else NULL */
	int64_t mmd;          /* ms */
	enum loglist_state state;
	int64_t state_since;                  /* ms, 0 if not said */
	int64_t interval_start, interval_end; /* ms; 0, 0: none */
	bool has_final; /* readonly with a final_tree_head */
	uint64_t final_size;
	struct merkle_hash final_root;
	bool is_test; /* log_type says test */
	bool listed;  /* false: from the store, to be read to its end */
	struct loglist_trust trust[LOGLIST_VENDORS];
	struct loglist_operator *previous; /* owned */
	size_t n_previous;
	/*
	 * Why the log is unusable, owned, escaped, or NULL.  With a fault, key,
	 * url and submission_url may be missing, and id is the log_id of the
	 * list or, if that is invalid, a digest that identifies the entry.
	 */
	char *fault;
};

struct loglist {
	struct loglist_log *v; /* owned, sorted by operator, description, id */
	size_t n;
	int64_t timestamp;         /* oldest log_list_timestamp; 0 if none */
	bool has[LOGLIST_VENDORS]; /* a list of this vendor is in it */
	char **warnings; /* owned: duplicates, contradictions, refusals */
	size_t n_warnings;
	/*
	 * Set by the caller before loglist_merge: the list came over the
	 * network, so its logs must have https URLs with host names, not
	 * addresses: the list must not direct requests to the local network.
	 * (A host name that resolves there fails the certificate check.)
	 */
	bool foreign;
};

/* A new list without logs. */
struct loglist *loglist_new(void);
void loglist_free(struct loglist *l);

/*
 * Add the logs of one list; name is used in messages.  Return false with the
 * reason in *error, and add nothing, when json is not a v3 log list with at
 * least one usable log.
 */
bool loglist_merge(
    struct loglist *l, struct bytes json, const char *name, struct buf *error);

/* Move the logs of part, one list, into l; name is used in messages.  Free what
 * is left of part. */
void loglist_merge_list(
    struct loglist *l, struct loglist *part, const char *name);

/*
 * Add a copy of a log of the store, unless a list has a usable entry for its
 * ID: an entry with a fault is replaced.
 */
void loglist_merge_log(struct loglist *l, const struct loglist_log *log);

/* Free what one log owns. */
void loglist_log_fini(struct loglist_log *log);

/* Add a line to the warnings of l; consumed. */
void loglist_warn(struct loglist *l, char *warning);

/* Return the key of a log, which the caller frees with tree_head_key_free, or
 * NULL: it has none of the kinds that logs may have. */
struct tree_head_key *loglist_head_key(const struct loglist_log *log);

/* Return the log with that ID, borrowed, or NULL. */
struct loglist_log *loglist_find(
    const struct loglist *l, const uint8_t id[static SHA256_SIZE]);

/* Report whether one of the names is the log's description, or its ID in
 * base64 or hexadecimal. */
bool loglist_is_named(
    const struct loglist_log *log, const char *const *names, size_t n);

/* Why a log is not read, by the lists. */
enum loglist_skip {
	LOGLIST_READ,      /* it is read */
	LOGLIST_OVER,      /* retired or rejected */
	LOGLIST_EXPIRED,   /* an expired shard */
	LOGLIST_TEST,      /* a test log */
	LOGLIST_FORBIDDEN, /* a mimic log, or a placeholder */
	LOGLIST_UNUSABLE   /* it has a fault */
};

/*
 * Return whether to read a log at time now (ms), with the reason if not in
 * *why, static or borrowed from log ("expired shard", "retired", its fault).
 */
enum loglist_skip loglist_skip(
    const struct loglist_log *log, int64_t now, const char **why);

/* Who ran the log at that time, in ms.  Borrowed from log. */
const char *loglist_operator_at(const struct loglist_log *log, int64_t time);

const char *loglist_state_word(enum loglist_state s);

/* Report whether browsers no longer trust a log of that state. */
bool loglist_is_over(enum loglist_state s);

/*
 * Return when a log accepted its last entry by the lists, in ms: retired,
 * rejected, or its interval over.  INT64_MAX if unknown.
 */
int64_t loglist_ended(const struct loglist_log *log);

/* Report whether a log signs no new heads at time now (ms) by the lists: it is
 * readonly, retired, rejected, expired or no longer listed. */
bool loglist_is_closed(const struct loglist_log *log, int64_t now);

/* Report whether certificates that may be in the log are valid at time now. */
bool loglist_holds_valid(const struct loglist_log *log, int64_t now);

#endif
