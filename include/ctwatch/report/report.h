/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: the report of a run as one document, ctwatch-report/1, and its
 * writers.
 *
 * The document is built at the end of a run, from the results of the run and
 * the content of the store.  The store keeps it: the findings that changed, and
 * the rest.  Each writer reads the document only, its findings one by one, so
 * that a stored run can be written again in any format, without network.
 *
 * Text in the document is valid UTF-8.  Untrusted text is escaped before it is
 * put into the document, and each writer escapes it again for its reader.
 */
#ifndef CTWATCH_REPORT_REPORT_H
#define CTWATCH_REPORT_REPORT_H

#include <ctwatch/base/buf.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/report/report_cover.h>
#include <ctwatch/store/store.h>
#include <ctwatch/wire/log_kind.h>

struct report; /* a ctwatch-report/1 document */

/* Coverage status of a log. */
enum report_status {
	REPORT_COMPLETE,    /* read to its signed head and verified */
	REPORT_PARTIAL,     /* entries are unread or unverified */
	REPORT_UNREACHABLE, /* no signed head could be fetched */
	REPORT_SKIPPED,     /* not read; see reason */
	REPORT_MISBEHAVING, /* it contradicts itself */
	REPORT_UNUSABLE     /* its entry in the log list is invalid */
};

struct report_range {
	uint64_t from, to; /* entries [from, to) */
};

/* What the witnesses of the policy say of a log (C2SP tlog-witness). */
struct report_witnesses {
	size_t of;    /* known witnesses; 0: nothing is known of this log */
	size_t valid; /* whose cosignature counts */
	size_t invalid, unchecked; /* cosignatures */
	int64_t newest;            /* ms: of the valid ones; 0: none */
	bool met;                  /* the quorum has cosigned */
	const char *problem;       /* the first one, or NULL */
};

/* One log of the coverage.  Everything is borrowed. */
struct report_log {
	uint8_t log_id[SHA256_SIZE];
	const char *description;
	const char *operator;
	const char *url;
	enum log_kind kind;
	const char *state;    /* of the log list: "usable", "readonly" ... */
	uint64_t first_entry; /* the first entry that the store covers */
	uint64_t next_entry;  /* one past the last entry that was read */
	bool has_head;        /* false: tree_size to sth_timestamp unknown */
	uint64_t tree_size;   /* of the signed head to read up to */
	uint8_t root_hash[SHA256_SIZE];
	int64_t sth_timestamp; /* ms */
	bool verified;         /* all entries read are under a signed head */
	int64_t lag;           /* ms to catch up at this rate; -1: unknown */
	enum report_status status;
	const char *reason; /* reason if not complete, or NULL */
	/* The first entry that was searched for the items new in this run; only
	 * if there are any. */
	uint64_t searched_from;
	uint64_t entries_read, bytes_read, refused; /* in this run */
	struct report_witnesses witnesses;
	uint64_t issuers_missing; /* certificates that its entries name */
	const struct report_range *unread;
	size_t n_unread;
};

/* The source of a log list. */
struct report_source {
	const char *name; /* a URL or a file */
	int64_t fetched;  /* ms, time of the download; 0: a file */
	int64_t dated;    /* ms, the date in the list; 0: none */
	size_t logs;
	const char *error; /* error of the last download, or NULL */
};

/* A watched item that probably cannot match.  All is borrowed. */
struct report_doubt {
	const char *item, *reason;
};

/* A name whose CAA set was looked up.  All is borrowed. */
struct report_caa_name {
	const char *name;
	const char *status; /* "found", "none", "absent", "failed", "left" */
	const char *reason; /* of the last three; or NULL */
	/* The last set that is known: */
	const char *domain;     /* whose; NULL: none */
	struct bytes set;       /* as in caa_set.h */
	int64_t since, checked; /* ms: look-ups; 0: there was none */
	bool authenticated;
};

/* The CAA look-ups of the run.  All is borrowed. */
struct report_caa {
	bool on;              /* else there were none */
	const char *resolver; /* NULL: that of resolv.conf */
	const struct report_caa_name *names;
	size_t n_names, names_count; /* listed; all */
	size_t not_judged;  /* certificates whose CA's names are not known */
	const char *issuer; /* of the first one, or NULL */
	const char *reason; /* why no names are known, or NULL */
};

/* The results of the run.  All is borrowed. */
struct report_input {
	int64_t run;            /* its number in the store */
	int64_t started, ended; /* ms */
	int64_t since;   /* ms: what was closed or refused since then is new;
	                * 0: started */
	int64_t elapsed; /* ms by the monotonic clock */
	bool keep;       /* store the findings for report_save */
	const char *version; /* of ctwatch */
	int exit_status;     /* bits already known; see report_status_of */
	/* A new or open finding at or above this severity sets 1 in the exit
	 * status; the second applies to findings with a pattern that is not in
	 * the pinset. */
	enum rules_severity fail_on, fail_on_watched;
	const struct pinset *pinset; /* or NULL */
	const char *pinset_file;     /* its path, or NULL */
	const char *watchlist_file;  /* the path of the watch list */
	size_t watched;              /* items of the watch set */
	/* Items that are new in this run, or in earlier runs that did not end,
	 * and the start of their search in ms.  n_new_items counts those in
	 * new_items, new_items_count all. */
	char *const *new_items;
	size_t n_new_items, new_items_count;
	int64_t new_items_since;
	/* Items that probably cannot match, with the reason; likewise. */
	const struct report_doubt *doubts;
	size_t n_doubts, doubts_count;
	struct report_caa caa;
	int operators_behind;
	const struct report_cover *cover; /* NULL: no operator is left out */
	const struct report_log *logs;
	size_t n_logs;
	const struct report_source *sources;
	size_t n_sources;
	uint64_t entries, bytes, matched; /* of the whole run */
};

/*
 * Build the report of a run from the store, from which it borrows; the caller
 * frees it.  NULL when the store
 * fails (see store_error).
 *
 * Findings are those new and open, the suppressed ones, and those closed
 * since the run began.  A finding is "new" in the run that first saw it.
 * Exit status 1 is added when a new or open finding is at or above fail_on;
 * run.below counts those that are below it.
 *
 * Of a finding's detail (JSON) these members are read, all optional:
 * "watched" and "matched_names" (arrays of strings), "matched_count" (names
 * that matched, more than are listed), "matches" (array of {"watch", "name",
 * "how", "kind"}), "notes" (array of strings).
 */
struct report *report_build(const struct report_input *in, struct store *s);

/* Save a report that report_build made with keep; report_stored returns it. */
bool report_save(const struct report *r, struct store *s, int64_t ended);

/* Load the report of a run (0: of the last one that has a report).  NULL if
 * there is none, if the store fails, or, with *error set, if it is invalid. */
struct report *report_stored(struct store *s, int64_t run, struct buf *error);

/* Parse a whole document; return NULL with the reason in *error if it is
 * invalid.  Free this report, and those below, with report_free. */
struct report *report_load(struct bytes json, struct buf *error);

/*
 * Build the report of a period: the run and coverage of last, the runs since,
 * and the findings seen since.  The caller frees it.  NULL when the store
 * fails.
 */
struct report *report_period(
    const struct report *last, struct store *s, int64_t since);

/* A report with all findings in the store at the time now (ms), and nothing
 * else. */
struct report *report_findings(struct store *s, int64_t now);

/* Return one of them as JSON, owned by the caller; NULL if the store fails. */
struct json_t;
struct json_t *report_finding(struct store *s, const char *id);

/* Copy r with those of its findings that are wanted. */
struct report_walk;
struct report *report_select(const struct report *r,
    bool (*is_wanted)(void *arg, struct report_walk *w), void *arg);

void report_free(struct report *r);

/* Return the exit status in the document; add a bit to it. */
int report_exit_status(const struct report *r);
void report_add_exit(struct report *r, int bit);

/* Record in the document that the store failed, with 32 in the exit status: not
 * all of the run is saved. */
void report_add_failure(struct report *r, const char *error);

/* Add the result of each channel; false if it is not JSON. */
bool report_add_delivery(struct report *r, struct bytes json);

/* Options for a writer. */
struct report_style {
	bool colour;         /* text: with terminal colours */
	bool brief;          /* text: only deviations */
	struct store *store; /* to look up chains, or NULL */
	/* Write *out and clear it, if not NULL: see report_output_drain. */
	void (*drain)(void *arg, struct buf *out);
	void *arg;
};

/* One format of the report. */
struct report_writer {
	const char *name; /* as in --format */
	void (*write)(const struct report *r, const struct report_style *style,
	    struct buf *out);
};

/* Return all formats, n of them; and the one of that name, or NULL. */
const struct report_writer *report_writers(size_t *n);
const struct report_writer *report_writer(const char *name);

/*
 * Write r in format w to the file path, or to standard output if path is NULL
 * or "-".  A file is replaced by rename, so that a reader finds a complete
 * report; for a symbolic link, its target is replaced.  Return false after
 * printing an error.
 */
bool report_output(const struct report *r, const struct report_writer *w,
    struct store *s, const char *path);

/* For writers, after each finding: let the style write what *out has, if that
 * is much. */
void report_output_drain(const struct report_style *style, struct buf *out);

#endif
