/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static void
drop(struct bytes *in, size_t n)
{
	struct bytes skip;

	bytes_take(in, n, &skip);
}

bool
lex_prefix(struct bytes *in, const char *prefix)
{
	size_t n = strlen(prefix);

	if (in->n < n || strncasecmp((const char *)in->p, prefix, n) != 0)
		return false;
	drop(in, n);
	return true;
}

bool
lex_past(struct bytes *in, const char *needle)
{
	const uint8_t *at =
	    in->n > 0 ? memmem(in->p, in->n, needle, strlen(needle)) : NULL;

	if (at == NULL)
		return false;
	drop(in, (size_t)(at - in->p) + strlen(needle));
	return true;
}

bool
lex_has(struct bytes in, const char *needle)
{
	return lex_past(&in, needle);
}

/* Return the length of the literal at the start of in with its quotes, or 0. */
static size_t
literal_length(struct bytes in)
{
	for (size_t i = 1; i < in.n && in.p[i] != '\n'; i++) {
		if (in.p[i] == in.p[0])
			return i + 1;
		if (in.p[i] == '\\')
			i++;
	}
	return 0;
}

bool
lex_literal(struct bytes *in, char **out)
{
	size_t n = in->n > 0 ? literal_length(*in) : 0, len = 0;
	struct bytes whole;

	if (n == 0 || !bytes_take(in, n, &whole))
		return false;
	*out = mem_alloc(n, 1);
	for (size_t i = 1; i + 1 < whole.n; i++) {
		if (whole.p[i] == '\\')
			i++;
		(*out)[len++] = (char)whole.p[i];
	}
	return true;
}

/* Return the length of the comment at the start of in, or 0. */
static size_t
comment_length(struct bytes in)
{
	const uint8_t *end;

	if (in.n < 2 || in.p[0] != '/')
		return 0;
	if (in.p[1] == '/') {
		end = memchr(in.p, '\n', in.n);
		return end != NULL ? (size_t)(end - in.p) : in.n;
	}
	if (in.p[1] != '*')
		return 0;
	end = memmem(in.p + 2, in.n - 2, "*/", 2);
	return end != NULL ? (size_t)(end - in.p) + 2 : in.n;
}

bool
lex_uncomment(struct bytes in, struct buf *out)
{
	while (in.n > 0) {
		size_t n = comment_length(in);
		struct bytes part;

		if (n > 0) {
			bytes_take(&in, n, &part);
			if (!buf_add_byte(out, ' '))
				return false;
			continue;
		}
		if (in.p[0] == '"' || in.p[0] == '\'')
			n = literal_length(in);
		bytes_take(&in, n > 0 ? n : 1, &part);
		if (!buf_add(out, part))
			return false;
	}
	return true;
}

static bool
is_identifier(uint8_t c)
{
	return isalnum(c) || c == '_';
}

bool
lex_identifier(struct bytes *in, struct bytes *out)
{
	size_t n = 0;

	while (n < in->n && (is_identifier(in->p[n]) || in->p[n] == '.'))
		n++;
	return n > 0 && !isdigit(in->p[0]) && in->p[0] != '.' &&
	    bytes_take(in, n, out);
}

/* After the name of a variable, read ": TYPE", "=" and the literal, which must
 * be the whole value. */
static bool
initializer(struct bytes in, char **out)
{
	struct bytes type;

	in = text_trim(in);
	if (lex_prefix(&in, ":")) {
		in = text_trim(in);
		if (!lex_identifier(&in, &type))
			return false;
		in = text_trim(in);
	}
	if (!lex_prefix(&in, "=") || lex_prefix(&in, "="))
		return false;
	in = text_trim(in);
	lex_prefix(&in, "@");
	if (in.n == 0 || in.p[0] != '"' || !lex_literal(&in, out))
		return false;
	in = text_trim(in);
	if (in.n == 0 || in.p[0] != '+')
		return true;
	free(*out);
	return false;
}

char *
lex_constant(struct bytes text, struct bytes name)
{
	const struct bytes whole = text;
	char *value = NULL, *needle = lex_dup(name), *last = needle, *more;

	for (char *p = needle; *p != '\0'; p++)
		if (*p == '.')
			last = p + 1; /* Pins.HOST is HOST */
	while (*last != '\0' && lex_past(&text, last)) {
		size_t at = whole.n - text.n - strlen(last);

		if ((at > 0 && is_identifier(whole.p[at - 1])) ||
		    (text.n > 0 && is_identifier(text.p[0])) ||
		    !initializer(text, &more))
			continue;
		if (value != NULL && strcmp(value, more) != 0) {
			free(value);
			free(more);
			free(needle);
			return NULL;
		}
		free(value);
		value = more;
	}
	free(needle);
	return value;
}

char *
lex_dup(struct bytes in)
{
	return mem_text(in);
}
