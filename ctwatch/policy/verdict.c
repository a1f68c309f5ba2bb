/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/verdict_finding.h"
#include "policy/verdict_issuer.h"
#include "policy/verdict_key.h"
#include <ctwatch/policy/cert_use.h>

static void
judge_watch_only(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_key *k = j->out->key;

	VERDICT_ADD(j, c, "CTW000", VERDICT_KEY_TEXT, VERDICT_KEY_ARGS(j));
	if (k != NULL && k->state != PINSET_COMPROMISED)
		VERDICT_ADD(j, c, "CTW003",
		    VERDICT_KEY_TEXT ", your key %.*s, which the pinset does "
		                     "not list for this name",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
	if (j->in->new_issuer && j->chain.n > 0 &&
	    (c->d == NULL || c->d->n_issuers == 0))
		VERDICT_ADD(j, c, "CTW015",
		    "issued by %.*s, with a CA key that issued none of the "
		    "earlier certificates for this name",
		    LIMIT_SHOWN_TEXT, j->info.issuer);
	if (c->d != NULL)
		verdict_issuer_judge(j, c, false);
}

/* Apply the rules that need no pinset. */
static void
judge_conformity(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_domain *d = c->d;
	bool asserted = d == NULL || d->n_policy_oids == 0;

	for (size_t i = 0; i < j->lint.n; i++) {
		const struct cert_lint_fault *f = &j->lint.v[i];

		/* CTW019 reports it. */
		if (strcmp(f->rule, "CTW034") == 0 && d != NULL &&
		    d->n_keys > 0 && verdict_case_is_other_purpose(j, c))
			continue;
		verdict_finding_add(j, c, f->rule, f->severity,
		    "issued by %.*s: %s", LIMIT_SHOWN_TEXT, j->info.issuer,
		    f->text);
	}
	for (size_t i = 0; !asserted && i < d->n_policy_oids; i++)
		asserted = cert_use_asserts(&j->cert, d->policy_oids[i]);
	if (!asserted)
		VERDICT_ADD(j, c, "CTW011",
		    "issued by %.*s under no policy that the domain expects",
		    LIMIT_SHOWN_TEXT, j->info.issuer);
}

static void
judge_domain(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_domain *d = c->d;
	const struct pinset_key *k = j->out->key;
	bool unknown = false;

	if (d != NULL && d->relinquished != 0 &&
	    j->not_before > d->relinquished) {
		if (k != NULL)
			VERDICT_ADD(j, c, "CTW017",
			    VERDICT_KEY_TEXT ", your key %.*s, after you "
			                     "relinquished the domain",
			    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
		return;
	}
	if (j->in->beside_leaf) {
		VERDICT_ADD(j, c, "CTW039",
		    VERDICT_KEY_TEXT
		    ": the precertificate that the log serves has this name, "
		    "but the logged entry does not",
		    VERDICT_KEY_ARGS(j));
		return;
	}
	if (c->permitted) {
		VERDICT_ADD(j, c, "CTW033",
		    VERDICT_KEY_TEXT ", a CA that may issue certificates for "
		                     "names of %.*s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, c->pattern);
		return;
	}
	if (c->unclear) {
		VERDICT_ADD(j, c, "CTW061",
		    VERDICT_KEY_TEXT
		    ", a name that cannot be read in full and may match %.*s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, c->pattern);
		return;
	}
	judge_conformity(j, c);
	if (k != NULL && k->state == PINSET_COMPROMISED)
		VERDICT_ADD(j, c, "CTW004",
		    VERDICT_KEY_TEXT ", your compromised key %.*s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
	if (d == NULL || d->n_keys == 0) {
		judge_watch_only(j, c);
		return;
	}
	if (k == NULL || k->state != PINSET_COMPROMISED) {
		unknown = verdict_key_judge(j, c);
		verdict_key_unrelated_names(j, c);
	}
	verdict_issuer_judge(j, c, unknown);
}

void
verdict_judge(
    const struct pinset *p, const struct verdict_input *in, struct verdict *out)
{
	struct verdict_case j;

	*out = (struct verdict){ 0 };
	verdict_case_begin(&j, p, in, out);
	out->expected = j.domains.n > 0;
	for (size_t i = 0; i < j.domains.n; i++)
		judge_domain(&j, &j.domains.v[i]);
	verdict_findings_finish(&j);
	verdict_case_fini(&j);
}

void
verdict_fini(struct verdict *v)
{
	for (size_t i = 0; i < v->n; i++)
		verdict_finding_fini(&v->v[i]);
	free(v->v);
	*v = (struct verdict){ 0 };
}
