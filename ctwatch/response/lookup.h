/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup: one certificate and the source of its revocation status.
 */
#ifndef CTWATCH_RESPONSE_LOOKUP_H
#define CTWATCH_RESPONSE_LOOKUP_H

#include <ctwatch/base/blob.h>
#include <ctwatch/store/store_response.h>

struct lookup {
	uint8_t tbs[SHA256_SIZE];
	struct blob serial; /* INTEGER contents */
	struct blob issuer; /* DER; none if unknown */
	char **urls;        /* owned: CRLs to read, those of the certificate or
	                      * else those that CCADB lists for its issuer */
	size_t n_urls;
	char *ocsp; /* owned: the responder, if there is no CRL; or NULL */
	struct store_revocation status; /* url and why owned */
	bool partitions; /* urls are from CCADB: all must be read */
	bool failed;     /* one of them failed */
	bool settled;    /* the status is known: stop */
	bool left;       /* no time left: keep the stored status */
};

/*
 * Fill *l from a stored certificate.  ccadb is the folder of CCADB's CSV files
 * or NULL; now is in ms.  It is settled if there is no source.
 */
void lookup_init(struct lookup *l, const struct store_cert *cert,
    const char *ccadb, int64_t now);

/* Set the status and the reason (copied; or NULL). */
void lookup_settle(
    struct lookup *l, enum store_revocation_status status, const char *why);

void lookup_fini(struct lookup *l);

/* The ms that one answer may take: most, or what is left until deadline (by
 * time_mono(); 0: there is none), but at least 1. */
int64_t lookup_time_limit(int64_t deadline, int64_t most);

#endif
