/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_headers.h"
#include "net/log_client_reader.h"
#include "net/log_rfc6962.h"
#include <ctwatch/base/json_scan.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

/* ---- answers of the API ---- */

/* Members of an answer, by name: the text of each value, empty if missing. */
struct members {
	size_t n;
	const char *const *names;
	struct bytes *values; /* n of them */
};

/* Fill in m; return false unless body is an object without duplicates of these
 * members. */
static bool
find_members(struct bytes body, struct members *m)
{
	enum json_scan_step step;
	struct json_string name;
	bool any = false;

	if (!json_scan_char(&body, '{'))
		return false;
	while (
	    (step = json_scan_member(&body, &any, &name)) == JSON_SCAN_ITEM) {
		struct bytes value = body;

		if (!json_scan_skip(&body))
			return false;
		value.n -= body.n;
		for (size_t i = 0; i < m->n; i++) {
			if (!json_scan_is(&name, m->names[i]))
				continue;
			if (m->values[i].n > 0)
				return false;
			m->values[i] = value;
		}
	}
	return step == JSON_SCAN_END && json_scan_end(&body);
}

/* Report that a body is not JSON, with its beginning: it may be the HTML page
 * of a proxy. */
static void
add_not_json(struct buf *error, const char *what, struct bytes body)
{
	buf_printf(error, "%s: not JSON: ", what);
	if (body.n > 0)
		http_headers_excerpt(error, body);
	else
		buf_add_text(error, "empty body");
}

/* Fetch BASE/ct/v1/QUERY and find the members of the answer in *raw; false
 * with the reason in *error. */
static bool
ask(const struct log_client *s, const struct log_client_fetch *fetch,
    const char *query, struct buf *raw, struct members *m, struct buf *error)
{
	char *url = mem_printf("%sct/v1/%s", s->url, query);
	bool ok = false;

	for (size_t i = 0; i < m->n; i++)
		m->values[i] = (struct bytes){ 0 };
	if (fetch->get(fetch->arg, url, raw->max, raw, error)) {
		ok = find_members(buf_view(raw), m);
		if (!ok)
			add_not_json(error, url, buf_view(raw));
	}
	free(url);
	return ok;
}

static bool
get_number(struct bytes value, uint64_t *out)
{
	return json_scan_uint(&value, out) && json_scan_end(&value);
}

/* Decode a string in base64 to out, of at most max bytes. */
static bool
get_base64(struct bytes value, uint8_t *out, size_t max, size_t *n)
{
	struct json_string s;
	uint8_t *plain;
	bool ok;

	if (!json_scan_string(&value, &s))
		return false;
	if (!s.escaped)
		return s.raw.n / 4 * 3 <= max && text_unbase64(s.raw, out, n);
	plain = mem_alloc(s.raw.n, 1);
	ok = json_scan_ascii(&s, plain, n) && *n / 4 * 3 <= max &&
	    text_unbase64((struct bytes){ plain, *n }, out, n);
	free(plain);
	return ok;
}

static bool
get_hash(struct bytes value, struct merkle_hash *out)
{
	uint8_t bin[TEXT_BASE64_LEN(SHA256_SIZE) / 4 * 3];
	size_t n;

	if (!get_base64(value, bin, sizeof bin, &n) || n != sizeof out->b)
		return false;
	memcpy(out->b, bin, n);
	return true;
}

/* An array of hashes, at most LIMIT_PROOF of them. */
static bool
get_path(struct bytes value, struct merkle_hash *out, size_t *n)
{
	enum json_scan_step step;
	bool any = false;

	*n = 0;
	if (!json_scan_char(&value, '['))
		return false;
	while ((step = json_scan_element(&value, &any)) == JSON_SCAN_ITEM) {
		struct bytes one = value;

		if (*n == LIMIT_PROOF || !json_scan_skip(&value))
			return false;
		one.n -= value.n;
		if (!get_hash(one, &out[(*n)++]))
			return false;
	}
	return step == JSON_SCAN_END;
}

/* ---- heads and proofs ---- */

static enum log_client_result
head(const struct log_client *s, const struct log_client_fetch *fetch,
    struct tree_head *out, struct buf *raw, struct buf *error)
{
	static const char *const names[] = { "tree_size", "timestamp",
		"sha256_root_hash", "tree_head_signature" };
	struct bytes v[4];
	struct members m = { 4, names, v };
	bool ok;

	if (!ask(s, fetch, "get-sth", raw, &m, error))
		return LOG_CLIENT_FAILED;
	ok = get_number(v[0], &out->size) &&
	    get_number(v[1], &out->timestamp) && get_hash(v[2], &out->root) &&
	    get_base64(
	        v[3], out->signature, sizeof out->signature, &out->n_signature);
	if (!ok)
		buf_printf(error,
		    "get-sth: a member is missing or malformed "
		    "(RFC 6962, 4.3)");
	return ok ? LOG_CLIENT_OK : LOG_CLIENT_FAILED;
}

static enum log_client_result
consistent(const struct log_client *s, const struct log_client_fetch *fetch,
    uint64_t size, const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error)
{
	static const char *const names[] = { "consistency" };
	struct merkle_hash path[LIMIT_PROOF];
	enum log_client_result r = LOG_CLIENT_FAILED;
	struct bytes v[1];
	struct members m = { 1, names, v };
	struct buf raw;
	char *query;
	size_t n;

	query =
	    mem_printf("get-sth-consistency?first=%" PRIu64 "&second=%" PRIu64,
	        size, head->size);
	buf_init(&raw, LIMIT_SMALL_BODY);
	if (ask(s, fetch, query, &raw, &m, error)) {
		if (!get_path(v[0], path, &n))
			buf_printf(
			    error, "%s: malformed (RFC 6962, 4.4)", query);
		else if (merkle_consistent(
		             size, root, head->size, &head->root, path, n))
			r = LOG_CLIENT_OK;
		else {
			buf_printf(error, "%s: the proof is invalid", query);
			r = LOG_CLIENT_PROOF_INVALID;
		}
	}
	buf_fini(&raw);
	free(query);
	return r;
}

/* Get the leaf hash and audit path of one entry in one answer. */
static bool
entry_and_proof(const struct log_client *s,
    const struct log_client_fetch *fetch, uint64_t index, uint64_t size,
    struct merkle_hash *leaf, struct merkle_hash *path, size_t *n,
    struct buf *error)
{
	static const char *const names[] = { "leaf_input", "audit_path" };
	char *query = mem_printf("get-entry-and-proof?leaf_index=%" PRIu64
	                         "&tree_size=%" PRIu64,
	    index, size);
	struct bytes v[2];
	struct members m = { 2, names, v };
	struct buf raw, bin;
	bool ok = false;
	size_t got;

	buf_init(&raw, LIMIT_ENTRY_BODY);
	buf_init(&bin, LIMIT_ENTRY_BODY);
	if (ask(s, fetch, query, &raw, &m, error)) {
		ok = buf_reserve(&bin, v[0].n) &&
		    get_base64(v[0], bin.p, v[0].n, &got) &&
		    get_path(v[1], path, n);
		if (ok)
			merkle_leaf_hash((struct bytes){ bin.p, got }, leaf);
		else
			buf_printf(
			    error, "%s: malformed (RFC 6962, 4.8)", query);
	}
	buf_fini(&raw);
	buf_fini(&bin);
	free(query);
	return ok;
}

/* Build the query for the index of a leaf hash. */
static char *
proof_query(const struct merkle_hash *leaf, uint64_t size)
{
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1];
	struct buf query;

	text_base64((struct bytes){ leaf->b, SHA256_SIZE }, b64);
	buf_init(&query, LIMIT_URL);
	buf_printf(
	    &query, "get-proof-by-hash?tree_size=%" PRIu64 "&hash=", size);
	for (char *c = b64; *c != '\0'; c++)
		buf_printf(&query, /* RFC 3986, 2.2 */
		    *c == '+' || *c == '/' || *c == '=' ? "%%%02X" : "%c", *c);
	return buf_detach(&query);
}

/* RFC 6962, 4.5: the entry with this leaf hash, and its audit path. */
static enum log_client_result
locate(const struct log_client *s, const struct log_client_fetch *fetch,
    const struct tree_head *head, const struct merkle_hash *leaf,
    uint64_t *index, struct merkle_hash *path, size_t *n, struct buf *error)
{
	static const char *const names[] = { "leaf_index", "audit_path" };
	char *query = proof_query(leaf, head->size);
	enum log_client_result r = LOG_CLIENT_FAILED;
	struct bytes v[2];
	struct members m = { 2, names, v };
	struct buf raw;

	buf_init(&raw, LIMIT_SMALL_BODY);
	if (!ask(s, fetch, query, &raw, &m, error)) {
		if (fetch->status != NULL &&
		    (*fetch->status == 404 || *fetch->status == 400))
			r = LOG_CLIENT_ABSENT;
	} else if (get_number(v[0], index) && *index < head->size &&
	    get_path(v[1], path, n))
		r = LOG_CLIENT_OK;
	else
		buf_printf(error, "%s: malformed (RFC 6962, 4.5)", query);
	buf_fini(&raw);
	free(query);
	return r;
}

/* The audit path of the entry at index, which has this leaf hash. */
static bool
proof_by_hash(const struct log_client *s, const struct log_client_fetch *fetch,
    const struct merkle_hash *leaf, uint64_t index, uint64_t size,
    struct merkle_hash *path, size_t *n, struct buf *error)
{
	const struct tree_head head = { .size = size };
	uint64_t at;

	if (locate(s, fetch, &head, leaf, &at, path, n, error) != LOG_CLIENT_OK)
		return false;
	if (at != index)
		buf_printf(error,
		    "get-proof-by-hash: entry %" PRIu64 ", not %" PRIu64
		    " (RFC 6962, 4.5)",
		    at, index);
	return at == index;
}

/* As entry_and_proof, for logs without get-entry-and-proof.  Fetch the entry by
 * the API, also if pages are tiles. */
static bool
entry_then_proof(const struct log_client *s,
    const struct log_client_fetch *fetch, uint64_t index, uint64_t size,
    struct merkle_hash *leaf, struct merkle_hash *path, size_t *n,
    struct buf *error)
{
	const struct log_client api = { .pages = &log_rfc6962_pages,
		.url = s->url };
	struct log_client_reader *r = log_client_reader_new();
	struct log_client_entry e;
	struct log_client_page page;
	bool ok = false;
	struct buf raw;

	buf_init(&raw, LIMIT_ENTRY_BODY);
	log_client_page(&api, index, index + 1, 1, &page);
	if (fetch->get(fetch->arg, page.url, raw.max, &raw, error) &&
	    log_client_open(r, &api, buf_view(&raw), error) &&
	    log_client_next(r, &e, error) == LOG_CLIENT_ENTRY) {
		merkle_leaf_hash(e.leaf_input[1], leaf);
		ok = proof_by_hash(s, fetch, leaf, index, size, path, n, error);
	}
	buf_fini(&raw);
	log_client_page_fini(&page);
	log_client_reader_free(r);
	return ok;
}

static enum log_client_result
range(const struct log_client *s, const struct log_client_fetch *fetch,
    const struct tree_head *head, uint64_t at, struct merkle_range *out,
    struct buf *error)
{
	struct merkle_hash leaf, root, path[LIMIT_PROOF];
	struct buf first;
	bool ok;
	size_t n;

	/* The audit path of the last leaf has all subtrees left of it. */
	buf_init(&first, LIMIT_SMALL_BODY);
	ok = entry_and_proof(s, fetch, at - 1, at, &leaf, path, &n, &first) ||
	    entry_then_proof(s, fetch, at - 1, at, &leaf, path, &n, error);
	buf_fini(&first);
	if (!ok)
		return LOG_CLIENT_FAILED;
	buf_clear(error);
	if (!merkle_range_from_path(out, at, &leaf, path, n)) {
		buf_printf(error,
		    "the audit path of entry %" PRIu64 " has the wrong length",
		    at - 1);
		return LOG_CLIENT_PROOF_INVALID;
	}
	merkle_range_root(out, &root);
	if (at == head->size && !merkle_equal(&root, &head->root)) {
		buf_printf(error,
		    "the audit path of entry %" PRIu64
		    " does not lead to the signed root",
		    at - 1);
		return LOG_CLIENT_PROOF_INVALID;
	}
	return log_client_consistent(s, fetch, at, &root, head, error);
}

static enum log_client_result
prove(const struct log_client *s, const struct log_client_fetch *fetch,
    const struct tree_head *head, uint64_t index,
    const struct merkle_hash *leaf, struct merkle_hash *path, size_t *n,
    struct buf *error)
{
	return proof_by_hash(s, fetch, leaf, index, head->size, path, n, error)
	    ? LOG_CLIENT_OK
	    : LOG_CLIENT_FAILED;
}

const struct log_client_heads log_rfc6962_heads = { head, range, consistent,
	prove, locate };

/* ---- pages ---- */

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
		add_not_json(error, "get-entries", body);
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

/* Return the number of steps of the audit path of the entry at index below a
 * level; at the end of the tree a level may have none (RFC 6962, 2.1.1). */
static size_t
steps_below(uint64_t index, unsigned level, uint64_t size)
{
	size_t n = 0;

	for (unsigned l = 0; l < level; l++)
		n += ((index >> l ^ 1) << l) < size;
	return n;
}

static enum log_client_result
subtree(const struct log_client *s, const struct log_client_fetch *fetch,
    const struct tree_head *head, unsigned level, uint64_t start,
    struct merkle_hash *out, struct buf *error)
{
	uint64_t beside = start ^ UINT64_C(1) << level;
	struct merkle_hash leaf, path[LIMIT_PROOF];
	size_t n, at = steps_below(beside, level, head->size);
	struct buf first;
	bool ok;

	if (beside >= head->size) {
		buf_printf(error,
		    "no entry after %" PRIu64 " proves its hash yet", start);
		return LOG_CLIENT_FAILED;
	}
	buf_init(&first, LIMIT_SMALL_BODY);
	ok = entry_and_proof(
	         s, fetch, beside, head->size, &leaf, path, &n, &first) ||
	    entry_then_proof(
	        s, fetch, beside, head->size, &leaf, path, &n, error);
	buf_fini(&first);
	if (!ok)
		return LOG_CLIENT_FAILED;
	if (at >= n ||
	    !merkle_included(beside, head->size, &leaf, path, n, &head->root)) {
		buf_printf(error,
		    "the audit path of entry %" PRIu64
		    " does not lead to the signed root",
		    beside);
		return LOG_CLIENT_PROOF_INVALID;
	}
	*out = path[at];
	return LOG_CLIENT_OK;
}

const struct log_client_pages log_rfc6962_pages = {
	.guess = 1000,
	.has_index = false,
	.page = page,
	.open = open_body,
	.next = next,
	.extra = extra,
	.subtree = subtree,
};
