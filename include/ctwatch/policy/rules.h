/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules: the catalogue of findings, CTW000 to CTW075.
 *
 * One table gives for each rule its name, severity, the key of a finding, the
 * meaning, likely harmless causes, the remedy, and the source.  `ctwatch
 * explain` prints it.
 */
#ifndef CTWATCH_POLICY_RULES_H
#define CTWATCH_POLICY_RULES_H

#include <ctwatch/base/bytes.h>

enum rules_severity {
	RULES_NOTE,
	RULES_LOW,
	RULES_MEDIUM,
	RULES_HIGH,
	RULES_CRITICAL
};

/* The subject of a rule's findings, which their fingerprints contain. */
enum rules_key {
	RULES_CERT,   /* a certificate: its TBS hash */
	RULES_SPKI,   /* a key */
	RULES_PIN,    /* a pin of the pinset */
	RULES_DOMAIN, /* a domain of the pinset, perhaps with a day */
	RULES_LOG,    /* a log, perhaps with an index */
	RULES_RUN     /* an input of the run: clock, pinset, a consumer */
};

struct rules_rule {
	const char *id;   /* CTW001 */
	const char *name; /* unexpected-key */
	enum rules_severity severity;
	enum rules_key key;
	const char *meaning;   /* the meaning, and why it matters */
	const char *causes;    /* likely harmless causes, to check first */
	const char *remedy;    /* what to do */
	const char *reference; /* RFC, BR section */
};

/* The whole catalogue, by id; n of them. */
const struct rules_rule *rules_all(size_t *n);

/* The rule of an id (CTW001) or name (unexpected-key); NULL if none. */
const struct rules_rule *rules_find(const char *id);

/*
 * SHA-256 of the members that decide a verdict, without texts.  When it
 * changes, stored certificates are judged again.
 */
void rules_stamp(uint8_t out[static 32]);

/*
 * The fingerprint: lower-case hex of SHA-256 over "ctwatch-finding/1", the
 * id of the rule, the letter of its kind of key (C, K, P, D, L, R in the
 * order of enum rules_key) and the n key fields, joined by newlines.
 */
void rules_fingerprint(const struct rules_rule *rule, const char *const *fields,
    size_t n, char out[static 65]);

/*
 * Report whether a finding of this rule, with this severity before its
 * modifiers, means that the certificate is unexpected.
 */
bool rules_is_unexpected(
    const struct rules_rule *rule, enum rules_severity severity);

/* Reasons that findings are closed for whose certificate is now expected. */
#define RULES_APPROVED "approved"
#define RULES_BY_PATH  "below a pinned CA by another path"

/* Report whether a reason, or NULL, is one of these. */
bool rules_is_expected(const char *reason);

const char *rules_severity_word(enum rules_severity s);

/* note, low, medium, high, critical. */
bool rules_severity_parse(const char *word, enum rules_severity *out);

#endif
