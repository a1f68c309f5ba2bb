/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict: judge one certificate against the pinset: the decision table.
 *
 * The key and the issuer are judged separately.  A verdict is the list of rules
 * that the certificate meets, each once, or "expected".  Uses no network, and
 * only the given time.
 */
#ifndef CTWATCH_POLICY_VERDICT_H
#define CTWATCH_POLICY_VERDICT_H

#include <ctwatch/policy/ca_pool.h>
#include <ctwatch/policy/parsed_cert.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/policy/sct.h>
#include <ctwatch/policy/watch.h>

/* The input about a certificate.  All is borrowed. */
struct verdict_input {
	struct bytes der; /* the certificate of an entry of this kind */
	enum leaf_kind kind;
	struct bytes chain; /* u24 vectors, the issuer first; or empty */
	bool chain_complete;
	const uint8_t *issuer_key_hash; /* 32 bytes, or NULL if unknown */
	/* What parsed_cert_read makes of the above, or NULL: read it. */
	const struct parsed_cert *parsed;
	uint64_t sct_timestamp; /* ms, earliest; 0 if in no log */
	int64_t now;            /* ms */
	/* ms, start of the last complete run before the certificate was first
	 * seen; 0 if there was none.  A certificate that had expired by then
	 * gets a lower severity; one that was valid between two runs does
	 * not. */
	int64_t last_run;
	const struct watch *watch;     /* NULL: judge only the names in p */
	const struct watch_hits *hits; /* the items of watch that match */
	/* If not NULL, judge only for this host (A-label form, lower case),
	 * whether the certificate names it or not. */
	const char *host;
	/* der is a precertificate that a log serves with a leaf of other names:
	 * judge only CTW039. */
	bool beside_leaf;
	/* No earlier certificate for these names has this key. */
	bool first_of_key;
	/* The names have earlier certificates, none with this issuer's key. */
	bool new_issuer;
	/* CA certificates for other paths to a pinned CA, or NULL.  Called at
	 * most once, if the chain has no pinned CA. */
	struct ca_pool *(*pool)(void *arg);
	void *pool_arg;
	const struct sct_log *logs; /* for checking embedded SCTs */
	size_t n_logs;              /* 0: they are not checked */
};

struct verdict_finding {
	const struct rules_rule *rule;
	enum rules_severity severity; /* the highest of its patterns */
	char fingerprint[65];
	char *subject; /* the pattern of that severity, or the key's pin */
	char *message; /* one line, escaped */
	/* Owned: every matching watched pattern, sorted. */
	char **patterns;
	size_t n_patterns;
	char **names; /* owned: matching names, sorted, no duplicates */
	size_t n_names;
};

/* Report whether the finding has this pattern, or this name in any case. */
bool verdict_finding_has_pattern(
    const struct verdict_finding *f, const char *pattern);
bool verdict_finding_has_name(
    const struct verdict_finding *f, const char *name);

/* Sort findings, the most severe first; free what one holds. */
void verdict_findings_sort(struct verdict_finding *v, size_t n);
void verdict_finding_fini(struct verdict_finding *f);

struct verdict {
	struct verdict_finding *v; /* owned, most severe first */
	size_t n;
	const struct pinset_key
	    *key;      /* the pinset's key that it has, or NULL */
	bool expected; /* no finding says that it is unexpected */
	/* A key of the pinset is above it only by another path than the logged
	 * chain. */
	bool by_path;
};

/*
 * Judge the certificate; p may be NULL (watch-only).  A rule that several
 * patterns meet gives one finding.  Its fingerprint is made of the TBS hash in
 * hex, or of the SPKI digest in hex (RULES_SPKI).  Free with verdict_fini.
 */
void verdict_judge(const struct pinset *p, const struct verdict_input *in,
    struct verdict *out);
void verdict_fini(struct verdict *v);

#endif
