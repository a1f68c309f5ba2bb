/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/policy/watchlist.h>

static bool
refuse(struct buf *error, const char *why)
{
	buf_add_text(error, why);
	return false;
}

/* Add the item of a line, if it has one; return the error or NULL. */
static bool
load_line(struct watch *w, struct bytes line, struct buf *error)
{
	static const char option[] = "valid_at:";
	struct bytes rest = line, item, word;

	bytes_until(&rest, '#', &line);
	if (!text_word(&line, &item))
		return true;
	if (memchr(item.p, '\0', item.n) != NULL || !text_is_utf8(item))
		return refuse(error, "not UTF-8 text");
	while (text_word(&line, &word))
		if (word.n < sizeof option - 1 ||
		    memcmp(word.p, option, sizeof option - 1) != 0)
			return refuse(error, "more than one item on a line");
	return watch_add(w, item, error);
}

bool
watchlist_load(
    struct watch *w, struct bytes text, const char *file, struct buf *error)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
	struct bytes line;
	struct buf why;
	bool ok = true;

	if (text.n >= sizeof mark && memcmp(text.p, mark, sizeof mark) == 0)
		bytes_take(&text, sizeof mark, &line);
	buf_init(&why, error->max);
	for (size_t number = 1; ok && text_line(&text, &line); number++) {
		ok = load_line(w, line, &why);
		if (!ok)
			buf_printf(
			    error, "%s:%zu: %s", file, number, buf_text(&why));
	}
	buf_fini(&why);
	return ok;
}
