/* SPDX-License-Identifier: Apache-2.0 */
/* A line for each host: "pattern pin ..."; or lines of pins alone. */
#include <stdlib.h>
#include <string.h>

#include "rotate/lex.h"
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

/* A word that is a digest, or says that it is one. */
static bool
is_pin(struct bytes word)
{
	struct pinlist probe = { 0 };
	struct pinlist_pin *pin;
	char *text = lex_dup(word);
	bool is;

	pin = pinlist_add_pin(
	    pinlist_add_host(&probe, NULL, HOST_PATTERN_HOST), text);
	is = pin->n >= 16 || strstr(text, "sha256/") != NULL ||
	    strstr(text, "sha1/") != NULL;
	pinlist_fini(&probe);
	free(text);
	return is;
}

static bool
detect(struct bytes text)
{
	struct bytes line, word;

	while (text_line(&text, &line))
		while (text_word(&line, &word) && word.p[0] != '#')
			if (is_pin(word))
				return true;
	return false;
}

static bool
read_line(struct bytes line, struct pinlist *out)
{
	struct pinlist_host *h = NULL;
	struct bytes word;

	while (text_word(&line, &word) && word.p[0] != '#') {
		char *text = lex_dup(word);

		if (h == NULL && !is_pin(word)) {
			h = pinlist_pattern(out, text);
		} else {
			if (h == NULL)
				h = pinlist_host(out, NULL, HOST_PATTERN_HOST);
			pinlist_add_pin(h, text);
		}
		free(text);
	}
	return h == NULL || h->n_pins > 0;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct bytes line;

	for (size_t n = 1; text_line(&text, &line); n++)
		if (!read_line(line, out)) {
			buf_printf(error, "%zu: a name without pins", n);
			return false;
		}
	return true;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	buf_printf(out, "# %s\n", title);
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
	.purpose = "lines of a pattern and its pins, as OkHttp's rules say",
	.can = FORMATS_NAMES | FORMATS_ONE_LABEL | FORMATS_SUBTREE |
	    FORMATS_LEAF | FORMATS_CA,
	.detect = detect,
	.read = read,
	.write = write,
};
