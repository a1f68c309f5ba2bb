/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/cert_lint.h"
#include "policy/name_constraints.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/cert_use.h>
#include <ctwatch/policy/weak_key.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

#define N_OF(v) (sizeof(v) / sizeof *(v))

/* The day on which a rule takes effect. */
struct day {
	int year, month, day;
};

/* Baseline Requirements, 6.3.2: days of validity, by notBefore. */
static const struct {
	struct day from;
	int most, recommended;
} validity[] = {
	{ { 2029, 3, 15 }, 47, 46 },
	{ { 2027, 3, 15 }, 100, 99 },
	{ { 2026, 3, 15 }, 200, 199 },
	{ { 2020, 9, 1 }, 398, 397 },
};

static const struct day short_lived_is_7 = { 2026, 3, 15 };
static const struct day sha1_ends = { 2016, 1, 1 };
static const struct day encodings_fixed = { 2020, 9, 1 };
static const struct day browsers_want_scts = { 2018, 4, 30 };
static const struct day client_auth_ends = { 2027, 3, 15 };

static bool
is_since(int64_t t, struct day d)
{
	return t >= time_days(d.year, d.month, d.day) * TIME_DAY;
}

__attribute__((format(printf, 4, 5))) static void
add(struct cert_lint *c, const char *rule, enum rules_severity severity,
    const char *fmt, ...)
{
	struct cert_lint_fault f = { rule, severity, NULL };
	struct buf b;
	va_list ap;

	buf_init(&b, 1024);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	f.text = buf_detach(&b);
	c->v = mem_grow(c->v, c->n, sizeof *c->v);
	c->v[c->n++] = f;
}

/* ---- dates ---- */

/* RFC 5280, 4.1.2.5: both ends are included, so add a second. */
static int64_t
seconds_of(const struct cert_lint_input *in)
{
	return (in->not_after - in->not_before) / TIME_SECOND + 1;
}

static void
check_validity(const struct cert_lint_input *in, struct cert_lint *out)
{
	/* An additional second counts as a day (Baseline Requirements,
	 * 6.3.2). */
	int64_t days = (seconds_of(in) + 86399) / 86400;
	int most = in->max_validity_days, recommended = most;

	for (size_t i = 0; most == 0 && i < sizeof validity / sizeof *validity;
	     i++)
		if (is_since(in->not_before, validity[i].from)) {
			most = validity[i].most;
			recommended = validity[i].recommended;
		}
	if (most != 0 && days > recommended)
		add(out, "CTW030", days > most ? RULES_MEDIUM : RULES_NOTE,
		    "valid for %lld days, %s %d", (long long)days,
		    days > most ? "more than" : "over the recommended",
		    days > most ? most : recommended);
}

static void
check_start(const struct cert_lint_input *in, const struct sct_summary *scts,
    struct cert_lint *out)
{
	/* Anyone may log a final certificate years later: only the embedded
	 * SCTs have the time at which the CA submitted it. */
	uint64_t logged = in->tbs ? in->sct_timestamp : scts->earliest;
	char start[TIME_TEXT], first[TIME_TEXT];

	time_format(in->not_before, start);
	if (in->not_before > in->now)
		add(out, "CTW031", RULES_LOW, "valid only from %s", start);
	else if (logged != 0 && logged <= INT64_MAX &&
	    in->not_before + 2 * TIME_DAY < (int64_t)logged) {
		time_format((int64_t)logged, first);
		add(out, "CTW031", RULES_LOW,
		    "valid from %s, but first logged on %s", start, first);
	}
}

/* ---- extensions ---- */

static void
check_usage(const struct cert_lint_input *in, struct cert_lint *out)
{
	bool server = false, any = false, client = false, precert = false;
	struct bytes body;
	struct der id;

	if (!cert_extension_sequence(
	        in->cert->extensions, OID_BYTES(OID_EXT_KEY_USAGE), &body))
		return;
	while (der_take(&body, DER_OID, &id)) {
		server = server || OID_IS(id.body, OID_SERVER_AUTH);
		any = any || OID_IS(id.body, OID_ANY_USAGE);
		client = client || OID_IS(id.body, OID_CLIENT_AUTH);
		precert = precert || OID_IS(id.body, OID_PRECERT_SIGNER);
	}
	if (any)
		add(out, "CTW034", RULES_MEDIUM, "allows any usage");
	else if (precert && !in->tbs)
		add(out, "CTW034", RULES_MEDIUM, "may sign precertificates");
	else if (!server)
		add(out, "CTW034", RULES_LOW, "not for servers");
	else if (client && cert_use_is_public(in->cert) &&
	    is_since(in->not_before, client_auth_ends))
		add(out, "CTW034", RULES_LOW, "for clients and servers");
}

static bool
has_ocsp(const struct cert *c)
{
	struct bytes body;
	struct der access, method;

	if (cert_extension_sequence(
	        c->extensions, OID_BYTES(OID_INFO_ACCESS), &body))
		while (der_take(&body, DER_SEQUENCE, &access))
			if (der_take(&access.body, DER_OID, &method) &&
			    OID_IS(method.body, OID_OCSP))
				return true;
	return false;
}

static void
check_revocation(const struct cert_lint_input *in, struct cert_lint *out)
{
	int days = is_since(in->not_before, short_lived_is_7) ? 7 : 10;
	struct bytes body;

	if (cert_use_is_public(in->cert) &&
	    seconds_of(in) > days * INT64_C(86400) && !has_ocsp(in->cert) &&
	    !cert_extension_sequence(
	        in->cert->extensions, OID_BYTES(OID_CRL_POINTS), &body))
		add(out, "CTW035", RULES_LOW,
		    "names neither a CRL nor an OCSP responder and is valid "
		    "for more than %d days",
		    days);
}

static void
check_constraints(const struct cert_lint_input *in, struct cert_lint *out)
{
	struct bytes body;

	if (cert_extension_sequence(
	        in->cert->extensions, OID_BYTES(OID_NAME_CONSTRAINTS), &body))
		add(out, "CTW032", RULES_MEDIUM,
		    "has name constraints but is no CA");
	else if (name_constraints_forbid(in))
		add(out, "CTW032", RULES_MEDIUM,
		    "the name constraints of a CA in the chain forbid a name");
}

static void
check_scts(const struct cert_lint_input *in, const struct sct_summary *scts,
    struct cert_lint *out)
{
	size_t want = seconds_of(in) > 180 * INT64_C(86400) ? 3 : 2;

	if (scts->bad + scts->malformed > 0)
		add(out, "CTW037", RULES_MEDIUM,
		    "%zu of %zu embedded SCTs do not verify",
		    scts->bad + scts->malformed, scts->n + scts->malformed);
	else if (scts->unknown > 0)
		add(out, "CTW037", RULES_LOW,
		    "%zu of %zu embedded SCTs are from logs that are in no log "
		    "list",
		    scts->unknown, scts->n);
	if (scts->trailing)
		add(out, "CTW037", RULES_LOW,
		    "the list of embedded SCTs has trailing bytes");
	if (scts->repeated > 0)
		add(out, "CTW037", RULES_LOW,
		    "%zu of %zu embedded SCTs are from a log that has another "
		    "SCT there",
		    scts->repeated, scts->n);
	if (scts->n < want && cert_use_is_public(in->cert) &&
	    is_since(in->not_before, browsers_want_scts))
		add(out, "CTW036", RULES_NOTE,
		    "%zu embedded SCTs; browsers require %zu", scts->n, want);
}

/* ---- key and signature ---- */

static void
check_key(const struct cert_lint_input *in, struct cert_lint *out)
{
	static const struct {
		enum weak_key_fault fault;
		const char *rule;
		enum rules_severity severity;
	} table[] = {
		{ WEAK_KEY_PUBLISHED, "CTW004", RULES_CRITICAL },
		{ WEAK_KEY_SIZE, "CTW040", RULES_HIGH },
		{ WEAK_KEY_EXPONENT, "CTW041", RULES_HIGH },
		{ WEAK_KEY_FACTOR, "CTW041", RULES_HIGH },
		{ WEAK_KEY_RANGE, "CTW041", RULES_LOW },
		{ WEAK_KEY_FERMAT, "CTW042", RULES_CRITICAL },
		{ WEAK_KEY_ROCA, "CTW043", RULES_CRITICAL },
		{ WEAK_KEY_ALGORITHM, "CTW044", RULES_MEDIUM },
	};
	struct bytes hash = in->cert->spki_hash;
	unsigned faults = 0;

	/* An entry of an issuance log has the hash of its key alone. */
	if (hash.n == 0)
		faults = weak_key_spki(in->cert->spki);
	else if (weak_key_is_published(hash.p))
		faults = WEAK_KEY_PUBLISHED;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if ((faults & table[i].fault) != 0)
			add(out, table[i].rule, table[i].severity, "%s",
			    weak_key_words(table[i].fault));
}

/* Baseline Requirements, 7.1.3.2: the encodings allowed, in hex. */
static const char *const signatures[] = {
	"300d06092a864886f70d01010b0500", /* RSA with SHA-256, 384, 512 */
	"300d06092a864886f70d01010c0500",
	"300d06092a864886f70d01010d0500",
	"300a06082a8648ce3d040302", /* ECDSA with SHA-256, 384, 512 */
	"300a06082a8648ce3d040303",
	"300a06082a8648ce3d040304",
	/* RSASSA-PSS with SHA-256, 384, 512 and a salt of that length */
	"304106092a864886f70d01010a3034a00f300d0609608648016503040201"
	"0500a11c301a06092a864886f70d010108300d0609608648016503040201"
	"0500a203020120",
	"304106092a864886f70d01010a3034a00f300d0609608648016503040202"
	"0500a11c301a06092a864886f70d010108300d0609608648016503040202"
	"0500a203020130",
	"304106092a864886f70d01010a3034a00f300d0609608648016503040203"
	"0500a11c301a06092a864886f70d010108300d0609608648016503040203"
	"0500a203020140",
};

/* Digests in signatures that public CAs may not use any more. */
enum digest {
	DIGEST_OTHER,
	DIGEST_MD5, /* or older */
	DIGEST_SHA1
};

static enum digest
outdated_digest(struct bytes oid)
{
	static const struct {
		struct bytes oid;
		enum digest digest;
	} table[] = {
		{ OID_INIT(OID_RSA_MD2), DIGEST_MD5 },
		{ OID_INIT(OID_RSA_MD4), DIGEST_MD5 },
		{ OID_INIT(OID_RSA_MD5), DIGEST_MD5 },
		{ OID_INIT(OID_RSA_SHA1), DIGEST_SHA1 },
		{ OID_INIT(OID_DSA_SHA1), DIGEST_SHA1 },
		{ OID_INIT(OID_ECDSA_SHA1), DIGEST_SHA1 },
		{ OID_INIT(OID_OIW_RSA_SHA1), DIGEST_SHA1 },
	};

	for (size_t i = 0; i < N_OF(table); i++)
		if (bytes_equal(oid, table[i].oid))
			return table[i].digest;
	return DIGEST_OTHER;
}

static bool
is_allowed_signature(struct bytes b)
{
	char text[2 * 128 + 1];

	if (b.n > 128)
		return false;
	text_hex(b, text);
	for (size_t i = 0; i < N_OF(signatures); i++)
		if (strcmp(text, signatures[i]) == 0)
			return true;
	return false;
}

static void
check_signature(const struct cert_lint_input *in, struct cert_lint *out)
{
	struct bytes b = in->cert->algorithm;
	struct der algorithm, oid;
	enum digest digest;

	if (!der_take(&b, DER_SEQUENCE, &algorithm) ||
	    !der_take(&algorithm.body, DER_OID, &oid) ||
	    OID_IS(oid.body, OID_MTC_PROOF))
		return;
	digest = outdated_digest(oid.body);
	if (digest != DIGEST_OTHER) {
		if (digest == DIGEST_MD5 || is_since(in->not_before, sha1_ends))
			add(out, "CTW045", RULES_HIGH, "signed with %s",
			    digest == DIGEST_MD5 ? "MD5 or older" : "SHA-1");
	} else if (is_since(in->not_before, encodings_fixed) &&
	    !is_allowed_signature(in->cert->algorithm))
		add(out, "CTW045", RULES_MEDIUM,
		    "signed with an algorithm, or an encoding of it, that "
		    "public CAs may not use");
}

/* ---- names ---- */

/* Return what is unusual in a dNSName, or NULL. */
static const char *
name_fault(struct bytes name)
{
	const uint8_t *star = memchr(name.p, '*', name.n);

	if (name.n == 0)
		return "an empty name";
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == 0)
			return "a NUL in a name";
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return "a character not allowed in host names";
	}
	if (star != NULL &&
	    (star != name.p || name.n < 2 || name.p[1] != '.' ||
	        memchr(name.p + 1, '*', name.n - 1) != NULL))
		return "a star at an unusual position";
	return NULL;
}

static void
check_names(const struct cert_lint_input *in, struct cert_lint *out)
{
	static const struct {
		unsigned bits;
		enum rules_severity severity;
		const char *text;
	} table[] = {
		{ CERT_SAN_TWICE, RULES_MEDIUM, "two subjectAltNames" },
		{ CERT_SAN_TRAILING, RULES_MEDIUM,
		    "bytes after the subjectAltName" },
		{ CERT_TAG_CLASS, RULES_MEDIUM,
		    "a name with a tag of a wrong class" },
		{ CERT_ADDRESS, RULES_MEDIUM, "an address of wrong length" },
		{ CERT_TBS_SHAPE, RULES_MEDIUM,
		    "fields missing, doubled or unknown" },
		{ CERT_TRAILING, RULES_LOW, "bytes after the certificate" },
		{ CERT_BER, RULES_LOW, "lengths that are not DER" },
	};
	const char *odd = NULL;
	struct cert_names it;
	struct cert_name name;

	cert_names(in->cert, &it);
	while (odd == NULL && cert_names_next(&it, &name))
		if (name.kind == CERT_DNS)
			odd = name_fault(name.value);
	if (odd != NULL)
		add(out, "CTW061", RULES_MEDIUM, "%s", odd);
	for (size_t i = 0; odd == NULL && i < N_OF(table); i++)
		if ((in->cert->deviations & table[i].bits) != 0) {
			add(out, "CTW061", table[i].severity, "%s",
			    table[i].text);
			break;
		}
}

/* ---- the whole certificate ---- */

void
cert_lint_check(const struct cert_lint_input *in, struct cert_lint *out)
{
	struct sct_summary scts = { 0 };

	*out = (struct cert_lint){ NULL, 0 };
	check_key(in, out);
	check_names(in, out);
	check_signature(in, out);
	if (cert_use_is_ca(in->cert)) {
		add(out, "CTW033", RULES_CRITICAL, "may issue certificates");
		return;
	}
	check_usage(in, out);
	check_constraints(in, out);
	if (in->not_before == INT64_MIN || in->not_after == INT64_MIN)
		return;
	if (!in->tbs) {
		sct_check(in->cert,
		    in->chain->n > 0 ? in->chain->spki_sha256[0] : NULL,
		    in->logs, in->n_logs, &scts);
		check_scts(in, &scts, out);
	}
	check_validity(in, out);
	check_start(in, &scts, out);
	check_revocation(in, out);
}

void
cert_lint_fini(struct cert_lint *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].text);
	free(c->v);
	*c = (struct cert_lint){ NULL, 0 };
}
