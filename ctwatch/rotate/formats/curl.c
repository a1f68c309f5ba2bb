/* SPDX-License-Identifier: Apache-2.0 */
/* curl --pinnedpubkey, CURLOPT_PINNEDPUBLICKEY and git's http.pinnedPubkey. */
#include <stdlib.h>

#include "rotate/lex.h"
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

static bool
detect(struct bytes text)
{
	return lex_has(text, "sha256//");
}

/* The value ends at a quote or a blank that no pin follows. */
static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct bytes line;

	(void)error;
	while (text_line(&text, &line)) {
		struct bytes before = line;
		struct pinlist_host *h;

		if (!lex_past(&line, "sha256//"))
			continue;
		if (lex_has((struct bytes){ before.p, before.n - line.n }, "#"))
			continue;
		h = pinlist_add_host(out, NULL, HOST_PATTERN_HOST);
		for (;;) {
			size_t n = 0;
			struct bytes pin;
			char *s;

			while (n < line.n && line.p[n] != ';' &&
			    line.p[n] != '"' && line.p[n] != '\'' &&
			    line.p[n] != ' ')
				n++;
			bytes_take(&line, n, &pin);
			s = lex_dup(pin);
			pinlist_add_pin(h, s)->position = PINLIST_LEAF;
			free(s);
			if (!lex_prefix(&line, ";") || line.n == 0)
				break;
			if (lex_prefix(&line, "sha256//"))
				continue;
			pinlist_warn(out,
			    "curl stops at the first item that does not "
			    "begin with sha256// (is there a blank after "
			    "the semicolon?): what follows is not a pin");
			break;
		}
	}
	return true;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	(void)title; /* curl takes the value alone */
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
