/* SPDX-License-Identifier: Apache-2.0 */
/*
 * close_findings: close and reopen each kind of finding.
 *
 * A finding closes only for a reason that this run observed.  Each closing and
 * each reopening is a record of the journal.
 */
#ifndef CTWATCH_JUDGE_CLOSE_FINDINGS_H
#define CTWATCH_JUDGE_CLOSE_FINDINGS_H

#include <ctwatch/judge/log_findings.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/store/store.h>
#include <ctwatch/wire/cert.h>

/* Reasons to close a finding; for two more see rules.h. */
#define CLOSE_FINDINGS_EXPIRED "expired"
#define CLOSE_FINDINGS_GONE    "no longer applies"
#define CLOSE_FINDINGS_READ    "read again"
#define CLOSE_FINDINGS_UNLOGGED                                                \
	"no log has the certificate: its entry was not verified"

/* A certificate that was judged in this run. */
struct close_findings_judged {
	uint8_t tbs[SHA256_SIZE];
	/* The pinset pins it and expects it: the reason; else NULL. */
	const char *expected;
	bool held; /* likewise, but the pinset is not trusted: do not close */
};

/* Report whether findings of this rule close when the certificate expires. */
bool close_findings_of_cert(const struct rules_rule *rule);

/* Report whether evaluate_revocation opens and closes findings of this rule:
 * of these two, or between them. */
#define CLOSE_FINDINGS_RESPONSE_FIRST "CTW050"
#define CLOSE_FINDINGS_RESPONSE_LAST  "CTW052"
bool close_findings_of_response(const char *rule);

/* Report whether own_cert_findings opens and closes findings of this rule. */
bool close_findings_of_audit(const char *rule);

/* Report whether caa_findings opens and closes findings of this rule. */
bool close_findings_of_caa(const char *rule);

/* Return the time that its validity ends, in ms; the far future if that cannot
 * be read. */
int64_t close_findings_end(const struct cert *cert);

/* Close one finding; return false if the store failed. */
bool close_findings_one(struct store *s, const char *id, const char *reason);

/*
 * Certificates: close findings that were not found again for the n judged
 * certificates (in the order of tbs); those about their keys only if whole_keys
 * says that every certificate with such a key was judged.  Close findings of
 * expired certificates, and reopen them if the certificate has not expired.
 */
bool close_findings_certs(struct store *s,
    const struct close_findings_judged *v, size_t n, bool whole_keys,
    int64_t now, int64_t run);

/* Any rule: close findings that were not found again. */
bool close_findings_rule(struct store *s, const char *rule, int64_t run);

/* Rules about the pinset: close findings that were not found again. */
bool close_findings_pinset(struct store *s, int64_t run);

/* Logs: close CTW071 of logs that were read to their end without gaps. */
bool close_findings_logs(
    struct store *s, const struct log_findings_log *v, size_t n, int64_t run);

#endif
