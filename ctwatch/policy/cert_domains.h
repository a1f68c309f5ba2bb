/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_domains: the watched patterns that a certificate is judged for.
 *
 * The closest pattern of the pinset decides about a name; the watch list
 * decides where the pinset has no pattern.  Names that the pinset excludes are
 * skipped.  A wildcard also matches the pinned hosts for which it is valid.
 */
#ifndef CTWATCH_POLICY_CERT_DOMAINS_H
#define CTWATCH_POLICY_CERT_DOMAINS_H

#include <ctwatch/policy/verdict.h>

struct cert_domain {
	const char *pattern;           /* borrowed */
	const struct pinset_domain *d; /* NULL: only a watch list names it */
	const char **names;            /* owned: matching names; borrowed */
	size_t n_names;                /* at least one; may have duplicates */
	bool served;                   /* only a wildcard above it matches */
	bool unclear;   /* no matching name can be read in full */
	bool permitted; /* only name constraints of a CA match */
	bool account;   /* only e-mail addresses and principals match */
};

struct cert_domains {
	struct cert_domain *v; /* owned */
	size_t n;
	char **names;   /* owned: as clients may read the certificate's */
	size_t n_names; /* dNSNames and CNs, A-labels, sorted, each once */
};

/* Find the patterns; p may be NULL.  Borrows from p and in until
 * cert_domains_fini. */
void cert_domains_find(const struct pinset *p, const struct verdict_input *in,
    const struct cert *c, struct cert_domains *out);
void cert_domains_fini(struct cert_domains *l);

/*
 * Append the names that are not in the pinset, not watched, and not below a
 * registrable domain of the pinset: "a.example, b.example and 3 more".  Append
 * nothing if there are none.
 */
void cert_domains_unrelated_names(const struct pinset *p,
    const struct verdict_input *in, const struct cert_domains *l,
    struct buf *out);

#endif
