/* SPDX-License-Identifier: Apache-2.0 */
/* log_rfc6962_pages: entries by get-entries. */
#include <inttypes.h>
#include <string.h>

#include "net/log_answer.h"
#include "net/log_client_reader.h"
#include "net/log_rfc6962.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static void
page(const struct log_client *s, uint64_t index, uint64_t size, uint32_t most,
    struct log_client_page *out)
{
	uint64_t end;

	if (most > LIMIT_PAGE_ENTRIES)
		most = LIMIT_PAGE_ENTRIES;
	end = index - index % most + most;
	if (end > size)
		end = size;
	out->count = (uint32_t)(end - index);
	out->url =
	    mem_printf("%sct/v1/get-entries?start=%" PRIu64 "&end=%" PRIu64,
	        s->url, index, end - 1);
}

static bool
open_body(struct log_client_reader *r, struct bytes body, struct buf *error)
{
	r->body = body;
	buf_clear(&r->leaves);
	buf_clear(&r->plain);
	if (!buf_reserve(&r->leaves, body.n)) {
		buf_printf(error, "get-entries: too large");
		return false;
	}
	if (get_entries_open(body, &r->entries) == GET_ENTRIES_OK)
		return true;
	if (body.n > 0 && *body.p == '{')
		buf_printf(
		    error, "get-entries: no array \"entries\" (RFC 6962, 4.6)");
	else
		log_answer_not_json(error, "get-entries", body);
	return false;
}

/* An escape may encode any character: accept only those of base64. */
static bool
is_base64(struct bytes text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz"
	                             "0123456789+/=";

	for (size_t i = 0; i < text.n; i++)
		if (memchr(digits, text.p[i], sizeof digits - 1) == NULL)
			return false;
	return true;
}

/*
 * Return the text of s without escapes, borrowed until another body is opened;
 * empty if it is not base64.  The buffer fits all strings of the body, so that
 * earlier ones are not moved.
 */
static struct bytes
plain_text(struct log_client_reader *r, const struct json_string *s)
{
	struct bytes text = { 0 };
	uint8_t *at;

	if (!s->escaped)
		return s->raw;
	if (r->plain.n == 0 && !buf_reserve(&r->plain, r->body.n))
		return text;
	at = r->plain.p + r->plain.n;
	text.p = at;
	if (!json_scan_ascii(s, at, &text.n) || !is_base64(text))
		return (struct bytes){ 0 };
	r->plain.n += text.n;
	return text;
}

/* Characters that hold the first n bytes of a text in base64. */
#define BASE64_CHARS(n) (((n) + 2) / 3 * 4)

/*
 * Decode the beginning of extra_data, the precertificate (RFC 6962, 4.6), as
 * far as it can be the leaf with a poison.  Empty if it is not base64.
 */
static struct bytes
take_precert(
    struct log_client_reader *r, struct bytes text, const struct leaf *leaf)
{
	/* Its length; two headers; the poison, which lengthens up to three
	 * more. */
	const size_t most = 3 + 2 * 5 + leaf->cert.n + 21 + 3;
	struct bytes out = { r->leaves.p + r->leaves.n, 0 };
	size_t chars = (most + 2) / 3 * 4;

	if (text.n > chars)
		text.n = chars;
	if (text_unbase64(text, r->leaves.p + r->leaves.n, &out.n) &&
	    out.n > 3) {
		r->leaves.n += out.n;
		return (struct bytes){ out.p + 3, out.n - 3 };
	}
	return (struct bytes){ 0 };
}

static enum log_client_step
next(struct log_client_reader *r, struct log_client_entry *out,
    struct buf *error)
{
	enum get_entries_result e;
	struct get_entries_entry one;
	struct bytes leaf, text;
	uint8_t *hashed;

	e = get_entries_next(&r->entries, &one);
	if (e == GET_ENTRIES_END)
		return LOG_CLIENT_END;
	if (e == GET_ENTRIES_MALFORMED) {
		buf_printf(error,
		    "get-entries: entries[%u]: malformed at byte %zu of %zu "
		    "(RFC 6962, 4.6)",
		    r->taken, r->body.n - r->entries.rest.n, r->body.n);
		return LOG_CLIENT_LOST;
	}
	/* All leaves together are shorter than the body, so the buffer fits and
	 * earlier ones are not moved.  Prepend a zero byte for hashing. */
	hashed = r->leaves.p + r->leaves.n;
	*hashed = 0;
	leaf.p = hashed + 1;
	text = plain_text(r, &one.leaf_input);
	if (text.n == 0 || !text_unbase64(text, hashed + 1, &leaf.n)) {
		buf_printf(error,
		    "get-entries: entries[%u].leaf_input: not "
		    "base64 (RFC 4648, 4)",
		    r->taken);
		return LOG_CLIENT_LOST;
	}
	r->leaves.n += 1 + leaf.n;
	out->leaf_input[0] = out->hashed[0] = (struct bytes){ 0 };
	out->leaf_input[1] = leaf;
	out->hashed[1] = (struct bytes){ hashed, 1 + leaf.n };
	out->error = leaf_parse(leaf, &out->leaf);
	out->extra_data = plain_text(r, &one.extra_data);
	out->precert = out->fingerprints = (struct bytes){ 0 };
	if (out->error == LEAF_OK && out->leaf.kind == LEAF_PRECERT)
		out->precert = take_precert(r, out->extra_data, &out->leaf);
	return LOG_CLIENT_ENTRY;
}

static bool
extra(struct log_client_reader *r, const struct log_client_entry *e,
    struct bytes *precert, struct bytes *chain)
{
	size_t n;

	buf_clear(&r->extra);
	*precert = *chain = (struct bytes){ 0 };
	if (!buf_reserve(&r->extra, e->extra_data.n) ||
	    !text_unbase64(e->extra_data, r->extra.p, &n))
		return false;
	r->extra.n = n;
	return leaf_parse_extra(buf_view(&r->extra), e->leaf.kind, precert,
	           chain) == LEAF_OK;
}

const struct log_client_pages log_rfc6962_pages = {
	.guess = 1000,
	.has_index = false,
	.page = page,
	.open = open_body,
	.next = next,
	.extra = extra,
	.subtree = log_rfc6962_subtree,
};
