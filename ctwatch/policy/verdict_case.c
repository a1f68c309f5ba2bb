/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/verdict_case.h"
#include "policy/same_key.h"
#include <ctwatch/base/text.h>
#include <ctwatch/policy/cert_use.h>

/* Room for the names of others in a message. */
#define NAMES_TEXT 4096

static void
read_cert(struct verdict_case *j)
{
	const struct verdict_input *in = j->in;
	const struct parsed_cert *parsed = in->parsed;
	struct parsed_cert own;

	if (parsed == NULL) {
		parsed_cert_read(NULL, in->kind, in->der, in->issuer_key_hash,
		    in->chain, &own);
		parsed = &own;
	}
	/* Judge by the readable fields if some are not. */
	j->cert = parsed->cert;
	j->chain = parsed->chain;
	certinfo_describe(in->kind, in->der, &j->cert, parsed->error, &j->info);
	if (!cert_use_is_ca(&j->cert))
		j->purpose = cert_use_other_purpose(&j->cert);
	text_hex(
	    (struct bytes){ j->info.spki_sha256, SHA256_SIZE }, j->spki_hex);
	text_hex((struct bytes){ j->info.tbs_sha256, SHA256_SIZE }, j->tbs_hex);
	pinset_pin_format(j->info.spki_sha256, j->pin);
	j->not_before =
	    j->info.not_before != CERTINFO_NO_TIME ? j->info.not_before : 0;
	j->not_after = j->info.not_after != CERTINFO_NO_TIME ? j->info.not_after
	                                                     : INT64_MAX;
	cert_lint_check(
	    &(struct cert_lint_input){ .der = in->der,
	        .tbs = in->kind != LEAF_X509,
	        .cert = &j->cert,
	        .chain = &j->chain,
	        .not_before = j->info.not_before,
	        .not_after = j->info.not_after,
	        .now = in->now,
	        .sct_timestamp = in->sct_timestamp,
	        .max_validity_days = j->p != NULL ? j->p->max_validity_days : 0,
	        .logs = in->logs,
	        .n_logs = in->n_logs },
	    &j->lint);
}

/* The thief of a key can use it in any encoding. */
static void
find_key(struct verdict_case *j)
{
	j->out->key = pinset_key(j->p, j->info.spki_sha256);
	if (j->out->key != NULL)
		return;
	j->same_key = same_key_find(j->p, j->cert.spki);
	if (j->same_key != NULL && j->same_key->state == PINSET_COMPROMISED)
		j->out->key = j->same_key;
}

void
verdict_case_begin(struct verdict_case *j, const struct pinset *p,
    const struct verdict_input *in, struct verdict *out)
{
	*j = (struct verdict_case){ .p = p, .in = in, .out = out };
	buf_init(&j->unrelated_names, NAMES_TEXT);
	read_cert(j);
	if (p != NULL)
		find_key(j);
	cert_domains_find(p, in, &j->cert, &j->domains);
	if (p != NULL)
		cert_domains_unrelated_names(
		    p, in, &j->domains, &j->unrelated_names);
}

void
verdict_case_fini(struct verdict_case *j)
{
	cert_domains_fini(&j->domains);
	buf_fini(&j->unrelated_names);
	cert_lint_fini(&j->lint);
	certinfo_fini(&j->info);
}

bool
verdict_case_is_other_purpose(
    const struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_key *k = j->out->key;

	return (j->purpose != NULL || c->account) && c->d != NULL &&
	    (k == NULL ||
	        (k->state == PINSET_PROPOSED &&
	            !pinset_domain_key(j->p, c->d, k)));
}
