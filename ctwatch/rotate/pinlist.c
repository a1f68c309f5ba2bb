/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/pinlist.h>

static void
pin_fini(struct pinlist_pin *p)
{
	free(p->text);
	free(p->label);
	blob_fini(&p->spki);
	blob_fini(&p->cert);
	free(p->custody);
}

static void
host_fini(struct pinlist_host *h)
{
	for (size_t i = 0; i < h->n_pins; i++)
		pin_fini(&h->pins[i]);
	free(h->pins);
	free(h->name);
	free(h->ports);
	free(h->report);
	free(h->owner);
}

void
pinlist_fini(struct pinlist *l)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		host_fini(&l->hosts[i]);
	free(l->hosts);
	for (size_t i = 0; i < l->n_warnings; i++)
		free(l->warnings[i]);
	free(l->warnings);
	for (size_t i = 0; i < l->n_faults; i++) {
		free(l->faults[i].where);
		free(l->faults[i].text);
	}
	free(l->faults);
	*l = (struct pinlist){ 0 };
}

struct pinlist_host *
pinlist_add_host(
    struct pinlist *l, const char *name, enum host_pattern_reach reach)
{
	l->hosts = mem_grow(l->hosts, l->n_hosts, sizeof *l->hosts);
	l->hosts[l->n_hosts] = (struct pinlist_host){
		.name = name != NULL ? mem_strdup(name) : NULL, .reach = reach
	};
	return &l->hosts[l->n_hosts++];
}

void
pinlist_drop_host(struct pinlist *l, size_t at)
{
	host_fini(&l->hosts[at]);
	l->n_hosts--;
	memmove(&l->hosts[at], &l->hosts[at + 1],
	    (l->n_hosts - at) * sizeof *l->hosts);
}

struct pinlist_host *
pinlist_host(struct pinlist *l, const char *name, enum host_pattern_reach reach)
{
	for (size_t i = 0; i < l->n_hosts; i++) {
		struct pinlist_host *h = &l->hosts[i];

		if (h->reach == reach && (h->name == NULL) == (name == NULL) &&
		    (name == NULL || strcmp(h->name, name) == 0))
			return h;
	}
	return pinlist_add_host(l, name, reach);
}

struct pinlist_host *
pinlist_pattern(struct pinlist *l, const char *pattern)
{
	if (strncmp(pattern, "**.", 3) == 0)
		return pinlist_host(l, pattern + 3, HOST_PATTERN_SUBTREE);
	if (strncmp(pattern, "*.", 2) == 0)
		return pinlist_host(l, pattern + 2, HOST_PATTERN_ONE_LABEL);
	return pinlist_host(l, pattern, HOST_PATTERN_HOST);
}

/* ---- decoding ---- */

static int
base64_value(uint8_t c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	if (c == '-' || c == '_') /* RFC 4648, 5 */
		return c == '-' ? 62 : 63;
	return c != '\0' && at != NULL ? (int)(at - digits) : -1;
}

/*
 * Decode as the most lenient consumer (okio): skip blanks and trailing padding,
 * accept both alphabets and any spare bits; refuse other characters and a
 * single last digit.
 */
static bool
decode_base64(struct bytes in, uint8_t *out, size_t max, size_t *n)
{
	uint32_t acc = 0;
	unsigned bits = 0;

	while (in.n > 0 && (in.p[in.n - 1] == '=' || isspace(in.p[in.n - 1])))
		in.n--;
	*n = 0;
	for (size_t i = 0; i < in.n; i++) {
		int v;

		if (isspace(in.p[i]))
			continue;
		v = base64_value(in.p[i]);
		if (v < 0)
			return false;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			if (*n == max)
				return false;
			out[(*n)++] = (uint8_t)(acc >> bits);
		}
	}
	return *n > 0 && bits != 6;
}

static bool
decode_hex(struct bytes in, uint8_t *out, size_t max, size_t *n)
{
	char digits[2 * PINLIST_DIGEST_MAX + 1];
	size_t len = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == ':' || in.p[i] == ' ')
			continue;
		if (len == 2 * max)
			return false;
		digits[len++] = (char)in.p[i];
	}
	digits[len] = '\0';
	*n = len / 2;
	return len > 0 && len % 2 == 0 && text_unhex(digits, out, *n);
}

/* Hexadecimal digits of a known digest's length are not base64. */
static bool
is_hex(struct bytes in)
{
	uint8_t out[PINLIST_DIGEST_MAX];
	size_t n;

	return decode_hex(in, out, sizeof out, &n) &&
	    (n == 16 || n == 20 || n == 32 || n == 48 || n == 64);
}

/* Prefixes by which formats name the algorithm, longest first. */
static const struct {
	const char *text;
	size_t want;
} prefixes[] = {
	{ "pin-sha256", 32 },
	{ "pin-sha1", 20 },
	{ "sha256/", 32 },
	{ "sha256:", 32 },
	{ "sha512/", 64 },
	{ "sha1/", 20 },
	{ "sha1:", 20 },
	{ "md5/", 16 },
};

/* Strip blanks, quotes and Python's b'' around a pin. */
static struct bytes
strip_quotes(struct bytes in)
{
	struct bytes skip;

	in = text_trim(in);
	if (in.n > 3 && in.p[0] == 'b' && in.p[1] == '\'')
		bytes_take(&in, 1, &skip);
	while (in.n > 1 && strchr("\"'`", in.p[0]) != NULL &&
	    in.p[in.n - 1] == in.p[0]) {
		bytes_take(&in, 1, &skip);
		in.n--;
	}
	return in;
}

/*
 * curl writes sha256//; elsewhere the second slash may be the first character
 * of the base64, which is then complete only with it.
 */
static void
skip_second_slash(struct bytes *in)
{
	bool padded = in->n > 0 && in->p[in->n - 1] == '=';

	if (in->n != (padded ? 44 : 43))
		lex_prefix(in, "/");
}

static void
decode_pin(struct pinlist_pin *pin)
{
	struct bytes in = strip_quotes(bytes_of(pin->text));
	char again[TEXT_BASE64_LEN(PINLIST_DIGEST_MAX) + 1];

	pin->want = 32;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (lex_prefix(&in, prefixes[i].text)) {
			pin->want = prefixes[i].want;
			if (strcmp(prefixes[i].text, "sha256/") == 0)
				skip_second_slash(&in);
			lex_prefix(&in, "=");
			lex_prefix(&in, ":");
			break;
		}
	in = strip_quotes(in);
	if (is_hex(in)) {
		decode_hex(in, pin->digest, sizeof pin->digest, &pin->n);
		pin->canonical = pin->hex = true;
		return;
	}
	if (!decode_base64(in, pin->digest, sizeof pin->digest, &pin->n)) {
		pin->n = 0;
		return;
	}
	text_base64((struct bytes){ pin->digest, pin->n }, again);
	pin->canonical = bytes_is(in, again);
}

static struct pinlist_pin *
new_pin(struct pinlist_host *h)
{
	h->pins = mem_grow(h->pins, h->n_pins, sizeof *h->pins);
	h->pins[h->n_pins] = (struct pinlist_pin){ .want = 32 };
	return &h->pins[h->n_pins++];
}

struct pinlist_pin *
pinlist_add_pin(struct pinlist_host *h, const char *text)
{
	struct pinlist_pin *pin = new_pin(h);

	pin->text = mem_strdup(text);
	decode_pin(pin);
	return pin;
}

struct pinlist_pin *
pinlist_add_spki(struct pinlist_host *h, struct bytes spki)
{
	struct pinlist_pin *pin = new_pin(h);
	char b64[45];

	sha256_digest(spki, pin->digest);
	pin->n = SHA256_SIZE;
	pin->canonical = true;
	pin->spki = blob_copy(spki);
	pinlist_base64(pin, b64);
	pin->text = mem_printf("sha256/%s", b64);
	return pin;
}

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

struct pinlist_pin *
pinlist_copy_pin(struct pinlist_host *h, const struct pinlist_pin *pin)
{
	struct pinlist_pin *p = new_pin(h);

	*p = *pin;
	p->text = mem_strdup(pin->text);
	p->label = copy(pin->label);
	p->custody = copy(pin->custody);
	if (pin->spki.n > 0)
		p->spki = blob_copy(blob_view(pin->spki));
	if (pin->cert.n > 0)
		p->cert = blob_copy(blob_view(pin->cert));
	return p;
}

bool
pinlist_has_pin(const struct pinlist_host *h, const struct pinlist_pin *pin)
{
	for (size_t i = 0; i < h->n_pins; i++)
		if (h->pins[i].n == pin->n && pin->n > 0 &&
		    memcmp(h->pins[i].digest, pin->digest, pin->n) == 0)
			return true;
	return false;
}

bool
pinlist_usable(const struct pinlist_pin *pin)
{
	return pin->n == SHA256_SIZE && pin->want == SHA256_SIZE &&
	    !pin->of_cert;
}

void
pinlist_base64(const struct pinlist_pin *pin, char out[static 45])
{
	text_base64((struct bytes){ pin->digest, SHA256_SIZE }, out);
}

void
pinlist_show_host(const struct pinlist_host *h, struct buf *out)
{
	static const char *const stars[] = { "", "*.", "**." };

	if (h->name == NULL) {
		buf_add_text(out, "(any host)");
		return;
	}
	buf_add_text(out, stars[h->reach]);
	text_escape(out, bytes_of(h->name));
	if (h->n_ports == 1)
		buf_printf(out, ":%u", h->ports[0]);
}

/* ---- names for pins ---- */

/* Return the pin with that label, and the end of its host's pinning. */
static const struct pinlist_pin *
find_label(const struct pinlist *l, const char *label, int64_t *expires)
{
	for (size_t i = 0; i < l->n_hosts; i++) {
		const struct pinlist_host *h = &l->hosts[i];

		for (size_t k = 0; h->name == NULL && k < h->n_pins; k++)
			if (h->pins[k].label != NULL && h->pins[k].n > 0 &&
			    strcmp(h->pins[k].label, label) == 0) {
				*expires = h->expires;
				return &h->pins[k];
			}
	}
	return NULL;
}

/* Return true if any pin of h was a name. */
static bool
resolve_host(struct pinlist *l, size_t at)
{
	struct pinlist_host *h = &l->hosts[at];
	struct pinlist_pin *old = h->pins;
	size_t n = h->n_pins;
	bool any = false;

	h->pins = NULL;
	h->n_pins = 0;
	for (size_t i = 0; i < n; i++) {
		bool name = old[i].n == 0 && old[i].label != NULL;
		const struct pinlist_pin *real =
		    name ? find_label(l, old[i].label, &h->expires) : NULL;

		if (real != NULL)
			any = true;
		else if (name)
			pinlist_lose(l,
			    "%s: no key is named %s: also pass the file with "
			    "the keys",
			    h->name, old[i].label);
		pinlist_copy_pin(h, real != NULL ? real : &old[i])->forbidden =
		    old[i].forbidden;
		pin_fini(&old[i]);
	}
	free(old);
	return any;
}

void
pinlist_resolve(struct pinlist *l)
{
	bool any = false;
	size_t kept = 0;

	for (size_t i = 0; i < l->n_hosts; i++)
		if (l->hosts[i].name != NULL && resolve_host(l, i))
			any = true;
	if (!any)
		return;
	for (size_t i = 0; i < l->n_hosts; i++)
		if (l->hosts[i].name == NULL)
			host_fini(&l->hosts[i]);
		else
			l->hosts[kept++] = l->hosts[i];
	l->n_hosts = kept;
}

/* ---- messages ---- */

static char *
escaped(const char *fmt, va_list ap)
{
	struct buf safe;

	buf_init(&safe, LIMIT_SMALL_BODY);
	text_escape_vprintf(&safe, fmt, ap);
	return buf_detach(&safe);
}

/* Consumes text. */
static void
add_warning(struct pinlist *l, char *text)
{
	l->warnings = mem_grow(l->warnings, l->n_warnings, sizeof *l->warnings);
	l->warnings[l->n_warnings++] = text;
}

void
pinlist_warn(struct pinlist *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_warning(l, escaped(fmt, ap));
	va_end(ap);
}

void
pinlist_lose(struct pinlist *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_warning(l, escaped(fmt, ap));
	va_end(ap);
	l->lost++;
}

void
pinlist_fault(struct pinlist *l, enum pinlist_fault_kind kind,
    const char *where, const char *fmt, ...)
{
	struct buf safe;
	va_list ap;

	buf_init(&safe, LIMIT_SMALL_BODY);
	text_escape(&safe, bytes_of(where));
	l->faults = mem_grow(l->faults, l->n_faults, sizeof *l->faults);
	va_start(ap, fmt);
	l->faults[l->n_faults++] =
	    (struct pinlist_fault){ kind, buf_detach(&safe), escaped(fmt, ap) };
	va_end(ap);
}
