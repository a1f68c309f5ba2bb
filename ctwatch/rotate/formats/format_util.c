/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rotate/formats/format_util.h"
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

bool
format_util_date(const char *text, int64_t *out)
{
	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-'
		                     : !isdigit((unsigned char)text[i]))
			return false;
	return text[10] == '\0' && time_parse(text, out);
}

json_t *
format_util_json(struct bytes text, struct buf *error)
{
	json_error_t err;
	json_t *root = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &err);

	if (root == NULL)
		buf_printf(error, "%d: %s", err.line, err.text);
	return root;
}

bool
format_util_is_json(struct bytes text)
{
	text = text_trim(text);
	return text.n > 0 && (text.p[0] == '{' || text.p[0] == '[');
}

const char *
format_util_member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
format_util_write_json(json_t *root, struct buf *out)
{
	char *text = json_dumps(root, JSON_INDENT(2));
	bool ok =
	    text != NULL && buf_add_text(out, text) && buf_add_byte(out, '\n');

	free(text);
	json_decref(root);
	return ok;
}

bool
format_util_plist(const struct pinlist *list, const char *title,
    const char *outer, const char *inner,
    void (*write_host)(const struct pinlist_host *h, struct buf *out),
    struct buf *out)
{
	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	format_util_comment(out, "<!-- ", title, " -->\n");
	buf_printf(out,
	    "<plist version=\"1.0\">\n<dict>\n\t<key>%s</key>\n\t<dict>\n"
	    "\t\t<key>%s</key>\n\t\t<dict>\n",
	    outer, inner);
	for (size_t i = 0; i < list->n_hosts; i++)
		write_host(&list->hosts[i], out);
	return buf_add_text(out, "\t\t</dict>\n\t</dict>\n</dict>\n</plist>\n");
}

bool
format_util_is_host(struct bytes word)
{
	bool dot = false;

	for (size_t i = 0; i < word.n; i++) {
		uint8_t c = word.p[i];

		if (!isalnum(c) && c < 0x80 &&
		    (c == '\0' || strchr(".*-_:/", c) == NULL))
			return false;
		dot = dot || c == '.';
	}
	return dot;
}

void
format_util_comment(
    struct buf *out, const char *before, const char *title, const char *after)
{
	struct bytes rest = bytes_of(title), line;

	while (text_line(&rest, &line)) {
		buf_add_text(out, before);
		buf_add(out, line);
		buf_add_text(out, after);
	}
}
