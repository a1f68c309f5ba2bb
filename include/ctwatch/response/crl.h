/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crl: a certificate revocation list (RFC 5280, 5), read in one pass.
 *
 * A CRL of a large CA has a million entries.  They are not decoded or copied:
 * one pass over revokedCertificates looks for the serial numbers of the
 * queries.
 */
#ifndef CTWATCH_RESPONSE_CRL_H
#define CTWATCH_RESPONSE_CRL_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/sha256.h>

enum crl_error {
	CRL_OK,
	CRL_NOT_DER,       /* not one complete CertificateList in DER */
	CRL_OTHER_ISSUER,  /* the issuer is not the subject of the CA given */
	CRL_BAD_SIGNATURE, /* not signed by the key of the CA given */
	CRL_ALGORITHM,     /* a signature algorithm that cannot be verified */
	CRL_EXTENSION,     /* an unknown critical extension (5.2) */
	CRL_DELTA,         /* a delta CRL (5.2.4) */
	CRL_INDIRECT,      /* entries of other issuers (5.2.5, 5.3.3) */
	CRL_OTHER_POINT,   /* the distribution point is not the requested URL */
	CRL_SCOPE,         /* not for the requested end-entity certificates */
	CRL_ERROR_MAX
};

/* RFC 5280, 5.3.1, for entries without a reasonCode. */
#define CRL_UNSPECIFIED 0
#define CRL_REASON_MAX  10

/* One serial number to look for, and its status in the CRL. */
struct crl_query {
	struct bytes
	    serial; /* INTEGER contents as in the certificate; borrowed */
	bool revoked;
	int reason;   /* CRLReason; CRL_UNSPECIFIED when absent */
	int64_t date; /* revocationDate, ms since 1970 */
};

struct crl {
	int64_t this_update; /* ms since 1970 */
	int64_t next_update; /* likewise; 0: absent */
	struct bytes
	    number; /* CRLNumber, INTEGER contents; borrowed; or empty */
	uint64_t entries;
	uint8_t sha256[SHA256_SIZE]; /* of the CRL */
};

/*
 * Read der, one complete CRL from url of the CA with the certificate issuer
 * (DER), and answer each of the n queries, which are sorted by serial.  The
 * answers are valid only after CRL_OK.
 */
enum crl_error crl_read(struct bytes der, struct bytes issuer, const char *url,
    struct crl_query *queries, size_t n, struct crl *out);

/*
 * Order two CRLNumbers, both non-negative INTEGER contents: below, at or
 * above 0 as a is lower than, the same as or higher than b.
 */
int crl_number_compare(struct bytes a, struct bytes b);

/* Return the meaning of e for messages: "not signed by the issuer".  Static
 * storage. */
const char *crl_error_word(enum crl_error e);

/* Return the name of a CRLReason, such as "keyCompromise".  Static storage. */
const char *crl_reason_word(int reason);

#endif
