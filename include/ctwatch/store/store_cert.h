/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_cert: certificates, each by its TBS hash.
 */
#ifndef CTWATCH_STORE_STORE_CERT_H
#define CTWATCH_STORE_STORE_CERT_H

#include <ctwatch/base/blob.h>
#include <ctwatch/base/buf.h>
#include <ctwatch/wire/leaf.h>

struct store;

struct store_cert {
	uint8_t tbs_sha256[SHA256_SIZE]; /* its identity; see cert_tbs_hash */
	enum leaf_kind kind;  /* what der is: Certificate or TBSCertificate */
	struct bytes der;     /* as logged; borrowed, as are the next two */
	struct bytes precert; /* the precertificate, or empty */
	struct bytes chain;   /* u24 vectors as in extra_data, or empty */
	struct blob content;  /* set on load: the bytes of these three */
	bool chain_complete;  /* complete, with valid signatures */
	bool verified;        /* set on load: it has a verified sighting now */
	uint8_t issuer_key_hash[SHA256_SIZE]; /* zero when unknown */
	int64_t first_seen, last_seen;        /* ms, of runs */
	uint8_t
	    judged[SHA256_SIZE]; /* what it was judged by; zero: not judged */
};

/* Load a certificate; free with store_cert_fini. */
bool store_cert_load(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    struct store_cert *out);
void store_cert_fini(struct store_cert *c);

/* Mark as not judged the certificates with a finding of this rule that is not
 * closed. */
bool store_certs_judge_again(struct store *s, const char *rule);

/*
 * Call each with the certificate that has this TBS hash in hexadecimal (or its
 * precertificate, if only that was logged), then with each certificate of its
 * chain, in DER.  False, without a call, if it is not stored or s is NULL.
 */
bool store_cert_chain_each(struct store *s, const char *tbs_hex,
    void (*each)(void *arg, struct bytes der), void *arg);

/*
 * Append to *out, as u24 vectors, the precertificates that logs served with the
 * leaf of this TBS hash and that are not the leaf's (STORE_NOTE_PRECERT): the
 * first LIMIT_OTHER_PRECERTS.
 */
bool store_cert_other_precerts(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], struct buf *out);

/* Mark a certificate as not judged. */
bool store_cert_judge_again(
    struct store *s, const uint8_t tbs[static SHA256_SIZE]);

/* Return the TBS hashes of the certificates that were not judged since they
 * were stored or got another sighting, sorted; the caller frees them. */
uint8_t (*store_certs_unjudged(struct store *s, size_t *n))[SHA256_SIZE];

/* Step through the certificates by TBS hash. */
bool store_certs_each(struct store *s,
    void (*each)(void *arg, const struct store_cert *c), void *arg);

/* Step likewise through those that are not only known as precertificates, and
 * whose issuer's key is known. */
bool store_certs_final_each(struct store *s,
    void (*each)(void *arg, const struct store_cert *c), void *arg);
bool store_cert_judged(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    const uint8_t stamp[static SHA256_SIZE]);

#endif
