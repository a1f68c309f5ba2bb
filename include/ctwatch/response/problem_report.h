/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem_report: a Certificate Problem Report to the CA that issued the
 * certificate of a finding (CA/Browser Forum Baseline Requirements, 4.9.2,
 * 4.9.3, 4.9.5), ready to send.  ctwatch does not send it.
 */
#ifndef CTWATCH_RESPONSE_PROBLEM_REPORT_H
#define CTWATCH_RESPONSE_PROBLEM_REPORT_H

#include <ctwatch/response/bundle.h>
#include <ctwatch/store/store.h>

/* A reason for revocation, by BR 4.9.1.1. */
struct problem_report_ground {
	const char *clause;    /* "4.9.1.1 (5)" */
	const char *statement; /* one sentence for the CA */
	int64_t limit;         /* ms from receipt to revocation */
};

/*
 * Return the ground for a finding of this rule.  Key compromise is claimed only
 * with has_key: the reporter has the private key.
 */
const struct problem_report_ground *problem_report_ground(
    const char *rule, bool has_key);

/*
 * When the CA must revoke the certificate of f, in ms, after a report on that
 * ground was sent; 0: never, since it is short-lived (BR, 4.9.1.1).  False if f
 * is about no certificate.
 */
bool problem_report_due(struct store *s, const struct store_finding *f,
    const struct problem_report_ground *ground, int64_t sent, int64_t *due);

struct problem_report_options {
	const char *ccadb;   /* CCADB's CSV files, or NULL */
	const char *contact; /* mail address of the reporter, or NULL */
	struct blob
	    key_spki; /* SPKI of a private key that the reporter has; or empty */
	int64_t now;  /* ms */
};

/*
 * Read the SubjectPublicKeyInfo of a private key in PEM, not encrypted.  Return
 * false with the reason in *error.
 */
bool problem_report_key(const char *path, struct blob *out, struct buf *error);

enum problem_report_result {
	PROBLEM_REPORT_OK,
	PROBLEM_REPORT_POINTLESS, /* short-lived, expired or revoked: see *error */
	PROBLEM_REPORT_FAILED     /* see *error */
};

/*
 * Fill *out: mail.txt, recipient.txt, entry.pem, revoke.sh where an ACME
 * directory is known, escalation.txt if a report was sent and revocation is
 * overdue, and the evidence below evidence/.  finding is the finding as JSON.
 * Append a line for each missing part to *missing.
 */
enum problem_report_result problem_report_fill(struct store *s,
    const struct store_finding *f, struct bytes finding,
    const struct problem_report_options *options, struct bundle *out,
    const struct problem_report_ground **ground, struct buf *missing,
    struct buf *error);

#endif
