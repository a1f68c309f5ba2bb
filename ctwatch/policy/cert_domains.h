/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_domains: which watched patterns a certificate is to be judged for.
 *
 * The pinset's closest pattern decides about a name; a watch list only speaks
 * where the pinset is silent.  A name that the pinset excludes concerns
 * nobody.  A wildcard concerns also the pinned hosts that it would serve.
 */
#ifndef CTWATCH_POLICY_CERT_DOMAINS_H
#define CTWATCH_POLICY_CERT_DOMAINS_H

#include <ctwatch/policy/verdict.h>

struct cert_domain {
	const char *pattern;           /* borrowed */
	const struct pinset_domain *d; /* NULL: only a watch list names it */
	const char **names; /* owned: of the certificate that met; borrowed */
	size_t n_names;     /* at least one; one may stand there twice */
	bool served;        /* only a wildcard reaches it, from above */
	bool unclear;       /* no name meets it that can be read in full */
	bool permitted;     /* only name constraints of a CA meet it */
};

struct cert_domains {
	struct cert_domain *v; /* owned */
	size_t n;
	char **names;   /* owned: what clients may read in the certificate's */
	size_t n_names; /* dNSNames and CNs, A-labels, sorted, each once */
};

/* Find them; p may be NULL.  Borrows from p and in until cert_domains_fini. */
void cert_domains_find(const struct pinset *p, const struct verdict_input *in,
    const struct cert *c, struct cert_domains *out);
void cert_domains_fini(struct cert_domains *l);

/*
 * Append those names that are neither the pinset's, nor watched, nor below
 * the same registrable domain as one of the pinset's: "a.example, b.example
 * and 3 more".  Nothing if there are none.
 */
void cert_domains_unrelated_names(const struct pinset *p,
    const struct verdict_input *in, const struct cert_domains *l,
    struct buf *out);

#endif
