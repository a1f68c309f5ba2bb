/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit: check the SCTs of the organisation's own certificates.
 *
 * For each SCT: the log, the signature over the leaf made from the certificate,
 * and the inclusion in the log.  For each certificate: the policies of
 * browsers, and whether the store has seen it.
 */
#ifndef CTWATCH_AUDIT_AUDIT_H
#define CTWATCH_AUDIT_AUDIT_H

#include <ctwatch/audit/audit_certs.h>
#include <ctwatch/net/http.h>

struct audit_options {
	struct http *http;
	struct store *store;         /* or NULL */
	const struct loglist *lists; /* also logs that are no longer listed */
	int64_t now;                 /* ms */
	int64_t deadline;            /* time_mono(); 0: none */
};

/* The result over all certificates. */
struct audit_result {
	size_t
	    failed; /* a policy is not met, an SCT is invalid, or the store misses a certificate */
	size_t unchecked; /* something could not be checked */
	size_t missing;   /* SCTs whose entry is missing */
};

/* Check every certificate; log lists outlive a. */
void audit_run(struct audit_certs *a, const struct audit_options *options,
    struct audit_result *out);

#endif
