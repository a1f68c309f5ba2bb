/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proofs: fetch the inclusion proofs of findings' sightings while their logs
 * still answer, and store them as evidence.
 */
#ifndef CTWATCH_RESPONSE_PROOFS_H
#define CTWATCH_RESPONSE_PROOFS_H

#include <ctwatch/net/http.h>
#include <ctwatch/store/store.h>

struct proofs_options {
	struct http *http;
	int severity;     /* enum rules_severity: of findings, at least */
	int64_t deadline; /* time_mono() of the time limit; 0: none */
};

struct proofs_result {
	size_t fetched;
	size_t failed;   /* sightings that still lack a proof */
	char error[256]; /* reason of the first failure, escaped */
};

/*
 * Fetch the missing proofs of the verified sightings of all findings that are
 * not closed, to the newest verified head of their logs; at most
 * LIMIT_PROOFS_RUN.  Return false if the store failed; the caller commits.  No
 * transaction is open during requests.
 */
bool proofs_fetch(struct store *s, const struct proofs_options *options,
    struct proofs_result *out);

/* As proofs_fetch, for the sightings of one certificate. */
bool proofs_fetch_cert(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    const struct proofs_options *options, struct proofs_result *out);

#endif
