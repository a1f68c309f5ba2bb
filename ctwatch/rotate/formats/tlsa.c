/* SPDX-License-Identifier: Apache-2.0 */
/* TLSA records of DANE (RFC 6698, RFC 7671) in zone file notation. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

/* The type by name and by number (RFC 3597, 5). */
static bool
is_type(struct bytes word)
{
	return bytes_is(word, "TLSA") || bytes_is(word, "tlsa") ||
	    bytes_is(word, "TYPE52") || bytes_is(word, "type52");
}

static bool
detect(struct bytes text)
{
	struct bytes word;

	while (text_word(&text, &word))
		if (is_type(word))
			return true;
	return false;
}

/* The parts of an owner such as _443._tcp.www.example.com. */
struct owner {
	char *host;         /* owned; NULL: there is none */
	unsigned long port; /* 0: not said */
	bool tcp;
};

static void
parse_owner(struct bytes text, struct owner *out)
{
	struct bytes label;

	*out = (struct owner){ .tcp = true };
	for (int i = 0;
	     text.n > 0 && text.p[0] == '_' && bytes_until(&text, '.', &label);
	     i++) {
		char *s = lex_dup(label);

		if (i == 0)
			out->port = strtoul(s + 1, NULL, 10);
		else
			out->tcp = strcasecmp(s, "_tcp") == 0;
		free(s);
	}
	if (text.n > 0 && text.p[text.n - 1] == '.')
		text.n--;
	if (text.n > 0)
		out->host = lex_dup(text);
}

/* The host of this name and port, added if it is not there. */
static struct pinlist_host *
find_host(struct pinlist *l, const char *name, uint16_t port)
{
	struct pinlist_host *h;

	for (size_t i = 0; i < l->n_hosts; i++) {
		h = &l->hosts[i];
		if (h->reach == HOST_PATTERN_HOST &&
		    (h->name == NULL) == (name == NULL) &&
		    (name == NULL || strcasecmp(h->name, name) == 0) &&
		    (port == 0 ? h->n_ports == 0 : pinlist_ports_has(h, port)))
			return h;
	}
	h = pinlist_add_host(l, name, HOST_PATTERN_HOST);
	if (port != 0)
		pinlist_ports_add(h, port);
	return h;
}

/* Data of matching type 0 is the certificate or SPKI itself. */
static bool
add_whole(struct pinlist_host *h, const char *hex, bool cert)
{
	size_t n = strlen(hex) / 2;
	uint8_t *der = mem_alloc(n + 1, 1);
	bool ok = text_unhex(hex, der, n);

	if (ok && cert) {
		struct pinlist_pin *pin = pinlist_add_pin(h, "");

		sha256_digest((struct bytes){ der, n }, pin->digest);
		pin->n = SHA256_SIZE;
		pin->canonical = true;
		free(pin->text);
		pin->text = mem_strdup(hex);
	} else if (ok)
		pinlist_add_spki(h, (struct bytes){ der, n });
	free(der);
	return ok;
}

static bool
add_record(struct pinlist *out, struct bytes owner, const char field[3],
    const char *hex)
{
	bool cert = field[1] == '0', ok = true;
	struct pinlist_host *h;
	struct pinlist_pin *pin;
	struct owner o;

	parse_owner(owner, &o);
	if (!o.tcp || o.port > UINT16_MAX) {
		pinlist_lose(out,
		    "%.*s: a pinset has TCP ports alone: its pins are kept "
		    "without the port",
		    (int)owner.n, (const char *)owner.p);
		o.port = 0;
	}
	h = find_host(out, o.host, (uint16_t)o.port);
	free(o.host);
	if (field[2] == '0')
		ok = add_whole(h, hex, cert);
	else
		pinlist_add_pin(h, hex)->want = field[2] == '1' ? 32 : 64;
	if (!ok)
		return false;
	pin = &h->pins[h->n_pins - 1];
	pin->of_cert = cert;
	/* RFC 7218: 0 and 2 name a CA, 1 and 3 the end entity. */
	pin->position =
	    field[0] == '0' || field[0] == '2' ? PINLIST_CA : PINLIST_LEAF;
	return true;
}

/* Read usage, selector and matching type, one digit each. */
static bool
take_fields(struct bytes *record, char field[static 3])
{
	for (int i = 0; i < 3; i++) {
		struct bytes word;

		if (!text_word(record, &word) || word.n != 1)
			return false;
		field[i] = (char)word.p[0];
	}
	return true;
}

/* Read the same from the first three octets of RFC 3597's \# LENGTH HEX. */
static bool
take_octets(const char *hex, char field[static 3])
{
	for (int i = 0; i < 3; i++) {
		if (hex[2 * i] != '0' || hex[2 * i + 1] == '\0')
			return false;
		field[i] = hex[2 * i + 1];
	}
	return true;
}

/* A zone file being read. */
struct zone {
	struct pinlist *out;
	struct buf origin; /* of $ORIGIN; empty: not said */
	struct buf owner;  /* of the last record, whole */
};

/* Take the owner of a record that begins with it; a record that begins with a
 * blank has the last one. */
static bool
take_owner(struct zone *z, struct bytes *record)
{
	bool same = record->n > 0 && isspace(record->p[0]);
	struct bytes word;

	if (same)
		return z->owner.n > 0;
	if (!text_word(record, &word))
		return false;
	buf_clear(&z->owner);
	if (!bytes_is(word, "@"))
		buf_add(&z->owner, word);
	if (word.p[word.n - 1] == '.' || z->origin.n == 0)
		return true;
	if (z->owner.n > 0)
		buf_add_byte(&z->owner, '.');
	buf_add(&z->owner, buf_view(&z->origin));
	return true;
}

/* Read the owner, skip to the type, and read its data. */
static bool
read_record(struct zone *z, struct bytes record)
{
	struct bytes word;
	char field[3];
	const char *hex;
	struct buf data;
	bool ok, generic = false;

	if (lex_prefix(&record, "$ORIGIN")) {
		buf_clear(&z->origin);
		if (text_word(&record, &word))
			buf_add(&z->origin, word);
		return true;
	}
	if (!take_owner(z, &record))
		return true;
	do
		if (!text_word(&record, &word))
			return true;
	while (!is_type(word));
	if (lex_prefix(&word, "TYPE52")) {
		generic = text_word(&record, &word) && bytes_is(word, "\\#") &&
		    text_word(&record, &word);
		if (!generic)
			return false;
	} else if (!take_fields(&record, field))
		return false;
	buf_init(&data, record.n + 1);
	while (text_word(&record, &word))
		buf_add(&data, word);
	hex = buf_text(&data);
	ok = !generic || take_octets(hex, field);
	if (generic && ok)
		hex += 6;
	ok = ok && *hex != '\0' && field[0] >= '0' && field[0] <= '3' &&
	    field[1] >= '0' && field[1] <= '1' && field[2] >= '0' &&
	    field[2] <= '2' &&
	    add_record(z->out, buf_view(&z->owner), field, hex);
	buf_fini(&data);
	return ok;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct zone z = { .out = out };
	struct buf record;
	bool inside = false, ok = true;
	struct bytes line;
	size_t n = 0;

	/* A record ends with its line, unless a parenthesis is open. */
	buf_init(&record, text.n + 1);
	buf_init(&z.origin, LIMIT_SMALL_BODY);
	buf_init(&z.owner, LIMIT_SMALL_BODY);
	while (ok && text_line(&text, &line)) {
		n++;
		for (size_t i = 0; i < line.n && line.p[i] != ';'; i++) {
			uint8_t c = line.p[i];

			if (c == '(' || c == ')')
				inside = c == '(';
			buf_add_byte(&record, c == '(' || c == ')' ? ' ' : c);
		}
		buf_add_byte(&record, ' ');
		if (inside)
			continue;
		ok = read_record(&z, buf_view(&record));
		buf_clear(&record);
	}
	if (!ok || inside) {
		buf_printf(error, "%zu: a malformed TLSA record", n);
		ok = false;
	}
	buf_fini(&record);
	buf_fini(&z.origin);
	buf_fini(&z.owner);
	return ok;
}

static void
write_record(const struct pinlist_host *h, uint16_t port,
    const struct pinlist_pin *p, struct buf *out)
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ p->digest, SHA256_SIZE }, hex);
	buf_printf(out, "_%u._tcp.%s. IN TLSA %c %c 1 %s\n", port, h->name,
	    p->position == PINLIST_CA ? '2' : '3', p->of_cert ? '0' : '1', hex);
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	static uint16_t https[] = { PINLIST_HTTPS };

	format_util_comment(out, "; ", title, "\n");
	for (size_t i = 0; i < list->n_hosts; i++) {
		const struct pinlist_host *h = &list->hosts[i];
		const uint16_t *ports = h->n_ports > 0 ? h->ports : https;
		size_t n = h->n_ports > 0 ? h->n_ports : 1;

		for (size_t port = 0; port < n; port++)
			for (size_t k = 0; k < h->n_pins; k++)
				write_record(h, ports[port], &h->pins[k], out);
	}
	return true;
}

const struct formats_format tlsa_format = {
	.name = "tlsa",
	.purpose = "TLSA records 3 1 1 and 2 1 1 in zone file notation",
	.can = FORMATS_NAMES | FORMATS_LEAF | FORMATS_CA | FORMATS_CERT |
	    FORMATS_HEX | FORMATS_PORTS,
	.detect = detect,
	.read = read,
	.write = write,
};
