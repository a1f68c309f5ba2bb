/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/json_span.h>
#include <ctwatch/wire/get_entries.h>

static void
skip_space(struct bytes *b)
{
	/* RFC 8259, 2 */
	while (b->n > 0 &&
	    (*b->p == ' ' || *b->p == '\t' || *b->p == '\n' || *b->p == '\r')) {
		b->p++;
		b->n--;
	}
}

static bool
take_char(struct bytes *b, char c)
{
	skip_space(b);
	if (b->n == 0 || *b->p != (uint8_t)c)
		return false;
	b->p++;
	b->n--;
	return true;
}

/* Take a literal that has its quotes with it. */
static bool
take_word(struct bytes *b, const char *word, size_t n)
{
	skip_space(b);
	if (b->n < n || memcmp(b->p, word, n) != 0)
		return false;
	b->p += n;
	b->n -= n;
	return true;
}
#define TAKE_WORD(b, word) take_word(b, word, sizeof word - 1)

/* Take a string in which every character stands for itself. */
static bool
take_string(struct bytes *b, struct bytes *out)
{
	struct bytes quote;

	/* What ends the plain run is the closing quote, or is not plain. */
	return take_char(b, '"') && bytes_take(b, json_span_length(*b), out) &&
	    bytes_take(b, 1, &quote) && bytes_is(quote, "\"");
}

enum get_entries_result
get_entries_open(struct bytes body, struct get_entries *e)
{
	e->rest = body;
	e->any = false;
	if (!take_char(&e->rest, '{') || !TAKE_WORD(&e->rest, "\"entries\"") ||
	    !take_char(&e->rest, ':') || !take_char(&e->rest, '['))
		return GET_ENTRIES_NEED_JSON;
	return GET_ENTRIES_OK;
}

static enum get_entries_result
take_end(struct bytes *b)
{
	if (!take_char(b, '}'))
		return GET_ENTRIES_NEED_JSON;
	skip_space(b);
	return b->n == 0 ? GET_ENTRIES_END : GET_ENTRIES_NEED_JSON;
}

enum get_entries_result
get_entries_next(struct get_entries *e, struct get_entries_entry *out)
{
	struct bytes *b = &e->rest;

	if (take_char(b, ']'))
		return take_end(b);
	if (e->any && !take_char(b, ','))
		return GET_ENTRIES_NEED_JSON;
	if (!take_char(b, '{'))
		return GET_ENTRIES_NEED_JSON;
	if (TAKE_WORD(b, "\"leaf_input\"")) {
		if (!take_char(b, ':') || !take_string(b, &out->leaf_input) ||
		    !take_char(b, ',') || !TAKE_WORD(b, "\"extra_data\"") ||
		    !take_char(b, ':') || !take_string(b, &out->extra_data))
			return GET_ENTRIES_NEED_JSON;
	} else if (!TAKE_WORD(b, "\"extra_data\"") || !take_char(b, ':') ||
	    !take_string(b, &out->extra_data) || !take_char(b, ',') ||
	    !TAKE_WORD(b, "\"leaf_input\"") || !take_char(b, ':') ||
	    !take_string(b, &out->leaf_input))
		return GET_ENTRIES_NEED_JSON;
	if (!take_char(b, '}'))
		return GET_ENTRIES_NEED_JSON;
	e->any = true;
	return GET_ENTRIES_OK;
}
