/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_lint: lint a certificate against the rules for public CAs.
 *
 * These rules need no pinset: validity, key, signature, usage, revocation
 * pointers, embedded SCTs, unusual names.  Limits change by date: those in
 * force at notBefore apply.
 */
#ifndef CTWATCH_POLICY_CERT_LINT_H
#define CTWATCH_POLICY_CERT_LINT_H

#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/policy/sct.h>

/* The input; all is borrowed. */
struct cert_lint_input {
	struct bytes der; /* Certificate, or TBSCertificate if tbs */
	bool tbs;
	const struct cert *cert; /* der parsed */
	const struct chain *chain;
	int64_t not_before, not_after; /* ms; INT64_MIN if unreadable */
	int64_t now;                   /* ms */
	uint64_t sct_timestamp;        /* ms, of its log entry; 0 if none */
	int max_validity_days;         /* 0: the Baseline Requirements decide */
	const struct sct_log *logs;
	size_t n_logs;
};

struct cert_lint_fault {
	const char *rule; /* CTW030 */
	enum rules_severity severity;
	char *text; /* owned; escaped */
};

struct cert_lint {
	struct cert_lint_fault *v; /* owned */
	size_t n;
};

/* Check all rules; free the result with cert_lint_fini. */
void cert_lint_check(const struct cert_lint_input *in, struct cert_lint *out);
void cert_lint_fini(struct cert_lint *c);

#endif
