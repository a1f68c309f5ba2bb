/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit: check the SCTs of the organisation's own certificates.
 *
 * Of each SCT: the log, its signature over the leaf that is made of the
 * certificate, and whether the entry is in the log.  Of each certificate:
 * whether browsers' policies are met, and whether the store has seen it.
 */
#ifndef CTWATCH_AUDIT_AUDIT_H
#define CTWATCH_AUDIT_AUDIT_H

#include <ctwatch/audit/audit_certs.h>
#include <ctwatch/net/http.h>

struct audit_options {
	struct http *http;
	struct store *store; /* or NULL */
	const struct loglist
	    *lists;       /* logs that are in no list any more, too */
	int64_t now;      /* ms */
	int64_t deadline; /* time_mono(); 0: none */
};

/* What came of it, over all certificates. */
struct audit_result {
	size_t failed;    /* a policy is not met, an SCT is not valid, or the
	                   * store has not seen what it must have seen */
	size_t unchecked; /* something could not be checked */
	size_t missing;   /* SCTs whose entry is missing */
};

/* Check every certificate; log lists outlive a. */
void audit_run(struct audit_certs *a, const struct audit_options *options,
    struct audit_result *out);

#endif
