/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the state of ctwatch in one SQLite file.
 *
 * The matches of a batch and the cursor of its log change together: changes are
 * made in one open transaction until store_commit.  A kill loses only the work
 * since the last commit.  A store may be used by any thread; calls are
 * serialised inside.
 *
 * A statement that fails (disk full, I/O error) is sticky: the call and all
 * later ones return false, and store_error returns the error.
 */
#ifndef CTWATCH_STORE_STORE_H
#define CTWATCH_STORE_STORE_H

#include <ctwatch/base/blob.h>
#include <ctwatch/wire/leaf.h>
#include <ctwatch/wire/log_kind.h>
#include <ctwatch/wire/tlog_proof.h>
#include <ctwatch/wire/tree_head.h>

struct store;

enum store_mode {
	STORE_RUN,   /* read and write, and lock out other runs */
	STORE_WRITE, /* read and write, for commands that change findings */
	STORE_READ   /* read only; the file must exist */
};

/*
 * Open DIR/state.db; create it (0600, DIR 0700) if the mode allows it; migrate
 * an older one.  Return NULL with the reason in *error: another run holds the
 * lock (with its PID), a newer schema, no permission, damage.
 */
struct store *store_open(
    const char *dir, enum store_mode mode, struct buf *error);

/* Roll back the open transaction, release the lock, free. */
void store_close(struct store *s);

/* Return the first error; empty if there is none. */
const char *store_error(struct store *s);

/*
 * Begin a transaction that locks out other writers until store_commit or
 * store_close, so that values read in it cannot change before they are written.
 * Does nothing if changes are pending.
 */
bool store_begin(struct store *s);

/* Commit all changes since the last commit. */
bool store_commit(struct store *s);

/*
 * Check SQLite's structures, the ranges of all logs against their heads, and
 * the digests of certificates and issuers.  Append a line per fault to *faults;
 * return false if there is one.
 */
bool store_check(struct store *s, struct buf *faults);

/*
 * Copy the store to a file, consistent even during a run, and check the copy.
 * Return false with the reason in *error; the file at path is then unchanged.
 */
bool store_backup(struct store *s, const char *path, struct buf *error);

/* ---- logs ---- */

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

/* ---- heads: evidence, stored as served ---- */

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

/* ---- certificates and sightings ---- */

struct store_cert {
	uint8_t tbs_sha256[SHA256_SIZE]; /* its identity; see cert_tbs_hash */
	enum leaf_kind kind;  /* what der is: Certificate or TBSCertificate */
	struct bytes der;     /* as logged; borrowed, as are the next two */
	struct bytes precert; /* the precertificate, or empty */
	struct bytes chain;   /* u24 vectors as in extra_data, or empty */
	struct blob content;  /* set on load: the bytes of these three */
	bool chain_complete;  /* complete, with valid signatures */
	bool verified;        /* set on load: it has a verified sighting now */
	uint8_t issuer_key_hash[SHA256_SIZE]; /* zero when unknown */
	int64_t first_seen, last_seen;        /* ms, of runs */
	uint8_t
	    judged[SHA256_SIZE]; /* what it was judged by; zero: not judged */
};

struct store_sighting {
	uint8_t log_id[SHA256_SIZE];
	uint64_t index;
	uint64_t timestamp; /* ms, of the SCT; of LEAF_MTC, notBefore */
	enum leaf_kind kind;
	uint8_t leaf_hash[SHA256_SIZE];
	uint8_t tbs_sha256[SHA256_SIZE];
	bool verified;  /* set on load: its index is below the log's verified,
	                  and in no unproved gap */
	unsigned notes; /* enum store_note */
};

/* Oddities of an entry whose leaf was parsed. */
enum store_note {
	STORE_NOTE_EXTRA = 1,   /* extra_data does not parse: no chain */
	STORE_NOTE_PRECERT = 2, /* the precertificate is not the leaf's */
	STORE_NOTE_INDEX = 4,   /* leaf_index is absent or not the position */
	STORE_NOTE_CHAIN = 8,   /* the chain does not verify the certificate */
	STORE_NOTE_ISSUER = 16, /* issuers that it names are missing */
	STORE_NOTE_POISON = 32, /* the poison extension is malformed */
	STORE_NOTE_INTERVAL = 64, /* it expires outside the log's interval */
	STORE_NOTE_FUTURE = 128   /* its SCT is dated in the future */
};

/*
 * Record a sighting of c.  A stored certificate keeps its bytes, but a final
 * certificate replaces a bare TBS, and a complete chain an incomplete one.  A
 * new sighting marks the certificate as not judged; an existing one changes
 * only last_seen.  Save the log before the next commit.
 */
bool store_sighting_add(struct store *s, const struct store_cert *c,
    const struct store_sighting *at);

/* Load a certificate; free with store_cert_fini. */
bool store_cert_load(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_cert *out);
void store_cert_fini(struct store_cert *c);

/* Mark as not judged the certificates with a finding of this rule that is not
 * closed. */
bool store_certs_judge_again(struct store *s, const char *rule);

/*
 * Call each with the certificate that has this TBS hash in hexadecimal (or its
 * precertificate, if only that was logged), then with each certificate of its
 * chain, in DER.  False, without a call, if it is not stored or s is NULL.
 */
bool store_cert_chain_each(struct store *s, const char *tbs_hex,
    void (*each)(void *arg, struct bytes der), void *arg);

/*
 * Append to *out, as u24 vectors, the precertificates that logs served with the
 * leaf of this TBS hash and that are not the leaf's (STORE_NOTE_PRECERT): the
 * first LIMIT_OTHER_PRECERTS.
 */
bool store_cert_other_precerts(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], struct buf *out);

/* Return the TBS hashes of the certificates that were not judged since they
 * were stored or got another sighting, sorted; the caller frees them. */
uint8_t (*store_certs_unjudged(struct store *s, size_t *n))[SHA256_SIZE];

/* Step through certificates by TBS hash; if stamp is given, those not judged
 * under it. */
bool store_certs_each(struct store *s, const uint8_t *stamp,
    void (*each)(void *arg, const struct store_cert *c), void *arg);
bool store_cert_judged(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    const uint8_t stamp[static SHA256_SIZE]);

/*
 * Delete the data of entries [from, to) of a log, which no signed root covers:
 * sightings, rejections, and certificates without remaining sighting with their
 * key records.  Mark the other certificates as not judged.
 */
bool store_sightings_forget(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to);

/* Entries [from, to) of a log are now verified: mark their certificates as not
 * judged. */
bool store_sightings_proved(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], uint64_t from, uint64_t to);

/* Load the sightings of a certificate, by log and index; the caller frees. */
struct store_sighting *store_sightings(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], size_t *n);

/* ---- chains that lack issuers (static-ct-api names them by SHA-256) ---- */

/* Record the issuers, 32 bytes each, that the entry of a stored sighting names
 * in this order, since some are missing.  They are deleted with it. */
bool store_chain_await(
    struct store *s, const struct store_sighting *at, struct bytes issuers);

/* Return the number of missing issuers that entries of a log name, for
 * certificates with an incomplete chain. */
uint64_t store_chain_missing(
    struct store *s, const uint8_t log_id[static SHA256_SIZE]);

/*
 * Append at most max issuers, 32 bytes each, that chains of a log lack. Those
 * missing in the store come first, in a random order, so that an unavailable
 * one does not block others.
 */
bool store_chain_awaited(struct store *s,
    const uint8_t log_id[static SHA256_SIZE], size_t max, struct buf *out);

/* Step through at most max sightings, of any log, that lacked this issuer and
 * whose issuers are now all in the store. */
bool store_chain_each_filled(struct store *s,
    const uint8_t issuer[static SHA256_SIZE], size_t max,
    void (*each)(
        void *arg, const struct store_sighting *at, struct bytes issuers),
    void *arg);

/* The issuers of a sighting are complete: save c's chain, if it is better than
 * the stored one, and the sighting's notes; mark the certificate as not
 * judged. */
bool store_chain_complete(struct store *s, const struct store_cert *c,
    const struct store_sighting *at);

/* ---- keys and names of certificates ---- */

/* Record the key of a stored certificate, or the digest of another property;
 * the record is deleted with it. */
bool store_spki_note(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE]);

/* Report whether tbs is the first of this key: no other certificate with it has
 * an earlier verified sighting. */
bool store_spki_first(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE]);

/* Another certificate that this key was noted for and that has a verified
 * sighting: the one with the earliest; false if there is none. */
bool store_spki_other(struct store *s, const uint8_t spki[static SHA256_SIZE],
    const uint8_t tbs[static SHA256_SIZE], uint8_t out[static SHA256_SIZE]);

/* ---- inclusion proofs, stored as evidence ---- */

struct store_proof {
	uint8_t log_id[SHA256_SIZE];
	uint64_t index;
	uint8_t leaf_hash[SHA256_SIZE];
	struct tree_head head;   /* a proved head */
	struct blob raw;         /* its answer, verbatim */
	struct tlog_proof proof; /* index and path; no checkpoint */
};

/* Save the proof of a sighting, replacing an earlier one; the newest
 * LIMIT_PROOFS are kept. */
bool store_proof_save(struct store *s, const struct store_proof *p);

/* Load the proof of a sighting; *out owns raw (store_proof_fini); false if
 * there is none. */
bool store_proof_load(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t index, const uint8_t leaf_hash[static SHA256_SIZE],
    struct store_proof *out);
void store_proof_fini(struct store_proof *p);

/* ---- rejected entries and gaps ---- */

/* The reason of an entry that is readable and the certificate of a CA, in an
 * issuance log. */
#define STORE_REJECTED_CA "ca-certificate"

struct store_rejected {
	uint8_t log_id[SHA256_SIZE];
	uint64_t index;
	const char *reason;      /* a word, such as "trailing-bytes" */
	const char *match;       /* the watched item it may match, or NULL */
	struct bytes leaf_input; /* evidence; kept only if match is not NULL */
	struct bytes extra_data; /* likewise; base64, or empty */
	int64_t seen;
};

/* Record r; the latest of each log are kept (see limits.h). */
bool store_rejected_add(struct store *s, const struct store_rejected *r);

/* Step through entries rejected since then, by log and index. */
bool store_rejected_each(struct store *s, int64_t since,
    void (*each)(void *arg, const struct store_rejected *r), void *arg);

/* Unread or unproved ranges of a log, with the reason. */
struct store_gap {
	uint64_t from, to; /* entries [from, to) */
	bool unproved;     /* read, but no signed root covers it; else unread */
	char reason[64];
};

/* Add a gap: it replaces overlapping gaps, and merges with adjacent ones of its
 * kind. */
bool store_gap_add(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    const struct store_gap *gap);

/* Remove [from, to) from the gaps. */
bool store_gap_remove(struct store *s, const uint8_t log_id[static SHA256_SIZE],
    uint64_t from, uint64_t to);

/* Load the gaps of a log, in order; the caller frees. */
struct store_gap *store_gaps(
    struct store *s, const uint8_t log_id[static SHA256_SIZE], size_t *n);

/* ---- findings ---- */

enum store_status {
	STORE_NEW,
	STORE_OPEN,
	STORE_SUPPRESSED,
	STORE_CLOSED
};

struct store_finding {
	char id[2 * SHA256_SIZE + 1]; /* the fingerprint */
	char *rule;                   /* CTW001 */
	int severity;                 /* enum rules_severity */
	enum store_status status;
	uint8_t tbs_sha256[SHA256_SIZE]; /* zero if not about a certificate */
	char *subject; /* the key fields as text: a pin, a log ... */
	char *message; /* one line, escaped */
	char *detail;  /* JSON: watched, matched_names, notes ... */
	int64_t first_seen, last_seen; /* ms */
	int64_t first_run, last_run;   /* run numbers */
	char *reason;    /* of a suppression or closing; or NULL */
	int64_t until;   /* of a suppression; 0: none */
	int64_t changed; /* ms: last change of status */
};

/*
 * Save f; a stored one keeps first_seen, status and reason.  Only a closed one
 * whose reason does not begin with "by hand" or "revoked" is reopened, with the
 * status of f.
 */
bool store_finding_save(struct store *s, const struct store_finding *f);

/* Load the finding whose id begins with prefix; false if there is none, or more
 * than one. */
bool store_finding_load(
    struct store *s, const char *id_prefix, struct store_finding *out);

/* Set the status of the finding with this id; false if there is none. */
bool store_finding_status(struct store *s, const char *id,
    enum store_status status, int64_t until, const char *reason);

/* Step through all findings: the most severe, then the oldest, first. */
bool store_findings_each(struct store *s,
    void (*each)(void *arg, const struct store_finding *f), void *arg);
void store_finding_fini(struct store_finding *f);

/* Open the findings whose suppression has ended at the time now. */
bool store_finding_end_suppressions(struct store *s, int64_t now);

/* ---- watched items ---- */

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

/* ---- runs, issuers, small values ---- */

/*
 * Begin a run; its number, from 1.  0 when the store fails.  Findings that
 * were new are then open, but those of a run that did not end, which no report
 * has shown, are new ones of this run.
 */
int64_t store_run_begin(struct store *s, int64_t started);

/*
 * When the first of the runs began, in ms, that this run has to report on: it
 * and those before it that did not end, since the last that did.
 */
int64_t store_run_since(struct store *s, int64_t run);

/* The number that the next run will have: a finding with this first_run is new
 * in its report.  0 when the store fails. */
int64_t store_run_next(struct store *s);

/* Reports of the latest LIMIT_RUN_REPORTS runs are kept, up to
 * LIMIT_RUN_REPORT_BYTES in total; this one is always kept. */
bool store_run_end(struct store *s, int64_t run, int64_t ended, int exit_status,
    struct bytes report_json);

struct store_run {
	int64_t number, started, ended;
	int exit_status;
};

/*
 * Load the last run that ended by that time (INT64_MAX: the last of all) with
 * none of these bits in its exit status.
 */
bool store_run_before(
    struct store *s, int64_t time, int without, struct store_run *out);

/* Load the report of a run (the last that ended if run is 0); owned by out. */
bool store_run_report(struct store *s, int64_t run, struct buf *out);

/* Issuer certificates by SHA-256, which is checked on load. */
bool store_issuer_save(struct store *s, struct bytes der);
bool store_issuer_load(
    struct store *s, const uint8_t sha256[static SHA256_SIZE], struct buf *out);

/*
 * Step through the issuer certificates and the elements of all chains that
 * were logged, each once, the oldest first; der is borrowed, and nothing in it
 * is checked.  each must not call the store.
 */
bool store_issuers_each(
    struct store *s, void (*each)(void *arg, struct bytes der), void *arg);

/* How many there are: none is ever deleted. */
uint64_t store_issuers_count(struct store *s);

/* Named values: digests of the last verdicts' inputs, proposals, pinset
 * versions. */
bool store_value_save(struct store *s, const char *name, struct bytes value);
bool store_value_load(struct store *s, const char *name, struct buf *out);

#endif
