/* SPDX-License-Identifier: Apache-2.0 */
/* Firefox's StaticHPKPins.h, the header generated from its list of pins. */
#include <stdlib.h>

#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

static const char prefix[] = "kPinset_";
static const char suffix[] = "_Data";

static bool
detect(struct bytes text)
{
	return lex_has(text, "Fingerprint[]") && lex_has(text, prefix);
}

/* Take a C identifier, or nothing. */
static bool
take_identifier(struct bytes *in, struct bytes *out)
{
	size_t n = 0;

	while (n < in->n &&
	    (in->p[n] == '_' || (in->p[n] >= '0' && in->p[n] <= '9') ||
	        ((in->p[n] | 0x20) >= 'a' && (in->p[n] | 0x20) <= 'z')))
		n++;
	return n > 0 && bytes_take(in, n, out);
}

/* NAME[] = "BASE64"; the names become labels of the nameless host. */
static bool
read_keys(struct bytes text, struct pinlist *out)
{
	struct pinlist_host *h = pinlist_host(out, NULL, HOST_PATTERN_HOST);

	while (lex_past(&text, "static const char k")) {
		struct bytes name;
		char *value;

		if (!take_identifier(&text, &name))
			return false;
		text = text_trim(text);
		if (!lex_prefix(&text, "[]"))
			continue; /* an array of names */
		text = text_trim(text);
		if (!lex_prefix(&text, "="))
			return false;
		text = text_trim(text);
		if (text.n == 0 || text.p[0] != '"' ||
		    !lex_literal(&text, &value))
			return false;
		pinlist_add_pin(h, value)->label = lex_dup(name);
		free(value);
	}
	return true;
}

/* kPinset_NAME_Data[] = { kKEY, ... }: copy the keys' names to the host. */
static bool
add_set(struct bytes text, struct bytes set, struct pinlist_host *h)
{
	char *name = lex_dup(set);
	char *head = mem_printf("%s%s%s[] = {", prefix, name, suffix);
	bool found = lex_past(&text, head);

	free(name);
	free(head);
	while (found) {
		struct bytes key;

		text = text_trim(text);
		if (!lex_prefix(&text, "k") || !take_identifier(&text, &key))
			break;
		pinlist_add_pin(h, "")->label = lex_dup(key);
		lex_prefix(&text, ",");
	}
	return found && h->n_pins > 0;
}

static bool
take_flag(struct bytes *in, bool *out)
{
	*in = text_trim(*in);
	if (!lex_prefix(in, ","))
		return false;
	*in = text_trim(*in);
	*out = lex_prefix(in, "true");
	return *out || lex_prefix(in, "false");
}

/* { "host", subdomains, test mode, is Mozilla's, id, &kPinset_NAME } */
static bool
read_row(struct bytes row, struct bytes text, struct pinlist *out)
{
	struct pinlist_host *h;
	bool below, test;
	struct bytes set;
	char *name;

	if (!lex_literal(&row, &name))
		return false;
	h = pinlist_add_host(out, name, HOST_PATTERN_HOST);
	free(name);
	if (!take_flag(&row, &below) || !take_flag(&row, &test) ||
	    !lex_past(&row, "&kPinset_") || !take_identifier(&row, &set))
		return false;
	h->reach = below ? HOST_PATTERN_SUBTREE : HOST_PATTERN_HOST;
	h->monitor = test;
	return add_set(text, set, h);
}

/* kPreloadPKPinsExpirationTime = INT64_C(microseconds) */
static void
read_expiry(struct bytes text, struct pinlist *out)
{
	char *s;

	if (!lex_past(&text, "kPreloadPKPinsExpirationTime") ||
	    !lex_past(&text, "INT64_C("))
		return;
	s = lex_dup(text);
	pinlist_host(out, NULL, HOST_PATTERN_HOST)->expires =
	    strtoll(s, NULL, 10) / 1000;
	free(s);
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct bytes rows = text, line;
	bool ok = read_keys(text, out) && lex_past(&rows, "PreloadList[] = {");

	if (ok)
		read_expiry(text, out);
	while (ok && text_line(&rows, &line) && !lex_has(line, "};")) {
		line = text_trim(line);
		if (!lex_prefix(&line, "{"))
			continue;
		line = text_trim(line);
		ok =
		    line.n > 0 && line.p[0] == '"' && read_row(line, text, out);
	}
	if (!ok)
		buf_add_text(error, "not the header that Firefox generates");
	return ok;
}

const struct formats_format firefox_format = {
	.name = "firefox",
	.purpose = "Firefox's StaticHPKPins.h",
	.detect = detect,
	.read = read,
};
