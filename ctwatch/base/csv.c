/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/csv.h>

void
csv_init(struct csv *c, struct bytes text, char separator)
{
	struct bytes mark, rest = text;

	if (bytes_take(&rest, 3, &mark) && bytes_is(mark, "\xef\xbb\xbf"))
		text = rest;
	*c = (struct csv){ text, separator, 1 };
}

/* Take the next byte, and count lines. */
static bool
take(struct csv *c, char *out)
{
	uint8_t byte;

	if (!bytes_u8(&c->rest, &byte))
		return false;
	c->line += byte == '\n';
	*out = (char)byte;
	return true;
}

static bool
next_is(const struct csv *c, char byte)
{
	return c->rest.n > 0 && c->rest.p[0] == (uint8_t)byte;
}

enum csv_result
csv_next(struct csv *c, struct buf *out)
{
	bool quoted = next_is(c, '"');
	char b;

	buf_clear(out);
	if (c->rest.n == 0)
		return CSV_END;
	if (quoted)
		take(c, &b);
	while (take(c, &b)) {
		if (quoted && b == '"') {
			if (!next_is(c, '"')) {
				quoted = false;
				continue;
			}
			take(c, &b);
		} else if (!quoted && b == c->separator)
			return CSV_FIELD;
		else if (!quoted && b == '\n')
			return CSV_LAST;
		else if (!quoted && b == '\r')
			continue;
		if (!buf_add_byte(out, (uint8_t)b))
			return CSV_BAD;
	}
	return quoted ? CSV_BAD : CSV_LAST;
}
