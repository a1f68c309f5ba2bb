/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict: one certificate against the pinset: the decision table.
 *
 * The key's side and the issuer's side are judged apart.  A verdict is the
 * list of rules that the certificate meets, each once, or "expected".  No network, no clock but the one given.
 */
#ifndef CTWATCH_POLICY_VERDICT_H
#define CTWATCH_POLICY_VERDICT_H

#include <ctwatch/policy/ca_pool.h>
#include <ctwatch/policy/pinset.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/policy/sct.h>
#include <ctwatch/policy/watch.h>

/* What is known of a certificate when it is judged.  All is borrowed. */
struct verdict_input {
	struct bytes der; /* Certificate, or TBSCertificate if tbs */
	bool tbs;
	struct bytes chain; /* u24 vectors, the issuer first; or empty */
	bool chain_complete;
	const uint8_t *issuer_key_hash; /* 32 bytes, or NULL if unknown */
	uint64_t sct_timestamp;         /* ms, earliest; 0 if in no log */
	int64_t now;                    /* ms */
	/* ms, when the last complete run before the certificate was first
	 * seen began; 0 if there was none.  What had ended by then alarms
	 * nobody (a certificate that lived between two runs does). */
	int64_t last_run;
	const struct watch *watch;     /* NULL: only what p names is judged */
	const struct watch_hits *hits; /* the items of watch that it meets */
	/* Not NULL: judge for this host alone (A-label form, lower case),
	 * whether the certificate names it or not. */
	const char *host;
	/* der is a precertificate that a log shows beside a leaf with other
	 * names: CTW039 alone is judged. */
	bool beside_leaf;
	/* No earlier certificate for these names has this key. */
	bool first_of_key;
	/* The names were issued for before, and never with this issuer's key. */
	bool new_issuer;
	/* CA certificates to look for other paths to a pinned CA in, or NULL.
	 * Called at most once, when the chain does not reach one. */
	struct ca_pool *(*pool)(void *arg);
	void *pool_arg;
	const struct sct_log *logs; /* to check embedded SCTs by */
	size_t n_logs;              /* 0: they are not checked */
};

struct verdict_finding {
	const struct rules_rule *rule;
	enum rules_severity severity; /* the highest of its patterns */
	char fingerprint[65];
	char *subject; /* the pattern of that severity, or the key's pin */
	char *message; /* one line, escaped */
	/* Owned: every watched pattern that it concerns, sorted. */
	char **patterns;
	size_t n_patterns;
	char **names; /* owned: that meet them, sorted, each once */
	size_t n_names;
};

/* Report whether the finding has this pattern; this name, in any case. */
bool verdict_has_pattern(const struct verdict_finding *f, const char *pattern);
bool verdict_has_name(const struct verdict_finding *f, const char *name);

/* Sort findings, the most severe first; free what one holds. */
void verdict_sort(struct verdict_finding *v, size_t n);
void verdict_finding_fini(struct verdict_finding *f);

struct verdict {
	struct verdict_finding *v; /* owned, most severe first */
	size_t n;
	const struct pinset_key *key; /* the pinset's key it carries, or NULL */
	bool expected; /* nothing that says it should not exist */
};

/*
 * Judge; p may be NULL (watch-only).  A rule that several patterns meet is
 * one finding.  Its fingerprint is made of the TBS hash in hex, or of the SPKI
 * digest in hex (RULES_SPKI).  Free with verdict_fini.
 */
void verdict_judge(const struct pinset *p, const struct verdict_input *in,
    struct verdict *out);
void verdict_fini(struct verdict *v);

#endif
