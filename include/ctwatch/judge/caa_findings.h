/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_findings: CTW014, a certificate of a CA that was not allowed to issue it,
 * by the history of CAA sets.
 *
 * A CA may issue by a set that it looked up up to 8 hours before, or longer
 * before if the set's TTL is longer (Baseline Requirements, 3.2.2.8).  So a
 * certificate is judged only by a set that every look-up gave from then, before
 * its first day of validity and its SCT, until after its SCT.
 */
#ifndef CTWATCH_JUDGE_CAA_FINDINGS_H
#define CTWATCH_JUDGE_CAA_FINDINGS_H

#include <ctwatch/policy/signature_cache.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/store/store_caa.h>

struct caa_findings_input {
	struct store *s;
	const struct watch *w;
	struct signature_cache *signatures; /* or NULL */
	int64_t now, run;                   /* ms; number */
	int64_t looked_up; /* ms: when the look-ups of this run began */
	/* Return the CAA issuer domain names of the CA whose certificate has
	 * this Subject Key Identifier, *n of them, borrowed; NULL if they are
	 * not known. */
	const char *const *(*domains_of)(
	    const void *arg, struct bytes key_id, size_t *n);
	const void *arg;
};

struct caa_findings_result {
	/* Owned: names of certificates, to be looked up before their
	 * certificates can be judged, since they may have sets of their own. */
	char **names;
	size_t n_names;
	size_t unknown; /* certificates whose CA's names are not known */
	char *issuer;   /* owned: the issuer of the first of them; or NULL */
};

/* Return the registrable name (A-labels) of a watched item, which the caller
 * frees; NULL if it has none. */
char *caa_findings_name(const char *item);

/* Judge nothing, but fill out->names.  Return false if the store failed.  Free
 * *out with caa_findings_result_fini. */
bool caa_findings_names(
    const struct caa_findings_input *in, struct caa_findings_result *out);

/* Judge the certificates that the history covers and that were not judged
 * before; open and close CTW014.  Else as caa_findings_names. */
bool caa_findings_certs(
    const struct caa_findings_input *in, struct caa_findings_result *out);
void caa_findings_result_fini(struct caa_findings_result *r);

#endif
