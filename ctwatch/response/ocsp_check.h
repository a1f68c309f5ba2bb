/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocsp_check: one certificate's status from its issuer's OCSP responder
 * (RFC 6960).  libcrypto builds the request and verifies the response.
 */
#ifndef CTWATCH_RESPONSE_OCSP_CHECK_H
#define CTWATCH_RESPONSE_OCSP_CHECK_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/sha256.h>

struct ocsp_check;

enum ocsp_check_result {
	OCSP_CHECK_OK,
	OCSP_CHECK_NOT_DER,      /* not one whole OCSPResponse in DER */
	OCSP_CHECK_REFUSED,      /* malformedRequest or sigRequired */
	OCSP_CHECK_TRY_LATER,    /* internalError or tryLater */
	OCSP_CHECK_UNAUTHORIZED, /* the responder does not serve this CA */
	OCSP_CHECK_BAD_SIGNATURE, /* not by the issuer or a delegated responder */
	OCSP_CHECK_NONCE,         /* a nonce other than that of the request */
	OCSP_CHECK_OTHER_CERT,    /* no status of the requested certificate */
	OCSP_CHECK_UNKNOWN,       /* the status is "unknown" */
	OCSP_CHECK_EXPIRED, /* nextUpdate has passed; or thisUpdate is too old */
	OCSP_CHECK_FUTURE,  /* thisUpdate is in the future */
	OCSP_CHECK_MAX
};

struct ocsp_check_status {
	bool revoked;
	int reason;                  /* CRLReason; 0 when absent */
	int64_t date;                /* ms: revocationTime */
	int64_t this_update;         /* ms */
	uint8_t sha256[SHA256_SIZE]; /* of the response */
};

/*
 * Prepare a request for the certificate with this serial number (INTEGER
 * contents) of the CA with the certificate issuer (DER).  NULL if libcrypto
 * cannot read one of them; free with ocsp_check_free.
 */
struct ocsp_check *ocsp_check_new(struct bytes issuer, struct bytes serial);
void ocsp_check_free(struct ocsp_check *c);

/* Return the OCSPRequest in DER, with a nonce; borrowed from c. */
struct bytes ocsp_check_request(const struct ocsp_check *c);

/* Read the response to the request at the time now, in ms.  *out is filled for
 * OCSP_CHECK_OK.  A response without nonce is accepted (RFC 6960, 4.4.1). */
enum ocsp_check_result ocsp_check_read(struct ocsp_check *c, struct bytes der,
    int64_t now, struct ocsp_check_status *out);

/* Return the meaning of r for messages: "not signed by the issuer".  Static
 * storage. */
const char *ocsp_check_word(enum ocsp_check_result r);

#endif
