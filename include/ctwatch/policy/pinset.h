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

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/digest.h>

enum pinset_state {
	PINSET_PROPOSED,
	PINSET_BACKUP,
	PINSET_ACTIVE,
	PINSET_RETIRED,
	PINSET_COMPROMISED
};

struct pinset_key {
	char *id;
	uint8_t spki_sha256[DIGEST_SIZE];
	struct bytes spki_der; /* or empty */
	enum pinset_state state;
	char *alg, *custody, *location, *note;      /* or NULL */
	int64_t not_before, not_after, retire_after; /* ms; 0: not said */
	int64_t retired;       /* ms, when it was retired; 0: not said */
};

struct pinset_issuer {
	char *id;
	uint8_t spki_sha256[DIGEST_SIZE];
	char *caa, *account, *name; /* or NULL */
};

/* How deep below a pattern's host a name may lie. */
enum pinset_reach { PINSET_HOST, PINSET_ONE_LABEL, PINSET_SUBTREE };

enum pinset_kind { PINSET_SPKI, PINSET_CA, PINSET_CERT };

struct pinset_domain {
	char *pattern;          /* as written */
	char *host;             /* A-label form, lower case */
	enum pinset_reach reach;
	enum pinset_kind kind;
	size_t *keys, n_keys;       /* indexes into pinset.keys */
	size_t *issuers, n_issuers; /* indexes into pinset.issuers */
	bool monitor;           /* mode: monitor, else enforce */
	int criticality;        /* -1, 0, 1 */
	char *owner, *contact;  /* or NULL */
	char **exclude;         /* hosts, A-label form */
	size_t n_exclude;
	char **consumers;
	size_t n_consumers;
	char **policy_oids;     /* expected validation levels, dotted */
	size_t n_policy_oids;
	int64_t relinquished;   /* ms; 0: still ours */
};

struct pinset_consumer {
	char *id, *format, *path;
	int lead_days, max_age_days;
};

struct pinset {
	char *name;
	uint64_t version;
	int64_t expires;        /* ms; 0: never */
	uint8_t sha256[DIGEST_SIZE]; /* of the file's bytes */
	struct pinset_key *keys;
	size_t n_keys;
	struct pinset_issuer *issuers;
	size_t n_issuers;
	struct pinset_domain *domains;
	size_t n_domains;
	struct pinset_consumer *consumers;
	size_t n_consumers;
	int min_pins, approvals;
	int warn_days[8];
	size_t n_warn_days;
};

/*
 * Parse text, a pinset; file names it in errors ("FILE: domains[2].keys[0]:
 * no key has the id "x"").  NULL at the first error.  The caller frees.
 */
struct pinset *pinset_parse(
    struct bytes text, const char *file, struct buf *error);
void pinset_free(struct pinset *p);

/*
 * The domain whose pattern covers this name (A-label form, lower case; a
 * wildcard name stands for the names it covers): an exact one, else the
 * longest.  NULL if none, or if the name is excluded.
 */
const struct pinset_domain *pinset_domain(
    const struct pinset *p, const char *name);

/* The key, or issuer, with this SPKI digest; NULL if none. */
const struct pinset_key *pinset_key(
    const struct pinset *p, const uint8_t spki[static DIGEST_SIZE]);
const struct pinset_issuer *pinset_issuer(
    const struct pinset *p, const uint8_t spki[static DIGEST_SIZE]);

/* Parse a pin, sha256/BASE64 of 32 bytes, canonical. */
bool pinset_pin_parse(const char *text, uint8_t out[static DIGEST_SIZE]);

/* Write a pin: 7 + 44 characters and a NUL. */
void pinset_pin_format(
    const uint8_t spki[static DIGEST_SIZE], char out[static 52]);

const char *pinset_state_word(enum pinset_state s);

#endif
