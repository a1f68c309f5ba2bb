/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rotate/lex.h"
#include <ctwatch/base/mem.h>

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

/* The length of the literal at the head of in, quotes included; or 0. */
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

/* The length of the comment at the head of in; 0 if none begins there. */
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

char *
lex_dup(struct bytes in)
{
	return (char *)mem_dup(in);
}
