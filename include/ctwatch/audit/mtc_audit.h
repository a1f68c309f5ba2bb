/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtc_audit: the proof of a Merkle Tree Certificate, compared with the issuance
 * log that the store has read.
 */
#ifndef CTWATCH_AUDIT_MTC_AUDIT_H
#define CTWATCH_AUDIT_MTC_AUDIT_H

#include <ctwatch/store/store.h>

struct mtc_audit {
	bool known; /* false: the log, its landmarks, or the keys of its
	             * cosigners are unknown */
	bool ok;    /* a quorum signed its subtree, or its proof leads to a
	             * landmark subtree; nothing contradicts */
	bool seen;  /* its entry is in the log, under a verified root */
	bool other; /* the entry was read, and is not stored as this one */
	char *why;  /* owned: what was found, in one line */
	uint8_t tbs_sha256[SHA256_SIZE]; /* of its entry; zero if unreadable */
};

/*
 * Check der, a certificate for which mtc_cert_is is true, against s, which may
 * be NULL.  Free with mtc_audit_fini.
 */
void mtc_audit_check(struct store *s, struct bytes der, struct mtc_audit *out);
void mtc_audit_fini(struct mtc_audit *m);

#endif
