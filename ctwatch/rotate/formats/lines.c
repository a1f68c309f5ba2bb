/* SPDX-License-Identifier: Apache-2.0 */
/* One line per host, "pattern pin ...", or lines with pins only. */
#include <stdlib.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

/* A prefix that names an algorithm, or 32 bytes in base64 or hexadecimal. */
static bool
is_pin(struct bytes word)
{
	static const char *const prefixes[] = { "sha256/", "sha256:", "sha1/",
		"sha512/", "md5/", "pin-sha256:", "pin-sha256=" };
	struct pinlist probe = { 0 };
	struct bytes rest = word;
	char *text;
	bool is;

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (lex_prefix(&rest, prefixes[i]))
			return rest.n > 0;
	text = lex_dup(word);
	is = pinlist_add_pin(
	         pinlist_add_host(&probe, NULL, HOST_PATTERN_HOST), text)
	         ->n == SHA256_SIZE;
	pinlist_fini(&probe);
	free(text);
	return is;
}

/* A line of pins, or of a host and its pins; blank or a comment.  The words
 * are added to out unless that is NULL. */
static bool
read_line(struct bytes line, struct pinlist *out)
{
	struct pinlist_host *h = NULL;
	bool name = false, any = false;
	struct bytes word;

	for (size_t n = 0; text_word(&line, &word) && word.p[0] != '#'; n++) {
		char *text = lex_dup(word);
		bool pin = is_pin(word);

		any = any || pin;
		if (!pin && (n > 0 || !format_util_is_host(word))) {
			free(text);
			return false;
		}
		name = name || !pin;
		if (out != NULL && !pin)
			h = pinlist_pattern(out, text);
		else if (out != NULL) {
			if (h == NULL)
				h = pinlist_host(out, NULL, HOST_PATTERN_HOST);
			pinlist_add_pin(h, text);
		}
		free(text);
	}
	return any || !name;
}

/* Every line must be of this form, and one of them must have a pin. */
static bool
detect(struct bytes text)
{
	struct bytes line, word;
	bool any = false;

	while (text_line(&text, &line)) {
		if (!read_line(line, NULL))
			return false;
		any = any || (text_word(&line, &word) && word.p[0] != '#');
	}
	return any;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct bytes line;

	for (size_t n = 1; text_line(&text, &line); n++)
		if (!read_line(line, out)) {
			buf_printf(error,
			    "%zu: not a host and pins (sha256/BASE64)", n);
			return false;
		}
	return true;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	format_util_comment(out, "# ", title, "\n");
	for (size_t i = 0; i < list->n_hosts; i++) {
		pinlist_show_host(&list->hosts[i], out);
		for (size_t k = 0; k < list->hosts[i].n_pins; k++) {
			char b64[45];

			pinlist_base64(&list->hosts[i].pins[k], b64);
			buf_printf(out, " sha256/%s", b64);
		}
		buf_add_byte(out, '\n');
	}
	return true;
}

const struct formats_format lines_format = {
	.name = "plain",
	.purpose =
	    "one line per pattern and its pins: **.example.com sha256/...",
	.can = FORMATS_NAMES | FORMATS_ONE_LABEL | FORMATS_SUBTREE |
	    FORMATS_LEAF | FORMATS_CA | FORMATS_HEX,
	.detect = detect,
	.read = read,
	.write = write,
};
