/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conform: does a certificate keep to what public CAs have agreed upon?
 *
 * These are the rules that need no pinset: validity, key, signature, usage,
 * revocation pointers, embedded SCTs, odd names.  Dates of the rules are in
 * tables; a certificate is held to those of its own notBefore.
 */
#ifndef CTWATCH_POLICY_CONFORM_H
#define CTWATCH_POLICY_CONFORM_H

#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/policy/scts.h>

/* What is looked at; all is borrowed. */
struct conform_input {
	struct bytes der; /* Certificate, or TBSCertificate if tbs */
	bool tbs;
	const struct cert *cert; /* der parsed */
	const struct chain *chain;
	int64_t not_before, not_after; /* ms; INT64_MIN if unreadable */
	int64_t now;                   /* ms */
	uint64_t sct_timestamp;        /* ms, of its log entry; 0 if none */
	int max_validity_days;         /* 0: what the rules say */
	const struct scts_log *logs;
	size_t n_logs;
};

struct conform_fault {
	const char *rule; /* CTW030 */
	enum rules_severity severity;
	char *text; /* owned; escaped */
};

struct conform {
	struct conform_fault *v; /* owned */
	size_t n;
};

/* Check everything; free with conform_fini. */
void conform_check(const struct conform_input *in, struct conform *out);
void conform_fini(struct conform *c);

/* Report whether the certificate asserts a policy, as a dotted OID. */
bool conform_asserts(const struct cert *c, const char *oid);

/* Report whether TLS clients of today take the Certificate der for host. */
bool conform_serves(struct bytes der, const char *host);

/* Report whether basicConstraints say CA:TRUE. */
bool conform_is_ca(const struct cert *c);

#endif
