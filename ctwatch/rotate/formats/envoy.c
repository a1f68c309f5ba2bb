/* SPDX-License-Identifier: Apache-2.0 */
/* Envoy's validation_context, as YAML or JSON: verify_certificate_spki. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

static const char spki_list[] = "verify_certificate_spki";
static const char hash_list[] = "verify_certificate_hash";

static bool
detect(struct bytes text)
{
	return lex_has(text, spki_list) || lex_has(text, hash_list);
}

/* The next item of a list in either notation; false at its end. */
static bool
next_item(struct bytes *in, char **out)
{
	struct bytes word;
	size_t n = 0;

	while (in->n > 0 &&
	    (isspace(in->p[0]) || memchr("-,:[\"'", in->p[0], 6) != NULL)) {
		if (in->p[0] == '"' || in->p[0] == '\'') {
			/* the quote that closes the list's own name */
			if (in->n > 1 && in->p[1] == ':')
				bytes_take(in, 1, &word);
			else
				return lex_literal(in, out);
		} else
			bytes_take(in, 1, &word);
	}
	while (n < in->n && !isspace(in->p[n]) &&
	    memchr(",]\"'#", in->p[n], 5) == NULL)
		n++;
	/* A bare word ends with a colon when it is the next member's name. */
	if (n == 0 || in->p[n - 1] == ':' || !bytes_take(in, n, &word))
		return false;
	*out = lex_dup(word);
	return true;
}

static void
read_list(
    struct bytes text, const char *name, bool of_cert, struct pinlist *out)
{
	while (lex_past(&text, name)) {
		struct pinlist_host *h =
		    pinlist_host(out, NULL, HOST_PATTERN_HOST);
		char *item;

		while (next_item(&text, &item)) {
			struct pinlist_pin *pin = pinlist_add_pin(h, item);

			pin->position = PINLIST_LEAF;
			pin->of_cert = of_cert;
			free(item);
		}
	}
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	(void)error;
	read_list(text, spki_list, false, out);
	read_list(text, hash_list, true, out);
	return true;
}

static void
write_list(const struct pinlist_host *h, bool of_cert, struct buf *out)
{
	bool any = false;

	for (size_t k = 0; k < h->n_pins; k++) {
		char text[2 * SHA256_SIZE + 1];

		if (h->pins[k].of_cert != of_cert)
			continue;
		if (!any)
			buf_printf(
			    out, "  %s:\n", of_cert ? hash_list : spki_list);
		any = true;
		if (of_cert)
			text_hex(
			    (struct bytes){ h->pins[k].digest, SHA256_SIZE },
			    text);
		else
			pinlist_base64(&h->pins[k], text);
		buf_printf(out, "  - \"%s\"\n", text);
	}
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	buf_printf(out, "# %s\nvalidation_context:\n", title);
	write_list(&list->hosts[0], false, out);
	write_list(&list->hosts[0], true, out);
	return true;
}

const struct formats_format envoy_format = {
	.name = "envoy",
	.purpose = "Envoy's validation_context, a YAML fragment (not for gRPC)",
	.can = FORMATS_LEAF | FORMATS_CERT,
	.detect = detect,
	.read = read,
	.write = write,
};
