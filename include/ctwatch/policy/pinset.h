/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinset: the organisation's own file of keys, domains, issuers and
 * consumers: ctwatch-pinset/1 (see ctwatch-pinset(5)).
 *
 * Loading is strict: an unknown member, a bad pin, a duplicate or a pattern
 * on a public suffix is an error that names its path in the file, because a
 * typo must not switch a check off.
 */
#ifndef CTWATCH_POLICY_PINSET_H
#define CTWATCH_POLICY_PINSET_H

#include <ctwatch/base/blob.h>
#include <ctwatch/policy/host_pattern.h>
#include <ctwatch/wire/sha256.h>

/* Pins as text: "sha256/", 44 characters of base64 and a NUL. */
#define PINSET_PIN_TEXT 52

enum pinset_state {
	PINSET_PROPOSED,
	PINSET_BACKUP,
	PINSET_ACTIVE,
	PINSET_RETIRED,
	PINSET_COMPROMISED
};

struct pinset_key {
	char *id;
	uint8_t spki_sha256[SHA256_SIZE];
	struct blob spki_der; /* or none */
	enum pinset_state state;
	bool ca;      /* the key of a CA */
	bool bundled; /* of a bundle (see roots), not of the member keys */
	char *name;   /* of a bundled key: its CA's, escaped; else NULL */
	char *alg, *custody, *location; /* or NULL */
	/* ms; 0: not given: planned use from and until, planned retirement */
	int64_t not_before, not_after, retire_after;
	int64_t retired; /* ms, when it was retired; 0: not given */
};

struct pinset_issuer {
	char *id;
	uint8_t spki_sha256[SHA256_SIZE];
	char *caa, *account; /* or NULL */
	char *name;          /* the CA's commonName, or NULL */
};

/* A bundle of CA certificates, a file beside the pinset. */
struct pinset_roots {
	char *file;                  /* as written */
	uint8_t sha256[SHA256_SIZE]; /* of the file's bytes */
	bool bound;   /* the pinset has the digest, so that approvers sign it */
	size_t *keys; /* of its CAs: indexes into pinset.keys */
	size_t n_keys;
};

enum pinset_kind {
	PINSET_SPKI,
	PINSET_CA,
	PINSET_CERT
};

/* Where in the chain a pin of the domain may match. */
enum pinset_position {
	PINSET_LEAF,
	PINSET_ABOVE,
	PINSET_ANYWHERE
};

struct pinset_domain {
	char *pattern; /* as written */
	char *host;    /* A-label form, lower case */
	enum host_pattern_reach reach;
	enum pinset_kind kind;
	enum pinset_position position;
	size_t *keys, n_keys; /* indexes into pinset.keys */
	size_t roots; /* its bundle, whose keys are among those: index into
	               * pinset.roots, plus 1; 0: none */
	size_t *issuers, n_issuers;     /* indexes into pinset.issuers */
	size_t *consumers, n_consumers; /* indexes into pinset.consumers */
	bool monitor;                   /* mode: monitor, else enforce */
	int criticality;                /* -1, 0, 1 */
	char *owner, *contact;          /* or NULL */
	char **exclude;                 /* hosts, A-label form */
	size_t n_exclude;
	char **policy_oids; /* expected validation levels, dotted */
	size_t n_policy_oids;
	uint16_t *ports; /* of TCP, which TLSA records are for; none: 443 */
	size_t n_ports;
	int64_t relinquished; /* ms; 0: still owned */
};

struct pinset_consumer {
	char *id, *format, *path; /* format and path: or NULL */
	char *min_version;        /* oldest version in use, "4.3.0"; or NULL */
	int lead_days, max_age_days; /* 0: not given */
};

struct pinset {
	char *name;
	uint64_t version;
	int64_t expires;             /* ms; 0: never */
	uint8_t sha256[SHA256_SIZE]; /* of the file's bytes */
	struct pinset_key *keys;
	size_t n_keys;
	struct pinset_roots *roots;
	size_t n_roots;
	struct pinset_issuer *issuers;
	size_t n_issuers;
	struct pinset_domain *domains;
	size_t n_domains;
	size_t *by_host; /* indexes into domains, by host */
	struct pinset_consumer *consumers;
	size_t n_consumers;
	int min_pins, approvals; /* 2 each unless policy says otherwise */
	int *warn_days;          /* 30, 15, 2 unless policy says otherwise */
	size_t n_warn_days;
	int max_validity_days; /* 0: what the Baseline Requirements allow */
};

/*
 * Parse text, a pinset; file names it in errors ("FILE: domains[2].keys[0]:
 * no key has the id "x"", or FILE:LINE:COLUMN for what is not JSON).
 * NULL at the first error.  The caller frees.
 *
 * Bundles of CA certificates are not read: a single key, whose digest is the
 * bundle's, stands for all its CAs.  This is for comparing and signing texts.
 */
struct pinset *pinset_parse(
    struct bytes text, const char *file, struct buf *error);

/*
 * As pinset_parse, of the pinset at path (or "-"), its bundles read: to judge
 * certificates and to write exports.  A bundle that is absent, damaged, or not
 * the one with the digest in the pinset is an error.
 */
struct pinset *pinset_parse_at(
    struct bytes text, const char *path, struct buf *error);

void pinset_free(struct pinset *p);
void pinset_roots_fini(struct pinset_roots *roots);

/* A path that the pinset at path names, seen from the folder that the pinset
 * is in; the caller frees. */
char *pinset_path(const char *path, const char *named);

/*
 * The domain whose pattern covers this name (A-label form, lower case; in
 * "*.example.com" the star is any one label): an exact one, else the longest.
 * NULL if none, or if that domain excludes the name.
 */
const struct pinset_domain *pinset_domain(
    const struct pinset *p, const char *name);

/* As pinset_domain, but ignore exclusions. */
const struct pinset_domain *pinset_domain_any(
    const struct pinset *p, const char *name);

/* Report whether clients accept the key: it is active or backup. */
bool pinset_is_usable(const struct pinset_key *key);

/* Report whether the key is a CA's: by its role, or as an issuer. */
bool pinset_is_ca(const struct pinset *p, const struct pinset_key *key);

/* Report whether the domain has the key. */
bool pinset_domain_key(const struct pinset *p, const struct pinset_domain *d,
    const struct pinset_key *key);

/* Report whether the domain's member ports has the one given. */
bool pinset_domain_port(const struct pinset_domain *d, uint16_t port);

/* The key, or issuer, with this SPKI digest; NULL if none. */
const struct pinset_key *pinset_key(
    const struct pinset *p, const uint8_t spki[static SHA256_SIZE]);
const struct pinset_issuer *pinset_issuer(
    const struct pinset *p, const uint8_t spki[static SHA256_SIZE]);

/* Report whether the domain has the consumer with this id. */
bool pinset_domain_consumer(
    const struct pinset *p, const struct pinset_domain *d, const char *id);

/* Parse a pin, sha256/BASE64 of 32 bytes, canonical. */
bool pinset_pin_parse(const char *text, uint8_t out[static SHA256_SIZE]);

/*
 * Return what is wrong with a pin, or NULL.  Beyond pinset_pin_parse, also
 * refuse pins that no key has (a placeholder, the hash of nothing).
 */
const char *pinset_pin_fault(const char *text);

void pinset_pin_format(
    const uint8_t spki[static SHA256_SIZE], char out[static PINSET_PIN_TEXT]);

/* The words of the file for a state and a kind.  Static storage. */
const char *pinset_state_word(enum pinset_state s);
const char *pinset_kind_word(enum pinset_kind kind);

#endif
