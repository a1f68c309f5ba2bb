/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>

#include "rotate/pin_lint_rules.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static const struct pin_lint_rule rules[PIN_LINT_RULES] = {
	{ "PIN01", "empty-input",
	    "The digest of empty input or of an empty line: the command that "
	    "should have printed a key failed, and the hash of its empty "
	    "output was used as pin. No key will ever match.",
	    "openssl-rsa(1) on an EC key" },
	{ "PIN02", "placeholder",
	    "A placeholder that was not replaced by a pin.",
	    "RFC 7469, 2.1.5" },
	{ "PIN03", "length",
	    "The length does not fit the algorithm: 32 bytes for SHA-256. "
	    "OkHttp accepts it without an error, but it never matches.",
	    "RFC 7469, 2.1.1" },
	{ "PIN04", "non-canonical",
	    "Non-canonical base64 (padding, alphabet or spare bits). Consumers "
	    "that compare text, such as curl and TrustKit for Android, never "
	    "match it.",
	    "RFC 4648, 3.5" },
	{ "PIN05", "not-spki",
	    "A digest of something other than the SubjectPublicKeyInfo in DER. "
	    "It can never match an entry of a Merkle Tree CA's issuance log.",
	    "RFC 7469, 2.4" },
	{ "PIN06", "weak-digest",
	    "SHA-1 or MD5: an attacker may create a matching key. The issuance "
	    "log of a Merkle Tree CA has the SHA-256 of keys alone: a pin that "
	    "is not SHA-256 can never match its entries.",
	    "RFC 7469, 2.1.1" },
	{ "PIN07", "single-pin",
	    "Fewer pins than the policy requires. If the key is lost, every "
	    "client is locked out; TrustKit refuses to start.",
	    "RFC 7469, 4.3" },
	{ "PIN08", "no-backup",
	    "All pins are of keys in use: there is no backup if those keys are "
	    "lost.",
	    "RFC 7469, 2.5" },
	{ "PIN09", "same-ca",
	    "All pinned CAs belong to one operator: if it is distrusted or "
	    "rotates, all pins fail at once.",
	    "RFC 7469, 4.3" },
	{ "PIN10", "intermediate-pin",
	    "A pinned issuer has siblings that issue alternately with it: the "
	    "next certificate may come from one of them.",
	    "Let's Encrypt, chains of 2024" },
	{ "PIN11", "expiry",
	    "The expiry has passed, is near, or is missing. After it, clients "
	    "stop pinning silently.",
	    "Android, pin-set expiration" },
	{ "PIN12", "pattern",
	    "A host that the consumer does not match as intended, or two "
	    "entries for one host.",
	    "RFC 7469, 2.3.3" },
	{ "PIN13", "consumer-unsupported",
	    "A consumer of the domain cannot express what the pinset says.",
	    "ctwatch-pinset(5)" },
	{ "PIN14", "duplicate", "One key has two names.", "RFC 7469, 2.5" },
	{ "PIN15", "known-public-key",
	    "The key is weak, or its private key is public.",
	    "Baseline Requirements, 6.1.1.3" },
	{ "PIN16", "pinning-off",
	    "The file switches pinning off, or accepts CAs that a user "
	    "installed: nothing is refused.",
	    "Android, overridePins; TrustKit, TSKEnforcePinning" },
	{ "PIN17", "not-loaded",
	    "Every command, and so each run, refuses the pinset.",
	    "ctwatch-pinset(5)" },
	{ "PIN18", "not-this-certificate",
	    "No pin of the host matches the given certificate or its chain: "
	    "its clients would be locked out.",
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
