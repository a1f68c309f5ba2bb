/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert: parse the fields of an X.509 certificate needed for matching.
 *
 * This is the hot path: it runs once for every entry of every log.  It reads in
 * place, allocates nothing and never calls into libcrypto.  It judges encoding,
 * not trust, and is lenient: a certificate that any client might accept for a
 * name must give that name.  cert.deviations has the accepted deviations.
 */
#ifndef CTWATCH_WIRE_CERT_H
#define CTWATCH_WIRE_CERT_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/sha256.h>

/* Why a certificate was rejected.  Counted in the report; never fatal. */
enum cert_error {
	CERT_OK,
	CERT_NOT_DER,   /* not a Certificate or TBSCertificate */
	CERT_NAMES,     /* subject or subjectAltName is malformed */
	CERT_EXTENSION, /* the list of extensions is malformed */
	CERT_KEY_HASH,  /* an entry's key hash is not of 32 bytes: no pin */
	CERT_ERROR_MAX
};

/* Deviations from DER in a certificate that were accepted; bits, joined with |. */
enum cert_deviations {
	CERT_BER = 1u << 0,          /* lengths that are not DER */
	CERT_TRAILING = 1u << 1,     /* bytes after the certificate */
	CERT_SAN_TRAILING = 1u << 2, /* bytes after GeneralNames */
	CERT_SAN_TWICE = 1u << 3,    /* more than one subjectAltName */
	CERT_TAG_CLASS = 1u << 4,    /* a GeneralName of a wrong class */
	CERT_TBS_SHAPE = 1u << 5,    /* fields missing, doubled or unknown */
	CERT_ADDRESS = 1u << 6,      /* iPAddress of neither 4 nor 16 bytes */
	CERT_SAN_SPLIT = 1u
	    << 7, /* a subjectAltName in constructed encoding: see watch */
	CERT_STRING_SPLIT = 1u
	    << 8 /* a name in constructed encoding: see cert_name */
};

/*
 * A parsed certificate.  Every view is borrowed from the buffer given to
 * cert_parse.  An unreadable field is empty.
 */
struct cert {
	struct bytes tbs;        /* TBSCertificate, header included */
	struct bytes serial;     /* INTEGER contents, as encoded */
	struct bytes algorithm;  /* TBS signature AlgorithmIdentifier, whole */
	struct bytes issuer;     /* Name, header included */
	struct bytes not_before; /* Time, header included */
	struct bytes not_after;  /* Time, header included */
	struct bytes subject;    /* Name, header included */
	struct bytes spki;       /* SubjectPublicKeyInfo, header included */
	struct bytes spki_hash;  /* its SHA-256 if an entry has it instead */
	struct bytes extensions; /* contents of SEQUENCE OF Extension */
	unsigned deviations;     /* enum cert_deviations */
};

/*
 * Parse der, one whole Certificate, or the bare TBSCertificate of a precert
 * entry.  Return CERT_OK and fill *out, or the first error that could hide a
 * name; *out then has the fields read, and cert_names steps through the
 * readable names.
 */
enum cert_error cert_parse(struct bytes der, struct cert *out);
enum cert_error cert_parse_tbs(struct bytes der, struct cert *out);

/*
 * As cert_parse, without walking the names: the caller steps through them, and
 * cert_names.error and .deviations have the result of cert_parse.  The hot path
 * uses it, to walk them once.
 */
enum cert_error cert_read(struct bytes der, struct cert *out);
enum cert_error cert_read_tbs(struct bytes der, struct cert *out);

/*
 * As cert_parse and cert_read, for an entry of an issuance log with its serial
 * number (see mtc_entry.h): it has the hash of the key in spki_hash, and
 * neither spki nor algorithm.
 */
enum cert_error cert_parse_mtc(struct bytes der, struct cert *out);
enum cert_error cert_read_mtc(struct bytes der, struct cert *out);

enum cert_name_kind {
	CERT_CN,  /* a commonName of the subject, its string type in charset */
	CERT_DNS, /* dNSName */
	CERT_IP,  /* iPAddress: raw octets */
	CERT_URI, /* uniformResourceIdentifier */
	CERT_EMAIL,    /* rfc822Name, otherName SmtpUTF8Mailbox (RFC 9598),
	             * XmppAddr (RFC 6120), UPN (Microsoft) or NAIRealm (RFC
	             * 7585), or emailAddress of the subject */
	CERT_SRV,      /* otherName SRVName (RFC 4985) */
	CERT_KERBEROS, /* the realm and the parts of the name of an otherName
	                * KRB5PrincipalName (RFC 4556), one at a time */
	CERT_PERMITTED /* dNSName below which nameConstraints permit names */
};

struct cert_name {
	enum cert_name_kind kind;
	uint8_t charset;    /* the universal tag of the string type */
	bool split;         /* value is in constructed BER, for der_join */
	struct bytes value; /* borrowed; any bytes */
};

/* Steps through the names; see cert_names. */
struct cert_names {
	struct bytes rdns, attributes;  /* of the subject */
	struct bytes extensions, names; /* of each subjectAltName */
	struct bytes permitted;         /* subtrees of nameConstraints */
	struct bytes parts;             /* of a Kerberos name */
	size_t n_san;                   /* subjectAltNames met */
	unsigned deviations;   /* enum cert_deviations, of the names so far */
	enum cert_error error; /* the first malformed list */
};

/* Begin to step through every name of a certificate. */
void cert_names(const struct cert *c, struct cert_names *it);

/* Begin to step through the GeneralNames of a subjectAltName's value. */
void cert_names_in(struct bytes value, struct cert_names *it);

/* Get the next name, in the order of the bytes; false at the end. */
bool cert_names_next(struct cert_names *it, struct cert_name *out);

/*
 * Parse a Time, header included, into ms since 1970.  Seconds may be missing
 * and the zone may be missing (UTC) or an offset, which DER forbids and some
 * clients read; GeneralizedTime may have minutes missing, and a fraction of
 * which milliseconds are kept.
 */
bool asn1_time_parse(struct bytes time, int64_t *out);

/*
 * The TBS hash, which is equal for precertificate and final certificate:
 * SHA-256 of the TBSCertificate with every SCT list and poison cut out and the
 * lengths around them recomputed; every other byte is unchanged.
 *
 * A length is recomputed in its form: minimal if it was, else in as many octets
 * as before; an indefinite one is kept.  RFC 6962 does not define the result if
 * the list of extensions becomes empty, and implementations differ: an empty
 * list is dropped with its [3], as RFC 5280, 4.1 (SIZE (1..MAX)), requires.
 *
 * Of an entry of an issuance log it is the SHA-256 of serial number and entry.
 */
void cert_tbs_hash(const struct cert *c, uint8_t out[static SHA256_SIZE]);

/*
 * Append the bytes that cert_tbs_hash hashes, at most c->tbs.n of them: the
 * TBSCertificate of a precert_entry (RFC 6962, 3.2).  Return false if nothing
 * was cut out: *out then has the unchanged TBSCertificate.
 */
struct buf;
bool cert_tbs_add(const struct cert *c, struct buf *out);

/* SHA-256 of the SPKI bytes as logged (RFC 7469, 2.4), or spki_hash. */
void cert_pin(const struct cert *c, uint8_t out[static SHA256_SIZE]);

/* Return the word for e in reports, such as "not-der".  Static storage. */
const char *cert_error_word(enum cert_error e);

#endif
