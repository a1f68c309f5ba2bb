/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_finding: findings and their status.
 */
#ifndef CTWATCH_STORE_STORE_FINDING_H
#define CTWATCH_STORE_STORE_FINDING_H

#include <ctwatch/wire/sha256.h>

struct store;

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

/* Step likewise through those of the rules from first to last that are not
 * closed. */
bool store_findings_open_each(struct store *s, const char *first,
    const char *last, void (*each)(void *arg, const struct store_finding *f),
    void *arg);

/* Which findings about certificates may close or open again in a run. */
struct store_findings_ending {
	int64_t now;         /* ms */
	int64_t run;         /* its number */
	const char *expired; /* the reason of those closed at notAfter */
	/* Report whether the certificate was judged in this run; NULL: none
	 * was. */
	bool (*judged)(void *arg, const uint8_t tbs[static SHA256_SIZE]);
};

/*
 * Step likewise through those about certificates, except those that stay as
 * they are: open ones whose certificate is known to be valid, unless it was
 * judged and the finding not found again; and closed ones, unless they were
 * closed as expired and their certificate is not known to have expired.
 */
bool store_findings_ending_each(struct store *s,
    const struct store_findings_ending *e,
    void (*each)(void *arg, const struct store_finding *f), void *arg);

/*
 * Step likewise through those that are not closed and whose certificate is
 * revoked or has an unknown status, has an open finding of the rules from first
 * to last, or was reported to its CA with a deadline before now.
 */
bool store_findings_response_each(struct store *s, const char *first,
    const char *last, int64_t now,
    void (*each)(void *arg, const struct store_finding *f), void *arg);

/* Return the TBS hashes of the certificates with findings that are not closed
 * and at least this severe, in the same order, one for each finding; the caller
 * frees them. */
uint8_t (*store_findings_certs(
    struct store *s, int severity, size_t *n))[SHA256_SIZE];

void store_finding_fini(struct store_finding *f);

/* Open the findings whose suppression has ended at the time now. */
bool store_finding_end_suppressions(struct store *s, int64_t now);

#endif
