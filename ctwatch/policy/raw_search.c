/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "policy/dnsname.h"
#include "policy/raw_search.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/der.h>

/* Characters before a name that may be tags and lengths. */
#define GLUE_MAX 5

/* Characters of base64 to decode at a time. */
#define MIN_BASE64 64

/* An address as text: IPv4 in IPv6. */
#define ADDRESS_MAX (sizeof "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

/* One search, in text of big-endian characters of `width` bytes. */
struct search {
	const struct label_index *names;
	const struct cidr_set *networks;
	struct bytes in;
	size_t width;
	struct label_index_walk walk;
	struct dnsname_reader reader;
	bool foreign;   /* the current run is not ASCII */
	uint32_t *item; /* out */
};

/* Return the character before `end`, or NUL. */
static uint32_t
char_before(const struct search *s, size_t end)
{
	uint32_t c = 0;

	if (end < s->width || end > s->in.n)
		return 0;
	for (size_t i = end - s->width; i < end; i++)
		c = c << 8 | s->in.p[i];
	return c;
}

static bool
is_foreign(uint32_t c)
{
	return c >= 0x80 && c <= 0x10ffff;
}

static bool
is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_char(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    is_digit(c) || c == '-' || c == '_';
}

/* Report whether a name may end before `end`. */
static bool
may_end(const struct search *s, size_t end)
{
	uint32_t last = char_before(s, end);
	uint32_t next = char_before(s, end + s->width);

	/* A name may end after any non-ASCII letter: the next byte may be a tag
	 * that looks like a letter. */
	if (is_foreign(last))
		return true;
	if (!is_name_char(last))
		return false;
	if (next == '.') {
		end += s->width;
		next = char_before(s, end + s->width);
	}
	if (!is_name_char(next))
		return true;
	/* The tags of a SEQUENCE and a SET, which often follow, are digits. */
	if (next != '0' && next != '1')
		return false;
	return !is_digit(last) ||
	    !is_name_char(char_before(s, end + 2 * s->width));
}

/*
 * Return the maximum length of a name that may end in the label between two
 * positions; 0 if none may.  A non-ASCII label must be UTF-8 or wide: in
 * Latin-1, any two octets would be a label, and no such top-level domain is in
 * use.
 */
static size_t
most_before(const struct search *s, size_t from, size_t end)
{
	uint8_t label[LIMIT_LABEL];
	size_t n = 0;
	bool digits = true;

	if (end - from > LIMIT_LABEL * s->width)
		return 0;
	for (size_t at = from; at < end; at += s->width) {
		uint32_t c = char_before(s, at + s->width);

		if (is_foreign(c))
			return s->width > 1 ||
			        text_is_utf8((struct bytes){
			            s->in.p + from, end - from })
			    ? LIMIT_NAME
			    : 0;
		digits = digits && is_digit(c);
		label[n++] = (uint8_t)c;
	}
	if (digits)
		return s->networks->n > 0 ? ADDRESS_MAX : 0;
	return label_index_has_top(s->names, (struct bytes){ label, n })
	    ? LIMIT_NAME
	    : 0;
}

/*
 * Return the start of the name that may end at `end`; return `end` if there is
 * none, which the last label nearly always shows.
 */
static size_t
begin_of(struct search *s, size_t end)
{
	size_t at = end, most = LIMIT_LABEL, ascii = end;
	bool top = true;

	s->foreign = false;
	for (; at >= s->width; at -= s->width) {
		uint32_t c = char_before(s, at);

		if (c == '.' && top) {
			most = most_before(s, at, end);
			top = false;
		}
		/* Keep the right part of a name that is too long. */
		if (end - at > most * s->width)
			return most == LIMIT_NAME ? at : end;
		if (is_foreign(c))
			s->foreign = true;
		else if (!is_name_char(c) && c != '.' && c != '*' && c != ':')
			break;
		if (!s->foreign)
			ascii = at - s->width;
	}
	/* A single non-ASCII word is no name, since most octets look like one;
	 * its ASCII end may be a name. */
	if (!s->foreign || (!top && s->reader.idna > 0))
		return at;
	s->foreign = false;
	return ascii;
}

static bool
note_item(struct search *s, uint32_t item)
{
	*s->item = item;
	return true;
}

static bool
match_name(void *arg, uint32_t item, enum label_index_how how)
{
	struct search *s = arg;

	/* Other octets become an unreadable label. */
	if (s->foreign && how == LABEL_INDEX_UNCLEAR)
		return false;
	return note_item(s, item);
}

static bool
match_network(void *arg, uint32_t item)
{
	return note_item(arg, item);
}

static bool
match_reading(void *arg, const struct dnsname_reading *r)
{
	struct search *s = arg;

	if (r->address.n > 0 &&
	    cidr_set_match(s->networks, r->address, match_network, s))
		return true;
	return r->labels.n > 0 &&
	    label_index_walk(s->names, r->labels, &s->walk);
}

/* Read the text between two positions as a name. */
static bool
match_run(struct search *s, size_t from, size_t end)
{
	struct cert_name name = { .kind = CERT_DNS,
		.charset = s->width == 2 ? DER_BMP
		    : s->width == 4      ? DER_UNIVERSAL
		                         : DER_IA5,
		.value = { s->in.p + from, end - from } };

	return dnsname_read(&s->reader, &name);
}

/* Report whether a watched name ends before `end`. */
static bool
match_end(struct search *s, size_t end)
{
	size_t from = begin_of(s, end);

	if (from == end)
		return false;
	if (match_run(s, from, end))
		return true;
	/* Tags and lengths may look like letters: drop leading characters that
	 * are not ASCII, or equal the length of the rest (with a dot or blank
	 * after the name), one by one. */
	for (size_t i = 0; i < GLUE_MAX && end - from > s->width; i++) {
		uint32_t c = char_before(s, from + s->width);

		from += s->width;
		if (!is_foreign(c) && c - (end - from) > 2 * s->width)
			return false;
		if (match_run(s, from, end))
			return true;
	}
	return false;
}

/* Search for text of one width. */
static bool
search_text(const struct label_index *t, const struct cidr_set *networks,
    struct bytes in, size_t width, uint32_t *item)
{
	struct search s = {
		.names = t,
		.networks = networks,
		.in = in,
		.width = width,
		.walk = { .meet = match_name,
		    .arg = &s,
		    .steps = LIMIT_WATCH_STEPS },
		.reader = { match_reading, &s, LIMIT_IDNA },
		.item = item,
	};

	for (size_t end = width; end <= in.n; end++)
		if (may_end(&s, end) && match_end(&s, end))
			return true;
	return false;
}

/* Search for an encoded iPAddress, 87 04 or 87 10, in a watched network. */
static bool
search_addresses(
    const struct cidr_set *networks, struct bytes in, uint32_t *item)
{
	struct search s = { .item = item };

	for (; in.n >= 6; in.p++, in.n--) {
		size_t n = in.p[1];

		if (in.p[0] == 0x87 && (n == 4 || (n == 16 && in.n >= 18)) &&
		    cidr_set_match(networks, (struct bytes){ in.p + 2, n },
		        match_network, &s))
			return true;
	}
	return false;
}

/* Search as text of each width, and for addresses. */
static bool
search_bytes(const struct label_index *t, const struct cidr_set *networks,
    struct bytes in, uint32_t *item)
{
	for (size_t width = 1; width <= 4; width *= 2)
		if (search_text(t, networks, in, width, item))
			return true;
	return networks->n > 0 && search_addresses(networks, in, item);
}

/* ---- base64, as in a PEM file ---- */

static bool
is_base64(uint8_t c)
{
	return c == '+' || c == '/' || (c >= '0' && c <= '9') ||
	    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * Read the next base64 characters and line ends; put the characters that make
 * whole bytes into *text.
 */
static void
take_base64(struct bytes *in, struct buf *text)
{
	buf_clear(text);
	while (in->n > 0 && !is_base64(*in->p)) {
		in->p++;
		in->n--;
	}
	for (; in->n > 0; in->p++, in->n--) {
		if (is_base64(*in->p) || (*in->p == '=' && text->n % 4 >= 2))
			buf_add_byte(text, *in->p);
		else if (*in->p != '\r' && *in->p != '\n')
			break;
	}
	text->n -= text->n % 4;
}

static bool
search_base64(const struct label_index *t, const struct cidr_set *networks,
    struct bytes in, uint32_t *item)
{
	uint8_t *bytes;
	struct buf text;
	bool found = false;
	size_t n;

	if (in.n < MIN_BASE64)
		return false;
	buf_init(&text, in.n);
	bytes = mem_alloc(in.n, 1);
	while (!found && in.n > 0) {
		take_base64(&in, &text);
		if (text.n >= MIN_BASE64 &&
		    text_unbase64(buf_view(&text), bytes, &n))
			found = search_bytes(
			    t, networks, (struct bytes){ bytes, n }, item);
	}
	free(bytes);
	buf_fini(&text);
	return found;
}

bool
raw_search(const struct label_index *t, const struct cidr_set *networks,
    struct bytes in, uint32_t *item)
{
	struct search all = { .item = item };
	struct label_index_walk walk = {
		.meet = match_name, .arg = &all, .steps = LIMIT_WATCH_STEPS
	};

	/* "." matches everything. */
	if (label_index_walk(t, (struct bytes){ 0 }, &walk))
		return true;
	return search_bytes(t, networks, in, item) ||
	    search_base64(t, networks, in, item);
}
