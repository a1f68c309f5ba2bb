/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "policy/cidr_set.h"
#include "policy/dnsname.h"
#include "policy/idna.h"
#include "policy/label_pattern.h"
#include "policy/name_text.h"
#include "policy/reverse_name.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/der.h>

/* The state of reading one name. */
struct reading_state {
	struct dnsname_reader *to;
	bool doubtful; /* the name also has a better reading */
};

/* Bytes that end a name within a text, apart from NUL. */
#define IN_WORDS " \t\r\n,;\"'<>(){}|"

/* Bytes that end the authority of a URL; browsers also accept a backslash. */
#define IN_URL "/\\?#;"

/* Each byte of a word that is c, at its highest bit; bytes below 128. */
#define EACH(c)         (UINT64_C(0x0101010101010101) * (c))
#define WITHIN(x, a, z) (((x) + EACH(0x80 - (a))) & ~((x) + EACH(0x7f - (z))))

/* Report whether eight bytes are letters, digits, dots, "-" or "_". */
static inline bool
is_plain_word(const uint8_t *p)
{
	uint64_t x, ok;

	memcpy(&x, p, sizeof x);
	ok = WITHIN(x | EACH(0x20), 'a', 'z') | WITHIN(x, '-', '.') |
	    WITHIN(x, '0', '9') | WITHIN(x, '_', '_');
	return (x & EACH(0x80)) == 0 && (ok & EACH(0x80)) == EACH(0x80);
}

/* The same of n bytes; the last words overlap. */
static bool
is_plain_text(const uint8_t *p, size_t n)
{
	uint8_t small[8];

	if (n < sizeof small) {
		memset(small, '-', sizeof small);
		memcpy(small, p, n);
		return is_plain_word(small);
	}
	for (size_t i = 0; i < n - 8; i += 8)
		if (!is_plain_word(p + i))
			return false;
	return is_plain_word(p + n - 8);
}

bool
dnsname_is_plain(struct bytes name)
{
	size_t i = name.n > 2 && name.p[0] == '*' && name.p[1] == '.' ? 2 : 0;
	uint8_t last;

	if (i == name.n || name.p[i] == '.')
		return false;
	/* Addresses end in a digit, top-level domains do not. */
	last = name.p[name.n - 1];
	return last != '.' && (last < '0' || last > '9') &&
	    is_plain_text(name.p + i, name.n - i);
}

static bool
has_control(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] == 0x7f)
			return true;
	return false;
}

/* The bytes of b before the first of those in `ends`. */
static struct bytes
before(struct bytes b, const char *ends)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == '\0' || strchr(ends, b.p[i]) != NULL)
			return (struct bytes){ b.p, i };
	return b;
}

/* Put one label before those at *at in the buffer; false if it is full. */
static bool
put_label(struct bytes label, uint8_t *buffer, size_t *at)
{
	if (label.n > *at || (*at < LIMIT_READING && label.n >= *at))
		return false;
	if (*at < LIMIT_READING)
		buffer[--*at] = '.';
	*at -= label.n;
	text_lower(label, (char *)buffer + *at);
	return true;
}

/* As idna_to_ascii, while there are conversions left. */
static bool
convert(const struct reading_state *r, struct bytes name,
    char out[static LIMIT_READING])
{
	if (r->to->idna == 0)
		return false;
	r->to->idna--;
	return idna_to_ascii(name, out);
}

static bool
is_unreadable(uint8_t c)
{
	return c < 0x20 || c >= 0x7f;
}

/*
 * The label with each run of unreadable characters as one
 * LABEL_PATTERN_UNREADABLE; "?" if it has no others.
 */
static struct bytes
mark_unreadable(struct bytes label, char out[LIMIT_READING])
{
	bool readable = false;
	size_t n = 0;

	for (size_t i = 0; i < label.n; i++) {
		if (!is_unreadable(label.p[i])) {
			readable = true;
			out[n++] = (char)label.p[i];
		} else if (n == 0 || out[n - 1] != LABEL_PATTERN_UNREADABLE)
			out[n++] = LABEL_PATTERN_UNREADABLE;
	}
	return readable ? bytes_at(out, n) : bytes_of("?");
}

/*
 * Append a label: as it is, as A-label, as pattern if a part of it cannot be
 * read, or as a blank if no host can have it.
 */
static struct bytes
show_label(const struct reading_state *r, struct bytes label,
    char ascii[LIMIT_READING])
{
	bool all_ascii = text_is_ascii(label);
	bool out_of_conversions = r->to->idna == 0;

	if (!all_ascii && convert(r, label, ascii))
		return bytes_of(ascii);
	if (label.n > LIMIT_READING / 2)
		return bytes_of(memchr(label.p, '*', label.n) ? "?" : " ");
	if (label.n > 0 &&
	    (memchr(label.p, ' ', label.n) != NULL ||
	        (all_ascii && memchr(label.p, '\0', label.n) != NULL)))
		return bytes_of(" ");
	if (all_ascii && !has_control(label))
		return label;
	if (r->doubtful)
		return bytes_of(" ");
	/* An unconverted label may be any label. */
	if (!all_ascii && out_of_conversions)
		return bytes_of("?");
	return mark_unreadable(label, ascii);
}

/*
 * Report the labels of a name, formatted by show_label.  Of a name that is too
 * long for a host, report the labels on the right.
 */
static bool
report_labels(const struct reading_state *r, struct bytes name)
{
	uint8_t buffer[LIMIT_READING], address[16];
	char ascii[LIMIT_READING];
	size_t at = sizeof buffer;
	struct dnsname_reading reading = { 0 };
	bool readable = false;

	for (;;) {
		struct bytes label = bytes_after_last(name, '.');
		struct bytes put = show_label(r, label, ascii);

		if (!put_label(put, buffer, &at))
			break;
		readable =
		    readable || (!bytes_is(put, "?") && !bytes_is(put, " "));
		if (label.n == name.n)
			break;
		name.n -= label.n + 1;
	}
	/* A name without a readable label matches no item. */
	if (!readable)
		return false;
	reading.labels = (struct bytes){ buffer + at, sizeof buffer - at };
	reading.address = (struct bytes){ address,
		reverse_name_address(reading.labels, address) };
	return r->to->each(r->to->arg, &reading);
}

static bool
is_around(uint8_t c)
{
	return c == '.' || c == ' ' || c == '\0' || (c >= '\t' && c <= '\r');
}

/* Report a host or address, without blanks and dots around it. */
static bool
report_host(const struct reading_state *r, struct bytes host)
{
	struct dnsname_reading reading = { 0 };
	char modern[LIMIT_READING], old[LIMIT_READING];
	uint8_t address[16];
	bool below = false;

	while (host.n > 0 && is_around(*host.p)) {
		below = below || *host.p == '.';
		host.p++;
		host.n--;
	}
	while (host.n > 0 && is_around(host.p[host.n - 1]))
		host.n--;
	if (host.n == 0)
		return false;
	reading.address =
	    (struct bytes){ address, cidr_set_address(host, address) };
	if (reading.address.n > 0 && r->to->each(r->to->arg, &reading))
		return true;
	/* For some programs a leading dot means all names below. */
	if (below && host.n < LIMIT_READING - 2) {
		uint8_t name[LIMIT_READING] = { '?', '.' };

		memcpy(name + 2, host.p, host.n);
		if (report_labels(r, (struct bytes){ name, host.n + 2 }))
			return true;
	}
	if (text_is_ascii(host) || !convert(r, host, modern))
		return report_labels(r, host);
	if (report_labels(r, bytes_of(modern)))
		return true;
	/* IDNA 2003 maps sharp s to ss; IDNA 2008 keeps it. */
	return idna_to_ascii_2003(host, old) && strcmp(old, modern) != 0 &&
	    report_labels(r, bytes_of(old));
}

/* The host of a URL that begins with its authority, or slashes before it. */
static struct bytes
authority_host(struct bytes url)
{
	struct bytes host, in;
	const uint8_t *colon;

	while (url.n > 0 && (*url.p == '/' || *url.p == '\\')) {
		url.p++;
		url.n--;
	}
	host = bytes_after_last(before(url, IN_URL), '@');
	if (host.n > 0 && *host.p == '[') {
		in = before(host, "]");
		host.n = in.n < host.n ? in.n + 1 : host.n;
		return host;
	}
	colon = host.n > 0 ? memchr(host.p, ':', host.n) : NULL;
	if (colon != NULL && colon == memrchr(host.p, ':', host.n))
		host.n = (size_t)(colon - host.p);
	return host;
}

/* What follows the scheme of a URL; empty if it has none. */
static struct bytes
after_scheme(struct bytes url)
{
	struct bytes scheme;

	return bytes_until(&url, ':', &scheme) ? url : (struct bytes){ 0 };
}

/* Report one word as it is, as a URL, and as a URL without scheme. */
static bool
report_word(const struct reading_state *r, struct bytes word)
{
	struct bytes url = after_scheme(word), host = authority_host(word);
	uint8_t address[16];

	if (report_host(r, word))
		return true;
	/* Keep the colons of an IPv6 address. */
	if (cidr_set_address(word, address) > 0)
		return false;
	/* The text before a question mark may be part of a redacted label: a
	 * star there does not match all names. */
	if (host.n < word.n && !bytes_is(host, "*.") && report_host(r, host))
		return true;
	return url.n > 0 && report_host(r, authority_host(url));
}

/* Report a text without NUL, and its words. */
static bool
report_text(const struct reading_state *r, struct bytes text)
{
	struct bytes rest = text;

	if (report_host(r, text))
		return true;
	while (rest.n > 0) {
		struct bytes word = before(rest, IN_WORDS);
		size_t skip = word.n + (word.n < rest.n);

		if (report_word(r, word))
			return true;
		rest.p += skip;
		rest.n -= skip;
	}
	return false;
}

/* Report a text by its kind of name. */
static bool
report_kind(
    const struct reading_state *r, enum cert_name_kind kind, struct bytes text)
{
	struct bytes rest;

	switch (kind) {
	case CERT_URI:
		rest = after_scheme(text);
		return report_host(r, authority_host(rest.n > 0 ? rest : text));
	case CERT_EMAIL:
		/* RFC 6120: such names may have a resource after a slash. */
		return report_host(r, bytes_after_last(before(text, "/"), '@'));
	case CERT_SRV:
		rest = text;
		if (bytes_until(&rest, '.', &(struct bytes){ 0 }) &&
		    report_host(r, rest))
			return true;
		return report_host(r, text);
	default:
		return report_text(r, text);
	}
}

/* Report a text without its NULs. */
static bool
report_without_nul(const struct reading_state *r, struct bytes text)
{
	struct bytes part;
	struct buf joined;
	bool stop;

	buf_init(&joined, text.n);
	while (bytes_until(&text, '\0', &part))
		buf_add(&joined, part);
	buf_add(&joined, text);
	stop = report_host(r, buf_view(&joined));
	buf_fini(&joined);
	return stop;
}

/* Report a text as a whole, and the parts between NULs, since C strings end
 * there. */
static bool
report_parts(
    const struct reading_state *r, enum cert_name_kind kind, struct bytes text)
{
	struct bytes part;

	if (text.n > 0 && memchr(text.p, '\0', text.n) == NULL)
		return report_kind(r, kind, text);
	if (report_host(r, text) || report_without_nul(r, text))
		return true;
	while (bytes_until(&text, '\0', &part))
		if (report_kind(r, kind, part))
			return true;
	return report_kind(r, kind, text);
}

/* Report a name in primitive encoding in each way to decode it. */
static bool
report_bytes(const struct reading_state *r, const struct cert_name *name)
{
	bool wide = name->charset == DER_BMP || name->charset == DER_UNIVERSAL;
	struct bytes in = name->value;
	struct buf text;
	bool stop;

	/* Also for wide characters: some programs read them as bytes. */
	stop = (!wide || (in.n > 0 && memchr(in.p, '\0', in.n) == NULL)) &&
	    text_is_utf8(in) && report_parts(r, name->kind, in);
	buf_init(&text, LIMIT_CERT_TEXT);
	if (!stop && wide) {
		name_text_decode(&text, name->charset, in);
		stop = report_parts(r, name->kind, buf_view(&text));
	}
	if (!stop && !text_is_ascii(in)) {
		struct reading_state latin1 = *r;

		latin1.doubtful = wide || text_is_utf8(in);
		buf_clear(&text);
		name_text_latin1(&text, in);
		stop = report_parts(&latin1, name->kind, buf_view(&text));
	}
	buf_fini(&text);
	return stop;
}

/* An iPAddress; one of a wrong size may be an address as text. */
static bool
report_address(const struct reading_state *r, struct bytes in)
{
	struct dnsname_reading reading = { .address = in };

	if (in.n == 4 || in.n == 16)
		return r->to->each(r->to->arg, &reading);
	return report_host(r, in);
}

static bool
report_plain(struct dnsname_reader *to, struct bytes name)
{
	uint8_t address[16];
	const struct dnsname_reading reading = {
		.labels = name,
		.address = { address, reverse_name_address(name, address) },
		.plain = true,
	};

	return to->each(to->arg, &reading);
}

bool
dnsname_read(struct dnsname_reader *to, const struct cert_name *name)
{
	struct reading_state r = { to, false };
	struct cert_name whole;
	struct buf joined;
	bool stop;

	if (!name->split) {
		if ((name->kind == CERT_DNS || name->kind == CERT_CN) &&
		    dnsname_is_plain(name->value))
			return report_plain(to, name->value);
		if (name->kind == CERT_IP)
			return report_address(&r, name->value);
		return report_bytes(&r, name);
	}
	buf_init(&joined, LIMIT_CERT_TEXT);
	der_join(name->value, &joined);
	whole = *name;
	whole.value = buf_view(&joined);
	stop = name->kind == CERT_IP ? report_address(&r, whole.value)
	                             : report_bytes(&r, &whole);
	buf_fini(&joined);
	return stop;
}
