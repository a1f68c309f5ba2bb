/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OkHttp's CertificatePinner: calls of add() in Kotlin or Java source, the
 * text of its failure message, and snippets to paste.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

static const char failure[] = "Pinned certificates for ";

static bool
detect(struct bytes text)
{
	return (lex_has(text, "CertificatePinner") && lex_has(text, "add")) ||
	    lex_has(text, failure) ||
	    (lex_has(text, ".add(\"") && lex_has(text, "\"sha256/"));
}

/* "Pinned certificates for HOST:" and a line for each pin. */
static void
read_failure(struct bytes text, struct pinlist *out)
{
	struct bytes line, peer = text, pinned;

	if (lex_past(&peer, "Peer certificate chain:"))
		while (text_line(&peer, &line) && !lex_has(line, failure))
			if (line = text_trim(line), lex_has(line, "/"))
				pinlist_warn(out,
				    "the server showed %.*s (not taken as a "
				    "pin)",
				    (int)line.n, (const char *)line.p);
	while (lex_past(&text, failure)) {
		struct pinlist_host *h;
		char *name;

		text_line(&text, &line);
		line = text_trim(line);
		if (line.n > 0 && line.p[line.n - 1] == ':')
			line.n--;
		name = lex_dup(line);
		h = pinlist_pattern(out, name);
		free(name);
		for (pinned = text; text_line(&pinned, &line); text = pinned) {
			char *pin;

			line = text_trim(line);
			if (!lex_has(line, "sha256/") &&
			    !lex_has(line, "sha1/"))
				break;
			pin = lex_dup(line);
			pinlist_add_pin(h, pin);
			free(pin);
		}
	}
}

/*
 * The string literals of one call, up to its closing parenthesis.  The first
 * is the pattern; without any, the call cannot be understood.
 */
static void
read_call(struct bytes *text, struct pinlist *out)
{
	struct pinlist_host *h = NULL;
	bool other = false;
	unsigned depth = 1;

	while (text->n > 0 && depth > 0) {
		struct bytes c;
		char *s;

		if (text->p[0] == '"' && lex_literal(text, &s)) {
			if (h == NULL)
				h = pinlist_pattern(out, s);
			else
				pinlist_add_pin(h, s);
			free(s);
			continue;
		}
		bytes_take(text, 1, &c);
		if (c.p[0] == '(')
			depth++;
		else if (c.p[0] == ')')
			depth--;
		else if (isalpha(c.p[0]) || c.p[0] == '$')
			other = true;
	}
	if (h == NULL || other)
		pinlist_warn(out,
		    "%s%sa call of add() whose arguments are not all string "
		    "literals: look yourself",
		    h != NULL ? h->name : "", h != NULL ? ": " : "");
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct bytes rest;
	struct buf plain;

	if (lex_has(text, failure)) {
		read_failure(text, out);
		return true;
	}
	buf_init(&plain, text.n);
	lex_uncomment(text, &plain);
	rest = buf_view(&plain);
	while (lex_past(&rest, "add"))
		if (rest = text_trim(rest), lex_prefix(&rest, "("))
			read_call(&rest, out);
	buf_fini(&plain);
	if (out->n_hosts == 0)
		buf_add_text(error, "no call of CertificatePinner's add()");
	return out->n_hosts > 0;
}

static bool
write_code(
    const struct pinlist *list, const char *title, bool java, struct buf *out)
{
	static const char *const stars[] = { "", "*.", "**." };
	char b64[45];

	buf_printf(out, "// %s\n%s = %sCertificatePinner.Builder()\n", title,
	    java ? "CertificatePinner certificatePinner"
	         : "val certificatePinner",
	    java ? "new " : "");
	for (size_t i = 0; i < list->n_hosts; i++) {
		const struct pinlist_host *h = &list->hosts[i];

		buf_printf(out, "    .add(\"%s%s\"", stars[h->reach], h->name);
		for (size_t k = 0; k < h->n_pins; k++) {
			pinlist_base64(&h->pins[k], b64);
			buf_printf(out, ",\n        \"sha256/%s\"", b64);
		}
		buf_add_text(out, ")\n");
	}
	return buf_printf(out, "    .build()%s\n", java ? ";" : "");
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	return write_code(list, title, false, out);
}

static bool
write_java(const struct pinlist *list, const char *title, struct buf *out)
{
	return write_code(list, title, true, out);
}

#define CAN                                                                    \
	FORMATS_NAMES | FORMATS_ONE_LABEL | FORMATS_SUBTREE | FORMATS_LEAF |   \
	    FORMATS_CA

const struct formats_format okhttp_format = {
	.name = "okhttp",
	.purpose = "OkHttp's CertificatePinner in Kotlin; its failure message",
	.can = CAN,
	.detect = detect,
	.read = read,
	.write = write,
};

const struct formats_format okhttp_java_format = {
	.name = "okhttp-java",
	.purpose = "OkHttp's CertificatePinner in Java",
	.can = CAN,
	.detect = detect,
	.read = read,
	.write = write_java,
};
