/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/weak_key.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/identify_pin.h>
#include <ctwatch/rotate/pin_lint.h>

enum rule {
	EMPTY_INPUT,
	PLACEHOLDER,
	LENGTH,
	NON_CANONICAL,
	NOT_SPKI,
	WEAK_DIGEST,
	SINGLE_PIN,
	NO_BACKUP,
	SAME_CA,
	INTERMEDIATE,
	EXPIRY,
	PATTERN,
	CONSUMER,
	DUPLICATE,
	KNOWN_KEY,
	RULES
};

static const struct pin_lint_rule rules[RULES] = {
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
};

const struct pin_lint_rule *
pin_lint_rules(size_t *n)
{
	*n = RULES;
	return rules;
}

__attribute__((format(printf, 5, 6))) static void
note(struct pin_lint *l, enum rule rule, bool error, const char *where,
    const char *fmt, ...)
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

/* ---- one pin ---- */

static bool
is_blocked(const struct pin_lint *l, const struct pinlist_pin *pin)
{
	for (size_t i = 0; l->blocked != NULL && i < l->blocked->n_hosts; i++) {
		const struct pinlist_host *h = &l->blocked->hosts[i];

		for (size_t k = 0; k < h->n_pins; k++)
			if (h->pins[k].n == pin->n && pin->n > 0 &&
			    memcmp(h->pins[k].digest, pin->digest, pin->n) == 0)
				return true;
	}
	return false;
}

/* PIN05 needs the certificate to tell. */
static void
lint_origin(
    struct pin_lint *l, const char *where, const struct pinlist_pin *pin)
{
	const struct bytes digest = { pin->digest, pin->n };
	struct identify_pin is;

	for (size_t i = 0; l->certs != NULL && i < l->certs->n; i++)
		if (identify_pin_material(&l->certs->v[i], digest, &is) &&
		    !is.spki && !(is.cert && pin->of_cert)) {
			note(l, NOT_SPKI, true, where, "%s: the %s of %s",
			    pin->text, is.algorithm, is.what);
			return;
		}
	if (pin->of_cert)
		note(l, NOT_SPKI, false, where,
		    "%s: of a whole certificate: it changes at every renewal",
		    pin->text);
}

static void
lint_key(struct pin_lint *l, const char *where, const struct pinlist_pin *pin)
{
	unsigned faults = pin->spki.n > 0 ? weak_key_spki(pin->spki) : 0;

	for (unsigned bit = 1; bit <= WEAK_KEY_PUBLISHED; bit <<= 1)
		if ((faults & bit) != 0)
			note(l, KNOWN_KEY,
			    bit != WEAK_KEY_RANGE && bit != WEAK_KEY_ALGORITHM,
			    where, "%s: %s", pin->text,
			    weak_key_words((enum weak_key_fault)bit));
	if (is_blocked(l, pin))
		note(l, KNOWN_KEY, true, where,
		    "%s: it is on the list of "
		    "blocked keys",
		    pin->text);
}

static void
lint_pin(struct pin_lint *l, const char *where, const struct pinlist_pin *pin)
{
	const struct bytes digest = { pin->digest, pin->n };
	const char *nothing = identify_pin_nothing(digest);

	if (pin->n == 0 && pin->label != NULL)
		return; /* a name that was not resolved, and warned of */
	if (nothing != NULL && strstr(nothing, "placeholder") == NULL) {
		note(l, EMPTY_INPUT, true, where, "%s: the digest %s",
		    pin->text, nothing);
		return;
	}
	if (nothing != NULL || identify_pin_placeholder(pin->text)) {
		note(l, PLACEHOLDER, true, where, "%s", pin->text);
		if (pin->n == pin->want)
			return;
	}
	if (pin->n != pin->want)
		note(l, LENGTH, true, where, "%s: %zu bytes, and %zu are meant",
		    pin->text, pin->n, pin->want);
	else if (!pin->canonical)
		note(l, NON_CANONICAL, true, where, "%s", pin->text);
	if (pin->want == 20 || pin->want == 16)
		note(l, WEAK_DIGEST, false, where, "%s", pin->text);
	lint_origin(l, where, pin);
	lint_key(l, where, pin);
}

/* ---- a file ---- */

/* Pins of h that differ from all before them and could match. */
static size_t
distinct(const struct pinlist_host *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_pins; i++) {
		bool fresh = h->pins[i].n > 0 && !h->pins[i].forbidden;

		for (size_t k = 0; k < i; k++)
			fresh = fresh &&
			    (h->pins[k].n != h->pins[i].n ||
			        memcmp(h->pins[k].digest, h->pins[i].digest,
			            h->pins[i].n) != 0);
		n += fresh;
	}
	return n;
}

static void
lint_name(struct pin_lint *l, const char *where, const struct pinlist_host *h)
{
	static const char *const stars[] = { "", "*.", "**." };
	enum host_pattern_reach reach;
	const char *fault = NULL;
	char *pattern, *host;

	if (strchr(h->name, '*') != NULL)
		fault = "a star elsewhere than at the beginning";
	else if (strchr(h->name, ':') != NULL)
		fault = "a port in the host";
	else if (strchr(h->name, '/') != NULL)
		fault = "a URL, not a host";
	else if (*h->name != '\0' && h->name[strlen(h->name) - 1] == '.')
		fault = "a dot at the end";
	for (const char *p = h->name; fault == NULL && *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			fault = "not in A-label form (xn--...)";
	if (fault == NULL) {
		pattern = mem_printf("%s%s", stars[h->reach], h->name);
		host = host_pattern_parse(pattern, &reach, &fault);
		free(pattern);
		free(host);
		if (host != NULL)
			fault = NULL;
	}
	if (fault != NULL)
		note(l, PATTERN, true, where, "%s", fault);
}

static void
lint_expiry(
    struct pin_lint *l, const char *where, int64_t expires, int64_t warn)
{
	char at[TIME_TEXT];

	if (expires == 0)
		return;
	time_format_date(expires, at);
	if (expires <= l->now)
		note(l, EXPIRY, true, where, "ended on %s", at);
	else if (expires - l->now < warn)
		note(l, EXPIRY, false, where, "ends on %s", at);
}

/* Apple's list has a host twice, for itself and for one label below. */
static void
lint_twice(struct pin_lint *l, const char *where, const struct pinlist *list,
    size_t at)
{
	const struct pinlist_host *h = &list->hosts[at];

	for (size_t i = 0; i < at; i++)
		if (list->hosts[i].name != NULL &&
		    list->hosts[i].reach == h->reach &&
		    strcasecmp(list->hosts[i].name, h->name) == 0) {
			note(l, PATTERN, true, where, "stands there twice");
			return;
		}
}

void
pin_lint_list(struct pin_lint *l, const struct pinlist *list)
{
	for (size_t i = 0; i < list->n_hosts; i++) {
		const struct pinlist_host *h = &list->hosts[i];
		struct buf where;
		size_t usable = distinct(h);

		buf_init(&where, LIMIT_SMALL_BODY);
		pinlist_show_host(h, &where);
		if (h->name != NULL) {
			lint_name(l, buf_text(&where), h);
			lint_twice(l, buf_text(&where), list, i);
		}
		for (size_t k = 0; k < h->n_pins; k++)
			lint_pin(l, buf_text(&where), &h->pins[k]);
		if (usable < h->n_pins && h->name != NULL)
			note(l, DUPLICATE, false, buf_text(&where),
			    "%zu pins, %zu of them different", h->n_pins,
			    usable);
		if (h->name != NULL && !h->excluded && usable < 2)
			note(l, SINGLE_PIN, false, buf_text(&where),
			    "%zu pin%s", usable, usable == 1 ? "" : "s");
		lint_expiry(l, buf_text(&where), h->expires, 30 * TIME_DAY);
		buf_fini(&where);
	}
}

/* ---- a pinset ---- */

/* The keys of d that clients accept. */
static size_t
usable_keys(const struct pinset *p, const struct pinset_domain *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_keys; i++)
		n += pinset_is_usable(&p->keys[d->keys[i]]);
	return n;
}

static bool
has_unused_backup(const struct pin_lint *l, const struct pinset *p,
    const struct pinset_domain *d)
{
	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];

		if (key->state == PINSET_BACKUP &&
		    (l->seen == NULL || !l->seen(l->arg, key->spki_sha256)))
			return true;
	}
	return false;
}

/* PIN09 and PIN10: the CA keys among the pinset's issuers say whose they are. */
static void
lint_cas(
    struct pin_lint *l, const struct pinset *p, const struct pinset_domain *d)
{
	const char *operator= NULL;
	bool same = d->n_keys > 1;

	for (size_t i = 0; i < d->n_keys; i++) {
		const struct pinset_key *key = &p->keys[d->keys[i]];
		const struct pinset_issuer *ca =
		    pinset_issuer(p, key->spki_sha256);

		if (ca == NULL || ca->caa == NULL) {
			same = false;
			continue;
		}
		same =
		    same && (operator== NULL || strcmp(operator, ca->caa) == 0);
		operator= ca->caa;
		for (size_t k = 0; k < p->n_issuers; k++) {
			const struct pinset_issuer *sibling = &p->issuers[k];
			const struct pinset_key *pinned =
			    pinset_key(p, sibling->spki_sha256);

			if (sibling != ca && sibling->caa != NULL &&
			    strcmp(sibling->caa, ca->caa) == 0 &&
			    (pinned == NULL ||
			        !pinset_domain_key(p, d, pinned)))
				note(l, INTERMEDIATE, false, d->pattern,
				    "%s is pinned, its sibling %s is not",
				    key->id, sibling->id);
		}
	}
	if (same)
		note(l, SAME_CA, false, d->pattern, "all are %s's", operator);
}

/* PIN13: what is lost in a consumer's format. */
static void
lint_consumer(
    struct pin_lint *l, const struct pinset *p, const struct pinset_consumer *c)
{
	const struct formats_format *f =
	    c->format != NULL ? formats_find(c->format) : NULL;
	const struct formats_choice choice = { NULL, 0, c->id, 0 };
	struct pinlist list = { 0 };
	struct buf error;

	if (c->format == NULL)
		return;
	if (f == NULL || f->write == NULL) {
		note(l, CONSUMER, false, c->id, "no format to export is %s",
		    c->format);
		return;
	}
	buf_init(&error, LIMIT_SMALL_BODY);
	if (!formats_project(f, p, &choice, &list, &error))
		note(l, CONSUMER, false, c->id, "%s", buf_text(&error));
	for (size_t i = 0; i < list.n_warnings; i++)
		note(l, CONSUMER, false, c->id, "%s", list.warnings[i]);
	pinlist_fini(&list);
	buf_fini(&error);
}

static void
lint_domain(
    struct pin_lint *l, const struct pinset *p, const struct pinset_domain *d)
{
	size_t usable = usable_keys(p, d);

	if (d->n_keys == 0 || d->relinquished != 0)
		return; /* watched, not pinned */
	if (usable < (size_t)p->min_pins)
		note(l, SINGLE_PIN, !d->monitor, d->pattern,
		    "%zu usable pin%s, and the policy wants %d", usable,
		    usable == 1 ? "" : "s", p->min_pins);
	if (d->kind == PINSET_SPKI && !has_unused_backup(l, p, d))
		note(l, NO_BACKUP, false, d->pattern,
		    "no key is kept as a backup that was never used");
	if (d->kind == PINSET_CA)
		lint_cas(l, p, d);
	if (d->kind == PINSET_CERT)
		note(l, NOT_SPKI, false, d->pattern,
		    "pins whole certificates, which change at every renewal");
}

/* PIN11: against the clock, the slowest consumer and the keys' own dates. */
static void
lint_end(struct pin_lint *l, const struct pinset *p)
{
	int64_t warn = 0, last = 0;

	for (size_t i = 0; i < p->n_warn_days; i++)
		if (p->warn_days[i] * TIME_DAY > warn)
			warn = p->warn_days[i] * TIME_DAY;
	for (size_t i = 0; i < p->n_consumers; i++)
		if (p->consumers[i].lead_days * TIME_DAY > warn)
			warn = p->consumers[i].lead_days * TIME_DAY;
	for (size_t i = 0; i < p->n_keys; i++)
		if (p->keys[i].not_after > last)
			last = p->keys[i].not_after;
	if (p->expires == 0)
		note(l, EXPIRY, false, "expires",
		    "the pinset has no expiry: an old copy is never stale");
	else if (last != 0 && p->expires > last)
		note(l, EXPIRY, false, "expires",
		    "the pinset outlives every key that has a not_after");
	lint_expiry(l, "expires", p->expires, warn);
}

void
pin_lint_pinset(struct pin_lint *l, const struct pinset *p)
{
	struct pinlist list = { 0 };
	struct pinlist_host *h =
	    pinlist_add_host(&list, NULL, HOST_PATTERN_HOST);

	for (size_t i = 0; i < p->n_keys; i++) {
		const struct pinset_key *key = &p->keys[i];
		char text[PINSET_PIN_TEXT];
		struct pinlist_pin *pin;

		pinset_pin_format(key->spki_sha256, text);
		pin = pinlist_add_pin(h, text);
		if (key->spki_der.n > 0)
			pin->spki = (struct bytes){ mem_dup(key->spki_der),
				key->spki_der.n };
		/* A key that was given up may be as bad as it likes. */
		if (key->state != PINSET_COMPROMISED &&
		    key->state != PINSET_RETIRED)
			lint_pin(l, key->id, pin);
	}
	pinlist_fini(&list);
	for (size_t i = 0; i < p->n_domains; i++)
		lint_domain(l, p, &p->domains[i]);
	for (size_t i = 0; i < p->n_consumers; i++)
		lint_consumer(l, p, &p->consumers[i]);
	lint_end(l, p);
}

size_t
pin_lint_errors(const struct pin_lint *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].error;
	return n;
}

void
pin_lint_fini(struct pin_lint *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].where);
		free(l->v[i].text);
	}
	free(l->v);
	l->v = NULL;
	l->n = 0;
}
