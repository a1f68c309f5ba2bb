/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_case: the state of judging one certificate, for the files
 * verdict*.c.
 */
#ifndef CTWATCH_POLICY_VERDICT_CASE_H
#define CTWATCH_POLICY_VERDICT_CASE_H

#include "policy/cert_domains.h"
#include "policy/cert_lint.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/policy/chain.h>

/* Data for the finding with the same index in verdict.v. */
struct verdict_gather {
	char *text; /* owned: the message after the names */
	const struct cert_domain *first; /* the case of text */
	size_t *domains; /* owned: the indexes of all, without duplicates */
	size_t n;
};

struct verdict_case {
	const struct pinset *p; /* or NULL */
	const struct verdict_input *in;
	struct verdict *out;
	struct cert cert;
	struct certinfo info;
	struct chain chain;
	/* The CA keys above it by any path, computed on first use. */
	struct ca_pool_above above;
	bool climbed;
	struct cert_lint lint;
	char spki_hex[2 * SHA256_SIZE + 1], tbs_hex[2 * SHA256_SIZE + 1];
	char pin[PINSET_PIN_TEXT];
	int64_t not_before, not_after; /* ms; 0 and INT64_MAX if
	                                * unreadable */
	/* The pinset's key that it has in another encoding, or NULL. */
	const struct pinset_key *same_key;
	/* The purpose of the certificate if it is not for servers, or NULL. */
	const char *purpose;
	struct cert_domains domains;
	struct verdict_gather *gather; /* owned; one for each of out->v */
	struct buf unrelated_names;    /* shown in messages */
};

/* Read the certificate and what it concerns; out is empty.  Free with
 * verdict_case_fini, after out is finished. */
void verdict_case_begin(struct verdict_case *j, const struct pinset *p,
    const struct verdict_input *in, struct verdict *out);
void verdict_case_fini(struct verdict_case *j);

/*
 * Report whether CTW019 replaces the finding for an unknown key: no TLS client
 * accepts the certificate for a server of the domain, by its purpose or because
 * only e-mail addresses and accounts match.
 */
bool verdict_case_is_other_purpose(
    const struct verdict_case *j, const struct cert_domain *c);

#endif
