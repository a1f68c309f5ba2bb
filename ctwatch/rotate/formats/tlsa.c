/* SPDX-License-Identifier: Apache-2.0 */
/* TLSA records of DANE (RFC 6698, RFC 7671) in zone file notation. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

/* The type in words, and by its number (RFC 3597, 5). */
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

/* The port in an owner such as _25._tcp.mail.example.com; 0 if there is none. */
static long
owner_port(struct bytes owner)
{
	struct bytes label;
	char *s;
	long port;

	if (!lex_prefix(&owner, "_") || !bytes_until(&owner, '.', &label))
		return 0;
	s = lex_dup(label);
	port = strtol(s, NULL, 10);
	free(s);
	return port;
}

/* The host in an owner such as _443._tcp.www.example.com. */
static char *
owner_host(struct bytes owner)
{
	struct bytes label;

	while (owner.n > 0 && owner.p[0] == '_' &&
	    bytes_until(&owner, '.', &label))
		;
	if (owner.n > 0 && owner.p[owner.n - 1] == '.')
		owner.n--;
	return owner.n > 0 ? lex_dup(owner) : NULL;
}

/* Data of matching type 0 is the thing itself. */
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
	char *name = owner_host(owner);
	struct pinlist_host *h = pinlist_host(out, name, HOST_PATTERN_HOST);
	struct pinlist_pin *pin;
	bool cert = field[1] == '0', ok = true;
	long port = owner_port(owner);

	if (port != 0 && port != 443)
		pinlist_lose(out,
		    "%s: its pins are for port %ld, which a pinset cannot say",
		    name != NULL ? name : "a TLSA record", port);
	free(name);
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

/* Usage, selector and matching type, each a word of one digit. */
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

/* The same as the first three octets of RFC 3597's \# LENGTH HEX. */
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

/* The owner, then anything up to the type, and its data. */
static bool
read_record(struct bytes record, struct pinlist *out)
{
	struct bytes word, owner;
	char field[3];
	const char *hex;
	struct buf data;
	bool ok, generic = false;

	if (!text_word(&record, &owner))
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
	    field[2] <= '2' && add_record(out, owner, field, hex);
	buf_fini(&data);
	return ok;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct buf record;
	bool inside = false, ok = true;
	struct bytes line;
	size_t n = 0;

	/* A record ends with its line, unless a parenthesis is open. */
	buf_init(&record, text.n + 1);
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
		ok = read_record(buf_view(&record), out);
		buf_clear(&record);
	}
	if (!ok || inside) {
		buf_printf(error, "%zu: a malformed TLSA record", n);
		ok = false;
	}
	buf_fini(&record);
	return ok;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	char hex[2 * SHA256_SIZE + 1];

	buf_printf(out, "; %s\n", title);
	for (size_t i = 0; i < list->n_hosts; i++)
		for (size_t k = 0; k < list->hosts[i].n_pins; k++) {
			const struct pinlist_pin *p = &list->hosts[i].pins[k];

			text_hex((struct bytes){ p->digest, SHA256_SIZE }, hex);
			buf_printf(out, "_443._tcp.%s. IN TLSA %c %c 1 %s\n",
			    list->hosts[i].name,
			    p->position == PINLIST_CA ? '2' : '3',
			    p->of_cert ? '0' : '1', hex);
		}
	return true;
}

const struct formats_format tlsa_format = {
	.name = "tlsa",
	.purpose = "TLSA records 3 1 1 and 2 1 1 in zone file notation",
	.can = FORMATS_NAMES | FORMATS_LEAF | FORMATS_CA | FORMATS_CERT |
	    FORMATS_HEX,
	.detect = detect,
	.read = read,
	.write = write,
};
