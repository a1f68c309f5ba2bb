/* SPDX-License-Identifier: Apache-2.0 */
/* curl --pinnedpubkey, CURLOPT_PINNEDPUBLICKEY and git's http.pinnedPubkey. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

static const char prefix[] = "sha256//";

/* Count the base64 characters at the start of in. */
static size_t
base64_run(struct bytes in)
{
	size_t n = 0;

	while (n < in.n && (isalnum(in.p[n]) || memchr("+/=", in.p[n], 3)))
		n++;
	return n;
}

/*
 * Read a pin of curl.  A digest may begin with a slash: then 43 characters
 * follow the second slash of sha256//, not 44.
 */
static bool
take_pin(struct bytes *in, struct bytes *out)
{
	struct bytes rest = *in;

	if (!lex_prefix(&rest, prefix) || base64_run(rest) != 44 ||
	    !bytes_take(&rest, 44, out))
		return false;
	*in = rest;
	return true;
}

/* Go to the first pin of a line; false if there is none. */
static bool
find_pin(struct bytes *line)
{
	struct bytes rest = *line, pin;

	while (lex_past(&rest, prefix)) {
		struct bytes at = { rest.p - strlen(prefix),
			rest.n + strlen(prefix) };

		if (take_pin(&(struct bytes){ at.p, at.n }, &pin)) {
			*line = at;
			return true;
		}
	}
	return false;
}

static bool
detect(struct bytes text)
{
	return find_pin(&text);
}

/* Read a value: pins separated by semicolons.  Return false if curl would stop
 * in it. */
static bool
read_value(struct bytes *line, struct pinlist *out)
{
	struct pinlist_host *h = pinlist_add_host(out, NULL, HOST_PATTERN_HOST);
	struct bytes pin;

	while (take_pin(line, &pin)) {
		char *s = lex_dup(pin);

		pinlist_add_pin(h, s)->position = PINLIST_LEAF;
		free(s);
		if (!lex_prefix(line, ";"))
			return true;
	}
	if (line->n == 0 || memchr("\"'", line->p[0], 2) != NULL)
		return true;
	pinlist_lose(out,
	    "curl stops at the first item that is not sha256// and 44 "
	    "characters of base64 (is there a blank after the semicolon?): "
	    "later items are ignored");
	return false;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	size_t n = 0, before = out->n_hosts;
	struct bytes line;

	while (text_line(&text, &line)) {
		const struct bytes whole = line;

		n++;
		if (find_pin(&line) &&
		    lex_has((struct bytes){ whole.p, whole.n - line.n }, "#"))
			continue;
		if (line.n == whole.n && lex_has(line, "sha1//"))
			pinlist_lose(out,
			    "line %zu: sha1//: curl supports only sha256//", n);
		while (find_pin(&line) && read_value(&line, out))
			;
	}
	if (out->n_hosts == before)
		buf_add_text(error, "no sha256// with 44 characters of base64");
	return out->n_hosts > before;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	(void)title; /* curl reads the value alone */
	for (size_t k = 0; k < list->hosts[0].n_pins; k++) {
		char b64[45];

		pinlist_base64(&list->hosts[0].pins[k], b64);
		buf_printf(out, "%ssha256//%s", k > 0 ? ";" : "", b64);
	}
	return buf_add_byte(out, '\n');
}

const struct formats_format curl_format = {
	.name = "curl",
	.purpose = "the value of curl --pinnedpubkey and git http.pinnedPubkey",
	.can = FORMATS_LEAF,
	.detect = detect,
	.read = read,
	.write = write,
};
