/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OkHttp's CertificatePinner: calls of add() in Kotlin or Java source, the
 * text of its failure message, and snippets to paste.
 */
#include <stdlib.h>
#include <string.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

static const char failure[] = "Pinned certificates for ";

static bool
detect(struct bytes text)
{
	return lex_has(text, "ertificatePinner") || lex_has(text, failure);
}

/* "Pinned certificates for HOST:" and one line per pin. */
static void
read_failure(struct bytes text, struct pinlist *out)
{
	struct bytes line, peer = text, pinned;

	if (lex_past(&peer, "Peer certificate chain:"))
		while (text_line(&peer, &line) && !lex_has(line, failure))
			if (line = text_trim(line), lex_has(line, "/"))
				pinlist_warn(out,
				    "the server sent %.*s (ignored: not a pin)",
				    (int)line.n, (const char *)line.p);
	while (lex_past(&text, failure)) {
		struct pinlist_host *h;
		char *name;

		if (!text_line(&text, &line))
			return;
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

/* The arguments of a call. */
struct arguments {
	char **v; /* owned; NULL: not a known string */
	size_t n;
	bool whole; /* all were literals or names, up to the parenthesis */
};

static void
free_arguments(struct arguments *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	free(a->v);
}

/* Read a literal or a constant of the file; *out is NULL for a name without
 * known value or a template literal. */
static bool
take_argument(struct bytes *in, struct bytes source, char **out)
{
	struct bytes name;

	*out = NULL;
	if (in->n > 0 && in->p[0] == '"') {
		if (!lex_literal(in, out))
			return false;
		if (strchr(*out, '$') != NULL) {
			free(*out);
			*out = NULL;
		}
		return true;
	}
	if (!lex_identifier(in, &name))
		return false;
	*out = lex_constant(source, name);
	return true;
}

/* Read the arguments after the opening parenthesis. */
static void
take_arguments(struct bytes *in, struct bytes source, struct arguments *a)
{
	*a = (struct arguments){ 0 };
	for (;;) {
		char *value;

		*in = text_trim(*in);
		if (lex_prefix(in, ")")) {
			a->whole = true;
			return;
		}
		if (!take_argument(in, source, &value))
			return;
		a->v = mem_grow(a->v, a->n, sizeof *a->v);
		a->v[a->n++] = value;
		*in = text_trim(*in);
		if (in->n > 0 && in->p[0] == ')')
			continue;
		if (!lex_prefix(in, ","))
			return;
	}
}

static bool
is_pin(const char *s)
{
	return s != NULL &&
	    (strncmp(s, "sha256/", 7) == 0 || strncmp(s, "sha1/", 5) == 0);
}

/* Read a call of CertificatePinner's add(): a pattern and pins. */
static void
read_call(struct bytes *in, struct bytes source, struct pinlist *out)
{
	struct pinlist_host *h = NULL;
	struct arguments a;
	bool lost;

	take_arguments(in, source, &a);
	lost = !a.whole;
	for (size_t i = 0; i < a.n; i++)
		lost = lost || (i > 0 ? !is_pin(a.v[i]) : a.v[i] == NULL);
	if (a.n > 0 && a.v[0] != NULL)
		for (size_t i = 1; i < a.n; i++)
			if (is_pin(a.v[i])) {
				if (h == NULL)
					h = pinlist_pattern(out, a.v[0]);
				pinlist_add_pin(h, a.v[i]);
			}
	/* List.add() has one argument, or a number as its first. */
	if (lost && a.n > 1)
		pinlist_lose(out,
		    "%s: an argument of add() is neither a string nor a "
		    "constant of this file: add its pins by hand",
		    a.v[0] != NULL ? a.v[0] : "(unknown name)");
	free_arguments(&a);
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	size_t before = out->n_hosts;
	struct bytes rest;
	struct buf plain;

	if (lex_has(text, failure)) {
		read_failure(text, out);
		if (out->n_hosts == before)
			buf_add_text(error, "a failure message without pins");
		return out->n_hosts > before;
	}
	buf_init(&plain, text.n);
	lex_uncomment(text, &plain);
	rest = buf_view(&plain);
	while (lex_past(&rest, "add"))
		if (rest = text_trim(rest), lex_prefix(&rest, "("))
			read_call(&rest, buf_view(&plain), out);
	buf_fini(&plain);
	if (out->n_hosts == before)
		buf_add_text(error,
		    "no call of CertificatePinner.add() with strings or "
		    "constants of this file");
	return out->n_hosts > before;
}

static bool
write_code(
    const struct pinlist *list, const char *title, bool java, struct buf *out)
{
	static const char *const stars[] = { "", "*.", "**." };
	char b64[45];

	format_util_comment(out, "// ", title, "\n");
	buf_printf(out, "%s = %sCertificatePinner.Builder()\n",
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
	    FORMATS_CA | FORMATS_JOIN | FORMATS_VERSIONED

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
