/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/policy/watchlist.h>

/* Characters of a message: a path, and the item that is refused. */
#define MESSAGE 8192

/* Lines between watch_expect and watch_add of one. */
#define AHEAD 16

static bool
refuse(struct buf *error, const char *why)
{
	buf_add_text(error, why);
	return false;
}

/* Report whether a line is nothing but a name in ASCII. */
static bool
is_name(struct bytes line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] <= ' ' || line.p[i] == '#' || line.p[i] > '~')
			return false;
	return line.n > 0;
}

/* Add the item of a line, if it has one; false with the error. */
static bool
load_line(struct watch *w, struct bytes line, struct buf *error)
{
	static const char option[] = "valid_at:";
	struct bytes rest = line, item, word;

	if (is_name(line))
		return watch_add(w, line, error);
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

static size_t
count_lines(struct bytes text)
{
	struct bytes line;
	size_t n = 0;

	while (text_line(&text, &line))
		n++;
	return n;
}

/* Take the line of w's text that begins at *at, and move *at to the next. */
static bool
next_line(const struct watch *w, size_t *at, struct bytes *line)
{
	struct bytes text = watch_text(w);
	struct bytes rest = bytes_part(text, *at, text.n - *at);
	bool found = text_line(&rest, line);

	*at = text.n - rest.n;
	return found;
}

/* Add the items of all lines; call fault for each line that is refused, until
 * it returns false. */
static void
load(struct watch *w, struct blob *text, const char *file,
    bool (*fault)(void *arg, const char *message), void *arg)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
	size_t at, ahead;
	struct bytes line;
	struct buf why, message;
	bool go_on = true;

	watch_take_text(w, text, count_lines(blob_view(*text)));
	line = bytes_part(watch_text(w), 0, sizeof mark);
	at = line.n > 0 && memcmp(line.p, mark, sizeof mark) == 0 ? line.n : 0;
	ahead = at;
	for (int i = 0; i < AHEAD; i++)
		next_line(w, &ahead, &line);
	buf_init(&why, MESSAGE);
	buf_init(&message, MESSAGE);
	for (size_t number = 1; go_on && next_line(w, &at, &line); number++) {
		struct bytes later;

		if (next_line(w, &ahead, &later))
			watch_expect(w, later);
		buf_clear(&why);
		if (load_line(w, line, &why))
			continue;
		buf_clear(&message);
		buf_printf(
		    &message, "%s:%zu: %s", file, number, buf_text(&why));
		go_on = fault(arg, buf_text(&message));
	}
	buf_fini(&message);
	buf_fini(&why);
}

static bool
keep_first(void *arg, const char *message)
{
	buf_add_text(arg, message);
	return false;
}

bool
watchlist_load(
    struct watch *w, struct blob *text, const char *file, struct buf *error)
{
	size_t before = error->n;

	load(w, text, file, keep_first, error);
	return error->n == before;
}

void
watchlist_faults(struct blob *text, const char *file,
    bool (*fault)(void *arg, const char *message), void *arg)
{
	struct watch *w = watch_new();

	load(w, text, file, fault, arg);
	watch_free(w);
}
