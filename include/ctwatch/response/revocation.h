/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation: look up the revocation status of stored certificates by CRL or
 * OCSP.
 *
 * The CRL is the one in the certificate (RFC 5280, 4.2.1.13), else those in
 * CCADB for its issuer.  Each CRL is fetched once, into a file of the state
 * directory, and read there in one pass.  Without a CRL, the OCSP responder in
 * the certificate is used (4.2.2.1).
 */
#ifndef CTWATCH_RESPONSE_REVOCATION_H
#define CTWATCH_RESPONSE_REVOCATION_H

#include <ctwatch/net/http.h>
#include <ctwatch/store/store_response.h>

struct revocation_options {
	const struct http_options *http;
	const char *dir;   /* the state directory: CRLs are stored in DIR/crl */
	const char *ccadb; /* CCADB's CSV files, or NULL */
	bool allow_private;    /* CRLs of any address, for private CAs */
	int64_t now;           /* ms */
	int64_t deadline;      /* time_mono() of the time limit; 0: none */
	bool (*stopped)(void); /* returns true to stop; or NULL */
};

/* The results of a run of lookups. */
struct revocation_result {
	size_t n;       /* certificates with a new status */
	size_t revoked; /* of these */
	size_t unknown;
	size_t fetched; /* CRLs */
	size_t asked;   /* answers of OCSP responders */
	size_t left;    /* certificates skipped for lack of time */
};

/*
 * Look up n certificates by their TBS hashes, and save the status of each in
 * the store.  Return false if the store failed; the caller commits.  No
 * transaction is open during requests.
 */
bool revocation_check(struct store *s, const uint8_t (*tbs)[SHA256_SIZE],
    size_t n, const struct revocation_options *options,
    struct revocation_result *out);

/*
 * Choose the certificates of open findings from medium on that are not known to
 * be revoked: at most LIMIT_REVOCATIONS_RUN, those with the oldest status
 * first.  The caller frees *out.  Return their number.
 */
size_t revocation_choose(struct store *s, uint8_t (**out)[SHA256_SIZE]);

#endif
