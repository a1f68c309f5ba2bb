/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_cert_findings: the findings about the organisation's own certificates and
 * their SCTs: CTW053, CTW054, CTW055 and CTW075.  Only an audit opens and
 * closes them, except that a run closes those about an expired certificate.
 */
#ifndef CTWATCH_JUDGE_OWN_CERT_FINDINGS_H
#define CTWATCH_JUDGE_OWN_CERT_FINDINGS_H

#include <ctwatch/policy/rules.h>
#include <ctwatch/store/store.h>

/* One finding.  Everything is borrowed. */
struct own_cert_finding {
	const char *rule;  /* CTW053 */
	const char *field; /* identifies it together with the rule */
	/* For a stored certificate; else NULL. */
	const uint8_t *tbs_sha256;
	enum rules_severity severity;
	const char *subject, *message; /* one line each, escaped */
	const char *detail;            /* JSON: matched_names, evidence */
};

/* Open or renew the finding. run is the run that reports it: for an audit
 * between runs, the next one; now is in ms. Return false if the store
 * failed. */
bool own_cert_findings_open(struct store *s, int64_t now, int64_t run,
    const struct own_cert_finding *f);

/* Close the finding with this reason, if it is open. Return false if the store
 * failed. */
bool own_cert_findings_close(
    struct store *s, const char *rule, const char *field, const char *reason);

#endif
