/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation: what the CAs say of stored certificates, by CRL or OCSP.
 *
 * The CRL is the one that the certificate names (RFC 5280, 4.2.1.13), else
 * those that CCADB lists for its issuer.  Each CRL is fetched once, into a
 * file of the state directory, and read there in one pass.  Where there is no
 * CRL, the OCSP responder that the certificate names is asked (4.2.2.1).
 */
#ifndef CTWATCH_RESPONSE_REVOCATION_H
#define CTWATCH_RESPONSE_REVOCATION_H

#include <ctwatch/net/http.h>
#include <ctwatch/store/store_response.h>

struct revocation_options {
	const struct http_options *http;
	const char *dir;    /* the state directory: CRLs are kept in DIR/crl */
	const char *ccadb;  /* CCADB's CSV files, or NULL */
	bool allow_private; /* CRLs of any address, for CAs of one's own */
	int64_t now;        /* ms */
	int64_t
	    deadline; /* time_mono() after which nothing is asked; 0: none */
	bool (*stopped)(void); /* true: ask nothing more; or NULL */
};

/* What a run of lookups did. */
struct revocation_result {
	size_t n;       /* certificates with a new status */
	size_t revoked; /* of these */
	size_t unknown;
	size_t fetched; /* CRLs */
	size_t asked;   /* answers of OCSP responders */
	size_t left;    /* certificates that there was no time for: their
	                 * status stays as it was */
};

/*
 * Look n certificates up by their TBS hashes, and save the status of each in
 * the store.  False when the store failed; the caller commits.  No
 * transaction is open while the network is waited for.
 */
bool revocation_check(struct store *s, const uint8_t (*tbs)[SHA256_SIZE],
    size_t n, const struct revocation_options *options,
    struct revocation_result *out);

/*
 * Choose the certificates of open findings from medium on that are not known
 * to be revoked: at most LIMIT_REVOCATIONS_RUN, those looked up longest ago
 * first.  The caller frees *out; returns how many there are.
 */
size_t revocation_choose(struct store *s, uint8_t (**out)[SHA256_SIZE]);

#endif
