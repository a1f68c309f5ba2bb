/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include "rotate/xml.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static enum xml_event
refuse(struct xml *x, const char *error)
{
	if (x->error == NULL)
		x->error = error;
	return XML_BAD;
}

/* Take n bytes of the document, counting lines. */
static struct bytes
take(struct xml *x, size_t n)
{
	struct bytes out = { 0 };

	bytes_take(&x->rest, n, &out);
	for (size_t i = 0; i < out.n; i++)
		if (out.p[i] == '\n')
			x->line++;
	return out;
}

static bool
next_is(const struct xml *x, const char *s)
{
	return x->rest.n >= strlen(s) && memcmp(x->rest.p, s, strlen(s)) == 0;
}

/* Take up to and including needle; out is what stood before it. */
static bool
take_past(struct xml *x, const char *needle, struct bytes *out)
{
	struct bytes rest = x->rest;

	if (!lex_past(&rest, needle))
		return false;
	*out = take(x, x->rest.n - rest.n);
	out->n -= strlen(needle);
	return true;
}

static void
skip_blanks(struct xml *x)
{
	while (x->rest.n > 0 && strchr(" \t\r\n", x->rest.p[0]) != NULL &&
	    x->rest.p[0] != '\0')
		take(x, 1);
}

/* XML 1.0, 2.3, Name: letters, digits, - . _ : and all beyond ASCII. */
static bool
take_name(struct xml *x, struct bytes *out)
{
	size_t n = 0;

	while (n < x->rest.n) {
		uint8_t c = x->rest.p[n];

		if (!isalnum(c) && strchr("-._:", c) == NULL && c < 0x80)
			break;
		if (c == '\0' ||
		    (n == 0 && (isdigit(c) || c == '-' || c == '.')))
			break;
		n++;
	}
	*out = take(x, n);
	return n > 0;
}

/* XML 1.0, 2.2, Char. */
static bool
is_char(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' ||
	    (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
	    (c >= 0x10000 && c <= 0x10ffff);
}

/* "#65" or "#x41": what stands between & and ;. */
static bool
numeric(struct bytes ref, uint32_t *out)
{
	bool hex = lex_prefix(&ref, "#x");
	uint32_t base = hex ? 16 : 10;

	if ((!hex && !lex_prefix(&ref, "#")) || ref.n == 0 || ref.n > 7)
		return false;
	*out = 0;
	for (size_t i = 0; i < ref.n; i++) {
		int c = tolower(ref.p[i]);

		if (!isdigit(c) && !(hex && c >= 'a' && c <= 'f'))
			return false;
		*out = *out * base +
		    (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return is_char(*out);
}

/* Append in with its references replaced. */
static bool
decode(struct xml *x, struct bytes in, struct buf *out)
{
	static const struct {
		const char *name;
		uint8_t c;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' },
		{ "quot", '"' }, { "apos", '\'' } };

	while (in.n > 0) {
		struct bytes part, ref;
		uint32_t c = 0;

		if (!bytes_until(&in, '&', &part))
			return buf_add(out, in);
		buf_add(out, part);
		if (!bytes_until(&in, ';', &ref)) {
			refuse(x, "a bare & (write &amp;)");
			return false;
		}
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (bytes_is(ref, known[i].name))
				c = known[i].c;
		if (c == 0 && !numeric(ref, &c)) {
			refuse(x, "an entity that is not one of XML's five");
			return false;
		}
		text_utf8_add(out, c);
	}
	return true;
}

static void
forget_attributes(struct xml *x)
{
	for (size_t i = 0; i < x->n_attributes; i++)
		free(x->attributes[i].value);
	x->n_attributes = 0;
}

static bool
take_attribute(struct xml *x)
{
	struct xml_attribute *a = &x->attributes[x->n_attributes];
	char quote[2] = { 0 };
	struct bytes raw;
	struct buf value;

	if (x->n_attributes == LIMIT_XML_ATTRIBUTES) {
		refuse(x, "too many attributes");
		return false;
	}
	if (!take_name(x, &a->name))
		return false;
	for (size_t i = 0; i < x->n_attributes; i++)
		if (bytes_equal(a->name, x->attributes[i].name)) {
			refuse(x, "an attribute given twice");
			return false;
		}
	skip_blanks(x);
	if (!next_is(x, "="))
		return false;
	take(x, 1);
	skip_blanks(x);
	if (!next_is(x, "\"") && !next_is(x, "'"))
		return false;
	quote[0] = (char)take(x, 1).p[0];
	if (!take_past(x, quote, &raw) || lex_has(raw, "<"))
		return false;
	buf_init(&value, raw.n);
	if (!decode(x, raw, &value)) {
		buf_fini(&value);
		return false;
	}
	a->value = buf_detach(&value);
	x->n_attributes++;
	return true;
}

static enum xml_event
start_tag(struct xml *x)
{
	bool blank = true;

	take(x, 1);
	if (x->started && x->depth == 0)
		return refuse(x, "something after the root element");
	if (!take_name(x, &x->name))
		return refuse(x, "a malformed tag");
	if (x->depth == LIMIT_XML_DEPTH)
		return refuse(x, "elements too deep inside one another");
	for (;;) {
		size_t before = x->rest.n;

		skip_blanks(x);
		blank = x->rest.n < before;
		if (next_is(x, ">") || next_is(x, "/>"))
			break;
		if (!blank || !take_attribute(x))
			return refuse(x, "a malformed tag");
	}
	x->started = true;
	x->open[x->depth++] = x->name;
	x->ended = next_is(x, "/>");
	take(x, x->ended ? 2 : 1);
	return XML_START;
}

static enum xml_event
end_element(struct xml *x)
{
	x->name = x->open[--x->depth];
	return XML_END;
}

static enum xml_event
end_tag(struct xml *x)
{
	struct bytes name;

	take(x, 2);
	if (!take_name(x, &name) || x->depth == 0 ||
	    !bytes_equal(name, x->open[x->depth - 1]))
		return refuse(x, "an end tag that ends nothing");
	skip_blanks(x);
	if (!next_is(x, ">"))
		return refuse(x, "a malformed end tag");
	take(x, 1);
	return end_element(x);
}

/* An external identifier is passed over; nothing is ever fetched. */
static bool
skip_doctype(struct xml *x)
{
	struct bytes body;

	if (x->doctype || x->started || !take_past(x, ">", &body)) {
		refuse(x, "a misplaced DOCTYPE");
		return false;
	}
	x->doctype = true;
	if (lex_has(body, "[") || lex_has(body, "<!ENTITY")) {
		refuse(x, "a DOCTYPE with declarations of its own");
		return false;
	}
	return true;
}

/* A processing instruction; the XML declaration may name UTF-8 only. */
static bool
skip_instruction(struct xml *x)
{
	struct bytes body;

	if (!take_past(x, "?>", &body)) {
		refuse(x, "an unfinished <?");
		return false;
	}
	if (lex_prefix(&body, "<?xml") && lex_past(&body, "encoding")) {
		lex_past(&body, "=");
		body = text_trim(body);
		if (body.n > 0)
			bytes_take(&body, 1, &(struct bytes){ 0 });
		if (!lex_prefix(&body, "utf-8") &&
		    !lex_prefix(&body, "us-ascii")) {
			refuse(x, "an encoding other than UTF-8");
			return false;
		}
	}
	return true;
}

static bool
skip_comment(struct xml *x)
{
	struct bytes body;

	take(x, 4);
	/* XML 1.0, 2.5: no "--" inside. */
	if (!take_past(x, "--", &body) || !next_is(x, ">")) {
		refuse(x, "a malformed comment");
		return false;
	}
	take(x, 1);
	return true;
}

static enum xml_event
take_text(struct xml *x)
{
	const uint8_t *lt = memchr(x->rest.p, '<', x->rest.n);
	struct bytes raw =
	    take(x, lt != NULL ? (size_t)(lt - x->rest.p) : x->rest.n);

	if (lex_has(raw, "]]>"))
		return refuse(x, "]]> in text");
	buf_clear(&x->text);
	return decode(x, raw, &x->text) ? XML_TEXT : XML_BAD;
}

static enum xml_event
take_cdata(struct xml *x)
{
	struct bytes raw;

	take(x, strlen("<![CDATA["));
	if (!take_past(x, "]]>", &raw))
		return refuse(x, "an unfinished CDATA section");
	buf_clear(&x->text);
	buf_add(&x->text, raw);
	return XML_TEXT;
}

static bool
is_clean(struct bytes in)
{
	uint32_t c;

	while (in.n > 0)
		if (!text_utf8_take(&in, &c) || !is_char(c))
			return false;
	return true;
}

void
xml_init(struct xml *x, struct bytes document)
{
	*x = (struct xml){ .rest = document, .line = 1 };
	buf_init(&x->text, document.n);
	lex_prefix(&x->rest, "\xef\xbb\xbf");
	if (!is_clean(x->rest))
		refuse(x, "not UTF-8, or control characters in it");
}

void
xml_fini(struct xml *x)
{
	forget_attributes(x);
	buf_fini(&x->text);
}

enum xml_event
xml_next(struct xml *x)
{
	forget_attributes(x);
	if (x->error != NULL)
		return XML_BAD;
	if (x->ended) {
		x->ended = false;
		return end_element(x);
	}
	for (;;) {
		if (x->depth == 0)
			skip_blanks(x);
		if (x->rest.n == 0)
			return x->started && x->depth == 0
			    ? XML_DONE
			    : refuse(x, "the document is cut off");
		if (next_is(x, "<!--")) {
			if (!skip_comment(x))
				return XML_BAD;
		} else if (next_is(x, "<?")) {
			if (!skip_instruction(x))
				return XML_BAD;
		} else if (next_is(x, "<!DOCTYPE")) {
			if (!skip_doctype(x))
				return XML_BAD;
		} else if (next_is(x, "</"))
			return end_tag(x);
		else if (next_is(x, "<![CDATA[") && x->depth > 0)
			return take_cdata(x);
		else if (next_is(x, "<"))
			return start_tag(x);
		else if (x->depth > 0)
			return take_text(x);
		else
			return refuse(x, "text outside the root element");
	}
}

const char *
xml_attribute(const struct xml *x, const char *name)
{
	for (size_t i = 0; i < x->n_attributes; i++)
		if (bytes_is(x->attributes[i].name, name))
			return x->attributes[i].value;
	return NULL;
}

bool
xml_text(struct xml *x)
{
	size_t depth = x->depth;
	struct buf all;

	buf_init(&all, x->text.max);
	for (;;) {
		enum xml_event e = xml_next(x);

		if (e == XML_TEXT)
			buf_add(&all, buf_view(&x->text));
		else if (e == XML_END && x->depth < depth)
			break;
		else {
			buf_fini(&all);
			if (e != XML_BAD)
				refuse(x, "an element where text is meant");
			return false;
		}
	}
	buf_fini(&x->text);
	x->text = all;
	return true;
}
