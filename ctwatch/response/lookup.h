/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup: one certificate whose revocation status is looked up, and where.
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
	bool partitions; /* urls are those of CCADB: each must be read */
	bool failed;     /* one of them was not */
	bool settled;    /* the status is known: ask no more */
	bool left;       /* there was no time to ask: keep the stored status */
};

/*
 * Fill *l from a stored certificate.  ccadb is the folder of CCADB's CSV files
 * or NULL; now is in ms.  It is settled if nothing can be asked.
 */
void lookup_init(struct lookup *l, const struct store_cert *cert,
    const char *ccadb, int64_t now);

/* Set the status and why (copied; or NULL). */
void lookup_settle(
    struct lookup *l, enum store_revocation_status status, const char *why);

void lookup_fini(struct lookup *l);

/* The ms that one answer may take: most, or what is left until deadline (by
 * time_mono(); 0: there is none), but at least 1. */
int64_t lookup_time_limit(int64_t deadline, int64_t most);

#endif
