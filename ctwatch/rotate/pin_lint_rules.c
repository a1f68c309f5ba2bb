/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>

#include "rotate/pin_lint_rules.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static const struct pin_lint_rule rules[PIN_LINT_RULES] = {
	{ "PIN01", "empty-input",
	    "The digest of nothing, or of an empty line: the command that "
	    "should have printed a key failed, and the hash of its silence "
	    "was taken for a pin. No key will ever match.",
	    "openssl-rsa(1) on an EC key" },
	{ "PIN02", "placeholder",
	    "A pin that was meant to be replaced and never was.",
	    "RFC 7469, 2.1.5" },
	{ "PIN03", "length",
	    "Not as long as the digest it says it is: 32 bytes for SHA-256. "
	    "OkHttp takes it without complaint, and it never matches.",
	    "RFC 7469, 2.1.1" },
	{ "PIN04", "non-canonical",
	    "Base64 that no encoder writes (padding, alphabet or spare bits). "
	    "Consumers that compare text, as curl and TrustKit for Android "
	    "do, never match it.",
	    "RFC 4648, 3.5" },
	{ "PIN05", "not-spki",
	    "A digest of something else than the SubjectPublicKeyInfo in DER.",
	    "RFC 7469, 2.4" },
	{ "PIN06", "weak-digest",
	    "SHA-1 or MD5: others may make a key that "
	    "matches.",
	    "RFC 7469, 2.1.1" },
	{ "PIN07", "single-pin",
	    "Fewer pins than the policy wants. When the one key is lost, "
	    "every client is locked out; TrustKit refuses to start.",
	    "RFC 7469, 4.3" },
	{ "PIN08", "no-backup",
	    "Every pin is in use already: none is kept aside for the day "
	    "when those are lost.",
	    "RFC 7469, 2.5" },
	{ "PIN09", "same-ca",
	    "All pinned CAs belong to one operator: when it is distrusted or "
	    "rotates, all fall together.",
	    "RFC 7469, 4.3" },
	{ "PIN10", "intermediate-pin",
	    "A pinned issuer has siblings that issue in turn with it: the "
	    "next certificate may come from one of those.",
	    "Let's Encrypt, chains of 2024" },
	{ "PIN11", "expiry",
	    "An expiry that has passed or is near, or none. Past it, clients "
	    "stop pinning without a word.",
	    "Android, pin-set expiration" },
	{ "PIN12", "pattern",
	    "A host that its consumer does not match as it is meant, or two "
	    "entries for one host.",
	    "RFC 7469, 2.3.3" },
	{ "PIN13", "consumer-unsupported",
	    "A consumer of the domain cannot express what the pinset says.",
	    "ctwatch-pinset(5)" },
	{ "PIN14", "duplicate", "One key stands under two names.",
	    "RFC 7469, 2.5" },
	{ "PIN15", "known-public-key",
	    "The key is weak, or others have its private half.",
	    "Baseline Requirements, 6.1.1.3" },
	{ "PIN16", "pinning-off",
	    "The file switches pinning off, or lets CAs pass that a user "
	    "installed: nothing is refused.",
	    "Android, overridePins; TrustKit, TSKEnforcePinning" },
	{ "PIN17", "not-loaded",
	    "The pinset is refused by every command, and so by each run.",
	    "ctwatch-pinset(5)" },
	{ "PIN18", "not-this-certificate",
	    "No pin of the host is of the certificate given, nor of its "
	    "chain: its clients would be locked out.",
	    "RFC 7469, 2.6" },
};

const struct pin_lint_rule *
pin_lint_rules(size_t *n)
{
	*n = PIN_LINT_RULES;
	return rules;
}

void
pin_lint_rules_note(struct pin_lint *l, enum pin_lint_rules_id rule, bool error,
    const char *where, const char *fmt, ...)
{
	struct buf safe;
	va_list ap;

	buf_init(&safe, LIMIT_SMALL_BODY);
	va_start(ap, fmt);
	text_escape_vprintf(&safe, fmt, ap);
	va_end(ap);
	l->v = mem_grow(l->v, l->n, sizeof *l->v);
	l->v[l->n++] = (struct pin_lint_note){ &rules[rule], error,
		mem_strdup(where), buf_detach(&safe) };
}
