/* SPDX-License-Identifier: Apache-2.0 */
/* The Public-Key-Pins header (RFC 7469), alone or in server configuration. */
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/formats.h>

/* RFC 7469, 4.1: about 60 days. */
#define MAX_AGE (60 * 24 * 60 * 60)

static bool
detect(struct bytes text)
{
	return lex_has(text, "pin-sha256=") &&
	    (lex_has(text, "Public-Key-Pins") || lex_has(text, "max-age="));
}

/*
 * Take a directive: a name and perhaps a value, quoted or not.  In a
 * server's settings the whole header is quoted with the other quote, or
 * with the same one behind backslashes.
 */
static bool
take_directive(struct bytes *in, struct bytes *name, struct bytes *value)
{
	size_t n = 0;
	bool quoted;

	while (in->n > 0 && memchr("; \t\"'\\", in->p[0], 6) != NULL)
		bytes_take(in, 1, name);
	while (n < in->n && memchr("=; \t\"'\\", in->p[n], 7) == NULL)
		n++;
	*value = (struct bytes){ 0 };
	if (!bytes_take(in, n, name) || n == 0)
		return false;
	*in = text_trim(*in);
	if (!lex_prefix(in, "="))
		return true;
	*in = text_trim(*in);
	lex_prefix(in, "\\");
	quoted = lex_prefix(in, "\"");
	for (n = 0; n < in->n; n++)
		if (quoted ? memchr("\"\\", in->p[n], 2) != NULL
		           : memchr("; \t\"'", in->p[n], 5) != NULL)
			break;
	bytes_take(in, n, value);
	lex_prefix(in, "\\");
	return !quoted || lex_prefix(in, "\"");
}

/* The value of the header begins at its first directive. */
static struct bytes
header_value(struct bytes line)
{
	static const char *const names[] = { "Public-Key-Pins-Report-Only",
		"Public-Key-Pins" };

	for (size_t i = 0; i < line.n; i++) {
		struct bytes rest = { line.p + i, line.n - i };

		for (size_t k = 0; k < 2; k++)
			if (lex_prefix(&rest, names[k])) {
				rest = text_trim(rest);
				lex_prefix(&rest, ":");
				return rest;
			}
	}
	return line;
}

static bool
read_header(struct bytes line, struct pinlist *out, struct buf *error)
{
	struct pinlist_host *h = pinlist_add_host(out, NULL, HOST_PATTERN_HOST);
	struct bytes in = header_value(line), name, value;
	bool max_age = false;

	h->monitor = lex_has(line, "-Report-Only");
	while (in.n > 0 && take_directive(&in, &name, &value)) {
		char *text = lex_dup(value);
		bool unique = true;

		if (lex_prefix(&name, "pin-sha256"))
			pinlist_add_pin(h, text);
		else if (lex_prefix(&name, "pin-"))
			pinlist_warn(out, "only pin-sha256 is defined");
		else if (lex_prefix(&name, "max-age")) {
			unique = !max_age;
			max_age = true;
		} else if (lex_prefix(&name, "includeSubDomains")) {
			unique = h->reach == HOST_PATTERN_HOST;
			h->reach = HOST_PATTERN_SUBTREE;
		} else if (lex_prefix(&name, "report-uri")) {
			unique = h->report == NULL;
			free(h->report);
			h->report = mem_strdup(text);
		}
		free(text);
		if (!unique) {
			buf_add_text(
			    error, "duplicate directive (RFC 7469, 2.1)");
			return false;
		}
	}
	if (!max_age && !h->monitor)
		pinlist_warn(out,
		    "no max-age: browsers ignore the header (RFC 7469, 2.1.2)");
	return true;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct bytes line;

	while (text_line(&text, &line))
		if (lex_has(line, "pin-sha256=") &&
		    !read_header(line, out, error))
			return false;
	return true;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	const struct pinlist_host *h = &list->hosts[0];
	int64_t left = (h->expires - time_now()) / TIME_SECOND;
	char b64[45];

	(void)title; /* a header has no comments */
	buf_add_text(out,
	    h->monitor ? "Public-Key-Pins-Report-Only: " : "Public-Key-Pins: ");
	for (size_t i = 0; i < h->n_pins; i++) {
		pinlist_base64(&h->pins[i], b64);
		buf_printf(out, "pin-sha256=\"%s\"; ", b64);
	}
	return buf_printf(out, "max-age=%lld%s\n",
	    (long long)(h->expires == 0 ? MAX_AGE
	            : left > 0          ? left
	                                : 0),
	    h->reach == HOST_PATTERN_SUBTREE ? "; includeSubDomains" : "");
}

const struct formats_format hpkp_format = {
	.name = "hpkp",
	.purpose = "the Public-Key-Pins header (obsolete in browsers)",
	.can = FORMATS_SUBTREE | FORMATS_MONITOR | FORMATS_EXPIRY |
	    FORMATS_LEAF | FORMATS_CA | FORMATS_DEPRECATED,
	.min_pins = 2,
	.detect = detect,
	.read = read,
	.write = write,
};
