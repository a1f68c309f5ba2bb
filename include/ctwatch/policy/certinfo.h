/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certinfo: the fields of a certificate as text for reports.
 *
 * For matched certificates only: it allocates and calls libcrypto.  It never
 * fails: an unreadable field becomes "?" (a time CERTINFO_NO_TIME) and a note
 * gives the reason.  Every string is escaped printable ASCII: do not escape it
 * again.
 */
#ifndef CTWATCH_POLICY_CERTINFO_H
#define CTWATCH_POLICY_CERTINFO_H

#include <ctwatch/wire/leaf.h>

#define CERTINFO_NO_TIME INT64_MIN

/* The note of an entry of an issuance log: the rules that need a key. */
#define CERTINFO_NO_KEY                                                        \
	"the log has the hash of the key alone: CTW040, CTW041, CTW042, "      \
	"CTW043, CTW044 and CTW046 are not checked"

/* A list of owned strings. */
struct certinfo_list {
	char **v;
	size_t n;
};

struct certinfo {
	bool tbs;      /* no whole Certificate: there is no cert_sha256 */
	char *subject; /* RFC 4514: CN=example.com,O=Example,C=DE; may be "" */
	char *issuer; /* likewise; trustAnchorID=32473.11 of a Merkle Tree CA */
	char *serial; /* lower-case hex, two digits a byte, "-" if negative */
	char *key;    /* "EC P-256", "RSA 2048", "Ed25519", or a dotted OID;
	                * NULL if the log has only the hash of the key */
	int64_t not_before, not_after;  /* ms since 1970 */
	struct certinfo_list names;     /* dNSNames, then CNs that add a name */
	struct certinfo_list addresses; /* iPAddress, as text */
	struct certinfo_list others;    /* "uri:...", "email:...", "srv:..." */
	struct certinfo_list notes;     /* unusual or unreadable fields */
	uint8_t tbs_sha256[SHA256_SIZE];  /* see cert_tbs_hash */
	uint8_t cert_sha256[SHA256_SIZE]; /* of der; zero if tbs */
	uint8_t spki_sha256[SHA256_SIZE]; /* the pin; zero if unreadable */
};

/*
 * Describe der, the certificate of an entry of this kind.  Free with
 * certinfo_fini.
 */
void certinfo_parse(
    enum leaf_kind kind, struct bytes der, struct certinfo *out);

/* As certinfo_parse, if leaf_parse_cert has made c of der and returned e. */
void certinfo_describe(enum leaf_kind kind, struct bytes der,
    const struct cert *c, enum cert_error e, struct certinfo *out);

void certinfo_fini(struct certinfo *c);

#endif
