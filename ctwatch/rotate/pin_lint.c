/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rotate/pin_lint_rules.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/weak_key.h>
#include <ctwatch/rotate/identify_pin.h>

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

/* PIN05, by the notation or the certificate. */
static void
lint_origin(
    struct pin_lint *l, const char *where, const struct pinlist_pin *pin)
{
	uint8_t meant[PINLIST_DIGEST_MAX];
	struct bytes digest = { pin->digest, pin->n };
	const char *fault;
	struct identify_pin is;
	size_t n;

	fault = identify_pin_notation(pin->text, meant, &n);
	if (fault != NULL) {
		pin_lint_rules_note(l, PIN_LINT_NOT_SPKI, true, where, "%s: %s",
		    pin->text, fault);
		digest = (struct bytes){ meant, n };
	}
	for (size_t i = 0; l->certs != NULL && i < l->certs->n; i++)
		if (identify_pin_material(&l->certs->v[i], digest, &is) &&
		    !is.spki && !(is.cert && pin->of_cert)) {
			pin_lint_rules_note(l, PIN_LINT_NOT_SPKI, true, where,
			    "%s: the %s of %s", pin->text, is.algorithm,
			    is.what);
			return;
		}
	if (pin->of_cert)
		pin_lint_rules_note(l, PIN_LINT_NOT_SPKI, false, where,
		    "%s: of a whole certificate: it changes at every renewal",
		    pin->text);
}

static void
lint_key(struct pin_lint *l, const char *where, const struct pinlist_pin *pin)
{
	unsigned faults =
	    pin->spki.n > 0 ? weak_key_spki(blob_view(pin->spki)) : 0;

	for (unsigned bit = 1; bit <= WEAK_KEY_PUBLISHED; bit <<= 1)
		if ((faults & bit) != 0)
			pin_lint_rules_note(l, PIN_LINT_KNOWN_KEY,
			    bit != WEAK_KEY_RANGE && bit != WEAK_KEY_ALGORITHM,
			    where, "%s: %s", pin->text,
			    weak_key_words((enum weak_key_fault)bit));
	if (is_blocked(l, pin))
		pin_lint_rules_note(l, PIN_LINT_KNOWN_KEY, true, where,
		    "%s: it is on the list of "
		    "blocked keys",
		    pin->text);
}

void
pin_lint_pin(
    struct pin_lint *l, const char *where, const struct pinlist_pin *pin)
{
	const struct bytes digest = { pin->digest, pin->n };
	const char *nothing = identify_pin_nothing(digest);

	if (pin->n == 0 && pin->label != NULL)
		return; /* an unresolved name, already warned of */
	if (nothing != NULL && strstr(nothing, "placeholder") == NULL) {
		pin_lint_rules_note(l, PIN_LINT_EMPTY_INPUT, true, where,
		    "%s: the digest %s", pin->text, nothing);
		return;
	}
	if (nothing != NULL || identify_pin_placeholder(pin->text)) {
		pin_lint_rules_note(
		    l, PIN_LINT_PLACEHOLDER, true, where, "%s", pin->text);
		if (pin->n == pin->want)
			return;
	}
	if (pin->n != pin->want)
		pin_lint_rules_note(l, PIN_LINT_LENGTH, true, where,
		    "%s: %zu bytes instead of %zu", pin->text, pin->n,
		    pin->want);
	else if (!pin->canonical)
		pin_lint_rules_note(l, PIN_LINT_NON_CANONICAL, true, where,
		    "%s%s", pin->text,
		    pin->hex ? ": hexadecimal instead of base64" : "");
	if (pin->want == 20 || pin->want == 16)
		pin_lint_rules_note(
		    l, PIN_LINT_WEAK_DIGEST, false, where, "%s", pin->text);
	lint_origin(l, where, pin);
	lint_key(l, where, pin);
}

/* ---- the certificates of a host ---- */

static bool
is_pin_of(const struct pinlist_pin *pin, const struct key_input *m)
{
	uint8_t digest[SHA256_SIZE];

	sha256_digest(blob_view(pin->of_cert ? m->der : m->spki), digest);
	return pin->n == SHA256_SIZE && pin->want == SHA256_SIZE &&
	    !pin->forbidden && memcmp(pin->digest, digest, sizeof digest) == 0;
}

/* PIN18; skip a host for which no given certificate is valid. */
void
pin_lint_certs(
    struct pin_lint *l, const char *where, const struct pinlist_host *h)
{
	bool ours = false, chain = false;

	if (h->excluded || h->n_pins == 0 || l->certs == NULL)
		return;
	for (size_t i = 0; i < l->certs->n; i++) {
		const struct key_input *m = &l->certs->v[i];

		ours = ours || h->name == NULL ||
		    key_input_covers(m, h->name, h->reach);
		chain = chain || m->ca;
		for (size_t k = 0; k < h->n_pins; k++)
			if (is_pin_of(&h->pins[k], m))
				return;
	}
	if (ours)
		pin_lint_rules_note(l, PIN_LINT_NO_PIN_OF_CERT, true, where,
		    "none of its pins is of the given certificate%s",
		    chain
		        ? "or its chain"
		        : "; if it pins a CA, also pass the chain with --cert");
}

/* ---- a file ---- */

/* Count the pins of h that differ from all before them and could match. */
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
		fault = "a star that is not the first label";
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
		pin_lint_rules_note(
		    l, PIN_LINT_PATTERN, true, where, "%s", fault);
}

void
pin_lint_expiry(
    struct pin_lint *l, const char *where, int64_t expires, int64_t warn)
{
	char at[TIME_TEXT];

	if (expires == 0)
		return;
	time_format_date(expires, at);
	if (expires <= l->now)
		pin_lint_rules_note(
		    l, PIN_LINT_EXPIRY, true, where, "ended on %s", at);
	else if (expires - l->now < warn)
		pin_lint_rules_note(
		    l, PIN_LINT_EXPIRY, false, where, "ends on %s", at);
}

/* Apple's list has a host twice, for itself and for one label below; TLSA
 * records have it for each port. */
static void
lint_twice(struct pin_lint *l, const char *where, const struct pinlist *list,
    size_t at)
{
	const struct pinlist_host *h = &list->hosts[at];

	for (size_t i = 0; i < at; i++)
		if (list->hosts[i].name != NULL &&
		    list->hosts[i].reach == h->reach &&
		    list->hosts[i].n_ports + h->n_ports == 0 &&
		    strcasecmp(list->hosts[i].name, h->name) == 0) {
			pin_lint_rules_note(l, PIN_LINT_PATTERN, true, where,
			    "duplicate entry");
			return;
		}
}

static void
lint_faults(struct pin_lint *l, const struct pinlist *list)
{
	static const enum pin_lint_rules_id kinds[] = { [PINLIST_FAULT_EXPIRY] =
		                                            PIN_LINT_EXPIRY,
		[PINLIST_FAULT_READ] = PIN_LINT_CONSUMER,
		[PINLIST_FAULT_OFF] = PIN_LINT_PINNING_OFF };

	for (size_t i = 0; i < list->n_faults; i++) {
		char *where = list->faults[i].where;

		pin_lint_rules_note(l, kinds[list->faults[i].kind], true, where,
		    "%s", list->faults[i].text);
	}
}

static void
lint_host(struct pin_lint *l, const struct pinlist *list, size_t at)
{
	const struct pinlist_host *h = &list->hosts[at];
	size_t usable = distinct(h);
	const char *where;
	struct buf text;

	buf_init(&text, LIMIT_SMALL_BODY);
	pinlist_show_host(h, &text);
	where = buf_text(&text);
	if (h->name != NULL) {
		lint_name(l, where, h);
		lint_twice(l, where, list, at);
	}
	for (size_t k = 0; k < h->n_pins; k++)
		pin_lint_pin(l, where, &h->pins[k]);
	if (usable < h->n_pins && h->name != NULL)
		pin_lint_rules_note(l, PIN_LINT_DUPLICATE, false, where,
		    "%zu pins, %zu of them different", h->n_pins, usable);
	if (h->name != NULL && !h->excluded && usable < 2)
		pin_lint_rules_note(l, PIN_LINT_SINGLE_PIN, false, where,
		    "%zu pin%s", usable, usable == 1 ? "" : "s");
	if (h->monitor && !l->may_monitor)
		pin_lint_rules_note(l, PIN_LINT_PINNING_OFF, true, where,
		    "pins are reported, not enforced");
	pin_lint_expiry(l, where, h->expires, 30 * TIME_DAY);
	pin_lint_certs(l, where, h);
	buf_fini(&text);
}

void
pin_lint_list(struct pin_lint *l, const struct pinlist *list)
{
	lint_faults(l, list);
	for (size_t i = 0; i < list->n_hosts; i++)
		lint_host(l, list, i);
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
