/* SPDX-License-Identifier: Apache-2.0 */
/*
 * close_findings: when each kind of finding closes, and when it opens again.
 *
 * A finding closes only for a reason that this run observed.  Each closing
 * and each reopening is a record of the journal.
 */
#ifndef CTWATCH_JUDGE_CLOSE_FINDINGS_H
#define CTWATCH_JUDGE_CLOSE_FINDINGS_H

#include <ctwatch/judge/log_findings.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/store/store.h>
#include <ctwatch/wire/cert.h>

/* Reasons that a finding is closed for; for two more see rules.h. */
#define CLOSE_FINDINGS_EXPIRED "expired"
#define CLOSE_FINDINGS_GONE    "no longer applies"
#define CLOSE_FINDINGS_READ    "read again"
#define CLOSE_FINDINGS_UNLOGGED                                                \
	"no log holds the certificate: its entry was not proved"

/* A certificate that was judged in this run. */
struct close_findings_judged {
	uint8_t tbs[SHA256_SIZE];
	/* The pinset pins it and expects it: the reason; else NULL. */
	const char *expected;
	bool held; /* likewise, but the pinset is not trusted: close nothing */
};

/* Report whether findings of this rule end with their certificate. */
bool close_findings_of_cert(const struct rules_rule *rule);

/* Report whether evaluate_revocation opens and closes findings of this rule. */
bool close_findings_of_response(const char *rule);

/* Report whether own_cert_findings opens and closes findings of this rule. */
bool close_findings_of_audit(const char *rule);

/* Return the time that its validity ends, in ms; the far future if that cannot
 * be read. */
int64_t close_findings_end(const struct cert *cert);

/* Close one finding; false when the store failed. */
bool close_findings_one(struct store *s, const char *id, const char *reason);

/*
 * Certificates: close what did not come up again of those judged, of which
 * there are n in the order of tbs, or of all if every certificate was judged;
 * close what has expired by now, and open it again if it has not.
 */
bool close_findings_certs(struct store *s,
    const struct close_findings_judged *v, size_t n, bool all, int64_t now,
    int64_t run);

/* Any rule: close what did not come up again. */
bool close_findings_rule(struct store *s, const char *rule, int64_t run);

/* The pinset's own rules: close what did not come up again. */
bool close_findings_pinset(struct store *s, int64_t run);

/* Logs: close CTW071 of those that were read to their end, with nothing
 * missing. */
bool close_findings_logs(
    struct store *s, const struct log_findings_log *v, size_t n, int64_t run);

#endif
