/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/verdict_above.h"
#include "policy/verdict_finding.h"
#include "policy/verdict_issuer.h"
#include <ctwatch/base/text.h>

/* The next character of a DN, which a backslash may escape (RFC 4514, 2.4). */
static char
take_character(const char **dn)
{
	const char *s = *dn;
	uint8_t byte;

	if (s[0] == '\\' && s[1] != '\0') {
		const char hex[] = { s[1], s[2], '\0' };

		if (text_unhex(hex, &byte, 1)) {
			*dn += 3;
			return (char)byte;
		}
		++*dn;
	}
	return *(*dn)++;
}

/* Report whether the issuer's DN is this name, or its commonName is. */
static bool
bears_name(const char *dn, const char *name)
{
	if (strcmp(dn, name) == 0)
		return true;
	if (strncmp(dn, "CN=", 3) != 0)
		return false;
	for (dn += 3; *name != '\0'; name++)
		if (*dn == '\0' || take_character(&dn) != *name)
			return false;
	return *dn == ',' || *dn == '+' || *dn == '\0';
}

void
verdict_issuer_judge(
    struct verdict_case *j, const struct cert_domain *c, bool unknown_key)
{
	const struct pinset_domain *d = c->d;
	char pin[PINSET_PIN_TEXT];

	if (d->n_issuers == 0 || verdict_above_has_issuer(j, d) ||
	    verdict_case_is_other_purpose(j, c))
		return;
	if (j->chain.n == 0) {
		VERDICT_ADD(j, c, "CTW018",
		    "issued by %.*s; the issuer's key is unknown: %s",
		    LIMIT_SHOWN_TEXT, j->info.issuer,
		    j->chain.broken ? "the chain does not verify"
		                    : "there is no chain");
		return;
	}
	pinset_pin_format(j->chain.spki_sha256[0], pin);
	verdict_finding_add(j, c, "CTW002",
	    unknown_key ? RULES_CRITICAL : RULES_HIGH,
	    "issued by %.*s, whose key %s is not among the domain's issuers",
	    LIMIT_SHOWN_TEXT, j->info.issuer, pin);
	for (size_t i = 0; i < d->n_issuers; i++) {
		const struct pinset_issuer *e = &j->p->issuers[d->issuers[i]];

		if (e->name != NULL && bears_name(j->info.issuer, e->name))
			VERDICT_ADD(j, c, "CTW010",
			    "the issuer has the name of %.*s (%.*s) but signed "
			    "with another key, %s",
			    LIMIT_SHOWN_TEXT, e->id, LIMIT_SHOWN_TEXT,
			    j->info.issuer, pin);
	}
}
