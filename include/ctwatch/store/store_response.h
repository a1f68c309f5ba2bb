/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_response: records of the response to a finding: the revocation status
 * of its certificate and the report sent to the CA.
 */
#ifndef CTWATCH_STORE_STORE_RESPONSE_H
#define CTWATCH_STORE_STORE_RESPONSE_H

#include <ctwatch/store/store.h>

enum store_revocation_status {
	STORE_REVOCATION_UNKNOWN,
	STORE_REVOCATION_GOOD,
	STORE_REVOCATION_REVOKED,
	STORE_REVOCATION_NOT_APPLICABLE /* short-lived, or expired */
};

struct store_revocation {
	uint8_t tbs_sha256[SHA256_SIZE];
	enum store_revocation_status status;
	int reason;   /* CRLReason, if revoked */
	int64_t date; /* ms: revocationDate */
	char *url;    /* owned: the CRL or OCSP responder; or NULL */
	bool by_ocsp; /* url is an OCSP responder */
	uint8_t crl_sha256[SHA256_SIZE]; /* of the CRL or the response */
	int64_t this_update;             /* ms: likewise; 0 if none */
	int64_t checked;                 /* ms */
	char *why;                       /* owned: why it is unknown, or NULL */
};

/* Save r, replacing an earlier status of that certificate. */
bool store_revocation_save(struct store *s, const struct store_revocation *r);

/* Load the status of a certificate; false if it was never looked up. */
bool store_revocation_load(struct store *s,
    const uint8_t tbs[static SHA256_SIZE], struct store_revocation *out);
void store_revocation_fini(struct store_revocation *r);

/* Return the word of the JSON report for a status, such as "good".  Static. */
const char *store_revocation_word(enum store_revocation_status status);

/* The last CRL from a URL: its entity tag (owned, or NULL) and the highest
 * CRLNumber (INTEGER contents, owned). */
bool store_revocation_crl_save(
    struct store *s, const char *url, const char *etag, struct bytes number);
bool store_revocation_crl_load(
    struct store *s, const char *url, char **etag, struct buf *number);

struct store_report {
	char finding[2 * SHA256_SIZE + 1];
	int64_t sent;         /* ms */
	char *ground;         /* owned: a clause, such as "4.9.1.1 (5)" */
	int64_t due;          /* ms; 0: there is no deadline */
	int64_t acknowledged; /* ms; 0: not yet */
};

/* Record a sent problem report, replacing an earlier one. */
bool store_report_save(struct store *s, const struct store_report *r);

/* Load the problem report about a finding; false if none was sent. */
bool store_report_load(
    struct store *s, const char *finding, struct store_report *out);

/* The problem report about a finding of this certificate: of several, the one
 * whose deadline is first.  False if none was sent. */
bool store_report_about(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_report *out);
void store_report_fini(struct store_report *r);

#endif
