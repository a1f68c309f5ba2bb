/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_certs: the organisation's own certificates with issuer key and SCTs,
 * from files, TLS servers or the store.
 */
#ifndef CTWATCH_AUDIT_AUDIT_CERTS_H
#define CTWATCH_AUDIT_AUDIT_CERTS_H

#include <ctwatch/audit/audit_sct.h>
#include <ctwatch/base/blob.h>
#include <ctwatch/net/tls_peer.h>
#include <ctwatch/store/store.h>

/* A browser's Certificate Transparency policy, applied to one certificate. */
struct audit_policy {
	bool
	    known; /* false: signatures could not be checked, so it is not ok */
	bool ok;
	char *why; /* owned: what is or will be missing; or NULL */
};

/* Whether the store has the certificate, by its TBS hash. */
enum audit_seen {
	AUDIT_SEEN_NO_STORE,
	AUDIT_SEEN,          /* in an entry under a signed root */
	AUDIT_SEEN_NOT_READ, /* its entry was not read, or is in no log */
	AUDIT_UNSEEN         /* its entry was read, but did not match */
};

/* One certificate, and the results of check_certs. */
struct audit_cert {
	char *source;     /* owned, escaped: the file or host */
	struct blob der;  /* Certificate */
	struct cert cert; /* views of der */
	uint8_t tbs_sha256[SHA256_SIZE];
	int64_t not_before,
	    not_after; /* ms; INT64_MIN, INT64_MAX if unreadable */
	bool has_issuer;
	uint8_t issuer_key_hash[SHA256_SIZE];
	struct buf tls_scts, ocsp_scts; /* as tls_peer has them */
	size_t malformed;               /* unreadable SCTs or lists of SCTs */
	struct audit_sct *scts;         /* owned */
	size_t n_scts;
	enum audit_seen seen;
	char *seen_why;                    /* owned: of the last two; or NULL */
	struct audit_policy chrome, apple; /* of a Merkle Tree Certificate: what
	                                    * its proof is worth */
	bool is_mtc; /* a Merkle Tree Certificate: it has no SCTs */
};

struct audit_certs {
	struct audit_cert *v; /* owned, in the order they were added */
	size_t n;
	struct blob *issuers; /* owned: CA certificates of the input */
	size_t n_issuers;
	size_t n_precerts; /* of the store: without final certificate */
};

/*
 * Add the certificates of a file (PEM, or one in DER), or of all files of a
 * folder whose names end in .pem, .crt, .cer or .der, and of its subfolders.
 * CA certificates are used as issuers.  Return false if something cannot be
 * read; *error then has a line for each fault.
 */
bool audit_certs_add_path(
    struct audit_certs *a, const char *path, struct buf *error);

/* Add the certificate of a host; as audit_certs_add_path. */
bool audit_certs_add_peer(struct audit_certs *a, const char *host,
    const struct tls_peer *peer, struct buf *error);

/* Add the final certificates of the store that are valid at the time now, in
 * ms.  Return false if the store failed. */
bool audit_certs_add_stored(
    struct audit_certs *a, struct store *s, int64_t now);

/* Add one final certificate of the store. */
void audit_certs_add_cert(struct audit_certs *a, const struct store_cert *s);

/* Find the issuer of each certificate among the CA certificates of the input
 * and of s, which may be NULL.  Return false if the store failed. */
bool audit_certs_find_issuers(struct audit_certs *a, struct store *s);

void audit_certs_fini(struct audit_certs *a);

#endif
