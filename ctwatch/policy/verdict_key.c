/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/verdict_above.h"
#include "policy/verdict_finding.h"
#include "policy/verdict_key.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

/* Expected keys that one message names. */
#define EXPECTED_KEYS 8

/* Return the domain's keys, "web-2026, web-2027"; freed by the caller. */
static char *
expected_keys(const struct verdict_case *j, const struct pinset_domain *d)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, EXPECTED_KEYS * (LIMIT_SHOWN_TEXT + 2) + 32);
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *k = &j->p->keys[d->keys[i]];

		if (!pinset_is_usable(k) || n++ >= EXPECTED_KEYS)
			continue;
		buf_printf(
		    &b, "%s%.*s", n > 1 ? ", " : "", LIMIT_SHOWN_TEXT, k->id);
	}
	if (n == 0)
		buf_add_text(&b, "none");
	if (n > EXPECTED_KEYS)
		buf_printf(&b, " and %zu more", n - EXPECTED_KEYS);
	return buf_detach(&b);
}

/* Return why the key is not one of the domain's; freed by the caller. */
static char *
unknown_text(const struct verdict_case *j)
{
	const struct pinset_key *k = j->out->key;

	if (k != NULL)
		return mem_printf(
		    "which the pinset has as proposed %.*s for other names",
		    LIMIT_SHOWN_TEXT, k->id);
	if (j->same_key != NULL)
		return mem_printf(
		    "which is not in the pinset, but is your key %.*s in "
		    "another encoding, which pinning clients refuse",
		    LIMIT_SHOWN_TEXT, j->same_key->id);
	return mem_printf("which is not in the pinset%s",
	    j->above.more ? " (not all paths to CAs were searched)" : "");
}

/* Report whether the domain pins this certificate itself. */
static bool
cert_matches(const struct verdict_case *j, const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *k = &j->p->keys[d->keys[i]];

		if (pinset_is_usable(k) &&
		    (memcmp(k->spki_sha256, j->info.tbs_sha256, SHA256_SIZE) ==
		            0 ||
		        (j->in->kind == LEAF_X509 &&
		            memcmp(k->spki_sha256, j->info.cert_sha256,
		                SHA256_SIZE) == 0)))
			return true;
	}
	return false;
}

static bool
chain_is_open(const struct verdict_case *j)
{
	return j->chain.n == 0 || j->chain.broken || !j->in->chain_complete;
}

/* Judge a key that is not one of the domain's leaf keys.  Return true for an
 * unknown key. */
static bool
judge_unknown(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_domain *d = c->d;
	bool by_chain = verdict_above_has_key(j, d);
	bool below_pinned = by_chain || verdict_above_has_key_by_path(j, d);
	char *expected, *why;

	if (below_pinned && d->position != PINSET_LEAF) {
		VERDICT_ADD(j, c, "CTW007",
		    VERDICT_KEY_TEXT ", below a pinned CA%s",
		    VERDICT_KEY_ARGS(j),
		    by_chain ? "" : " by another path than its chain");
		return false;
	}
	if (verdict_case_is_other_purpose(j, c)) {
		VERDICT_ADD(j, c, "CTW019",
		    VERDICT_KEY_TEXT
		    ", which is not pinned; the certificate is for %s, and "
		    "TLS clients refuse it for a server",
		    VERDICT_KEY_ARGS(j),
		    j->purpose != NULL ? j->purpose
		                       : "an e-mail address or an account");
		return false;
	}
	if (below_pinned) {
		VERDICT_ADD(j, c, "CTW008",
		    VERDICT_KEY_TEXT ", which is not pinned; only its CA is, "
		                     "and the domain pins leaf keys",
		    VERDICT_KEY_ARGS(j));
		return false;
	}
	if (d->position != PINSET_LEAF && chain_is_open(j)) {
		verdict_finding_add(j, c, "CTW018", RULES_MEDIUM,
		    VERDICT_KEY_TEXT ", which is not pinned; without the chain "
		                     "it is unknown whether its CA is pinned",
		    VERDICT_KEY_ARGS(j));
		return false;
	}
	expected = expected_keys(j, d);
	why = unknown_text(j);
	if (c->served)
		VERDICT_ADD(j, c, "CTW009",
		    VERDICT_KEY_TEXT
		    ", %s; the wildcard is valid for %.*s; expected there: %s",
		    VERDICT_KEY_ARGS(j), why, LIMIT_SHOWN_TEXT, d->host,
		    expected);
	else
		VERDICT_ADD(j, c, "CTW001",
		    VERDICT_KEY_TEXT ", %s; expected: %s", VERDICT_KEY_ARGS(j),
		    why, expected);
	free(expected);
	free(why);
	return true;
}

/* Judge one of our keys on a name for which the pinset does not list it. */
static void
judge_misplaced(struct verdict_case *j, const struct cert_domain *c,
    const struct pinset_key *k)
{
	if (c->served)
		verdict_finding_add(j, c, "CTW009", RULES_HIGH,
		    VERDICT_KEY_TEXT ", your key %.*s; the wildcard is valid "
		                     "for %.*s, where that key is not expected",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id,
		    LIMIT_SHOWN_TEXT, c->d->host);
	else
		VERDICT_ADD(j, c, "CTW003",
		    VERDICT_KEY_TEXT ", your key %.*s, which the pinset does "
		                     "not list for this name",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
}

static void
judge_expected(struct verdict_case *j, const struct cert_domain *c,
    const struct pinset_key *k)
{
	if (k->state == PINSET_BACKUP)
		verdict_finding_add(j, c, "CTW005",
		    k->not_before > j->not_before ? RULES_HIGH : RULES_NOTE,
		    VERDICT_KEY_TEXT ", the backup %.*s: %s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id,
		    k->not_before > j->not_before
		        ? "earlier than the pinset plans"
		        : "a rotation has begun");
	else if (!j->in->first_of_key)
		VERDICT_ADD(j, c, "CTW013",
		    VERDICT_KEY_TEXT ", as expected: %.*s", VERDICT_KEY_ARGS(j),
		    LIMIT_SHOWN_TEXT, k->id);
}

/* Report whether the certificate was issued after its key was retired. */
static bool
is_after_retirement(const struct verdict_case *j, const struct pinset_key *k)
{
	int64_t day = k->retired != 0 ? k->retired : k->retire_after;

	return k->state == PINSET_RETIRED &&
	    (day == 0 || j->info.not_before == CERTINFO_NO_TIME ||
	        j->not_before > day);
}

/*
 * Report whether a proposed key is only a note for the domain: it is one of the
 * domain's keys, or the domain pins a CA and accepts any key below it.
 */
static bool
is_proposed_here(struct verdict_case *j, const struct pinset_domain *d,
    const struct pinset_key *k)
{
	return pinset_domain_key(j->p, d, k) ||
	    (d->position != PINSET_LEAF &&
	        (verdict_above_has_key(j, d) ||
	            verdict_above_has_key_by_path(j, d)));
}

bool
verdict_key_judge(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_key *k = j->out->key;
	const struct pinset_domain *d = c->d;

	if (d->kind == PINSET_CERT)
		return !cert_matches(j, d) && judge_unknown(j, c);
	/* The state of a known key takes precedence over its CA. */
	if (k == NULL ||
	    (k->state == PINSET_PROPOSED && !is_proposed_here(j, d, k)))
		return judge_unknown(j, c);
	if (is_after_retirement(j, k))
		VERDICT_ADD(j, c, "CTW006",
		    VERDICT_KEY_TEXT ", your retired key %.*s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
	else if (k->state == PINSET_PROPOSED)
		verdict_finding_add(j, c, "CTW001", RULES_NOTE,
		    VERDICT_KEY_TEXT ", proposed as %.*s and not approved yet",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id);
	else if (!pinset_domain_key(j->p, d, k) || d->position == PINSET_ABOVE)
		judge_misplaced(j, c, k);
	else
		judge_expected(j, c, k);
	return false;
}

void
verdict_key_unrelated_names(struct verdict_case *j, const struct cert_domain *c)
{
	const struct pinset_key *k = j->out->key;

	if (j->unrelated_names.n == 0 || verdict_case_is_other_purpose(j, c))
		return;
	if (k != NULL)
		VERDICT_ADD(j, c, "CTW003",
		    VERDICT_KEY_TEXT
		    ", your key %.*s, for names that are not in the pinset: %s",
		    VERDICT_KEY_ARGS(j), LIMIT_SHOWN_TEXT, k->id,
		    buf_text(&j->unrelated_names));
	else
		VERDICT_ADD(j, c, "CTW012",
		    "shares a certificate issued by %.*s with names that are "
		    "not in the pinset: %s",
		    LIMIT_SHOWN_TEXT, j->info.issuer,
		    buf_text(&j->unrelated_names));
}
