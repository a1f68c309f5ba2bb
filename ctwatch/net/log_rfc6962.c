/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "net/http_headers.h"
#include "net/log_client_reader.h"
#include "net/log_rfc6962.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

/* ---- answers of the API, read by jansson ---- */

/*
 * Say what is wrong with a body that is no JSON.  Of one that never meant to
 * be, such as the page of a proxy, its beginning tells most.
 */
static void
say_not_json(struct buf *error, const char *what, struct bytes body,
    const json_error_t *why)
{
	buf_printf(error, "%s: not JSON: ", what);
	if (body.n > 0 && strchr("{[", body.p[0]) != NULL) {
		buf_printf(error, "line %d: ", why->line);
		text_escape(error, bytes_of(why->text));
	} else if (body.n > 0)
		http_headers_excerpt(error, body);
	else
		buf_add_text(error, "nothing at all");
}

/* Fetch BASE/ct/v1/QUERY and parse the answer; NULL with *error said. */
static json_t *
ask(const struct log_client *s, const struct log_client_fetch *fetch,
    const char *query, struct buf *raw, struct buf *error)
{
	char *url = mem_printf("%sct/v1/%s", s->url, query);
	json_error_t why;
	json_t *j = NULL;

	if (fetch->get(fetch->arg, url, raw->max, raw, error)) {
		j = json_loadb(
		    (const char *)raw->p, raw->n, JSON_REJECT_DUPLICATES, &why);
		if (j == NULL)
			say_not_json(error, url, buf_view(raw), &why);
		else if (!json_is_object(j)) {
			buf_printf(error, "%s: not a JSON object", url);
			json_decref(j);
			j = NULL;
		}
	}
	free(url);
	return j;
}

static bool
get_number(const json_t *j, const char *name, uint64_t *out)
{
	const json_t *v = json_object_get(j, name);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*out = (uint64_t)json_integer_value(v);
	return true;
}

/* A member that is base64, as the characters between its quotes. */
static struct bytes
get_text(const json_t *j, const char *name)
{
	const json_t *v = json_object_get(j, name);

	return (struct bytes){ (const uint8_t *)json_string_value(v),
		json_string_length(v) };
}

static bool
get_hash(const json_t *v, struct merkle_hash *out)
{
	struct bytes text = { (const uint8_t *)json_string_value(v),
		json_string_length(v) };

	return text.p != NULL &&
	    text_unbase64_exact(text, out->b, sizeof out->b);
}

/* An array of hashes, at most LIMIT_PROOF of them. */
static bool
get_path(const json_t *j, const char *name, struct merkle_hash *out, size_t *n)
{
	const json_t *list = json_object_get(j, name);

	*n = json_array_size(list);
	if (!json_is_array(list) || *n > LIMIT_PROOF)
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!get_hash(json_array_get(list, i), &out[i]))
			return false;
	return true;
}

/* ---- heads and proofs ---- */

static enum log_client_result
head(const struct log_client *s, const struct log_client_fetch *fetch,
    struct tree_head *out, struct buf *raw, struct buf *error)
{
	json_t *j = ask(s, fetch, "get-sth", raw, error);
	struct bytes sig;
	bool ok;

	if (j == NULL)
		return LOG_CLIENT_FAILED;
	sig = get_text(j, "tree_head_signature");
	ok = get_number(j, "tree_size", &out->size) &&
	    get_number(j, "timestamp", &out->timestamp) &&
	    get_hash(json_object_get(j, "sha256_root_hash"), &out->root) &&
	    sig.p != NULL && sig.n <= TREE_HEAD_SIGNATURE_MAX &&
	    text_unbase64(sig, out->signature, &out->n_signature);
	json_decref(j);
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
	struct merkle_hash path[LIMIT_PROOF];
	enum log_client_result r = LOG_CLIENT_FAILED;
	struct buf raw;
	json_t *j;
	char *query;
	size_t n;

	query =
	    mem_printf("get-sth-consistency?first=%" PRIu64 "&second=%" PRIu64,
	        size, head->size);
	buf_init(&raw, LIMIT_SMALL_BODY);
	j = ask(s, fetch, query, &raw, error);
	if (j != NULL) {
		if (!get_path(j, "consistency", path, &n))
			buf_printf(
			    error, "%s: malformed (RFC 6962, 4.4)", query);
		else if (merkle_consistent(
		             size, root, head->size, &head->root, path, n))
			r = LOG_CLIENT_OK;
		else {
			buf_printf(error, "%s: the proof does not hold", query);
			r = LOG_CLIENT_PROOF_INVALID;
		}
	}
	json_decref(j);
	buf_fini(&raw);
	free(query);
	return r;
}

/* The leaf hash and audit path of one entry, in one answer or in two. */
static bool
entry_and_proof(const struct log_client *s,
    const struct log_client_fetch *fetch, uint64_t index, uint64_t size,
    struct merkle_hash *leaf, struct merkle_hash *path, size_t *n,
    struct buf *error)
{
	char *query = mem_printf("get-entry-and-proof?leaf_index=%" PRIu64
	                         "&tree_size=%" PRIu64,
	    index, size);
	struct bytes text;
	struct buf raw, bin;
	bool ok = false;
	size_t got;
	json_t *j;

	buf_init(&raw, LIMIT_PAGE);
	buf_init(&bin, LIMIT_PAGE);
	j = ask(s, fetch, query, &raw, error);
	text = get_text(j, "leaf_input");
	if (j != NULL && text.p != NULL && buf_reserve(&bin, text.n) &&
	    text_unbase64(text, bin.p, &got) &&
	    get_path(j, "audit_path", path, n)) {
		merkle_leaf_hash((struct bytes){ bin.p, got }, leaf);
		ok = true;
	} else if (j != NULL)
		buf_printf(error, "%s: malformed (RFC 6962, 4.8)", query);
	json_decref(j);
	buf_fini(&raw);
	buf_fini(&bin);
	free(query);
	return ok;
}

/* As entry_and_proof, of logs that do not know get-entry-and-proof.  The one
 * entry comes by the API, also where pages are tiles. */
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
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1], *query;
	bool ok = false;
	struct buf raw;
	uint64_t at;
	json_t *j = NULL;

	buf_init(&raw, LIMIT_PAGE);
	log_client_page(&api, index, index + 1, 1, &page);
	if (fetch->get(fetch->arg, page.url, LIMIT_PAGE, &raw, error) &&
	    log_client_open(r, &api, buf_view(&raw), error) &&
	    log_client_next(r, &e, error) == LOG_CLIENT_ENTRY) {
		merkle_leaf_hash(e.leaf_input[1], leaf);
		text_base64((struct bytes){ leaf->b, SHA256_SIZE }, b64);
		query = mem_printf(
		    "get-proof-by-hash?tree_size=%" PRIu64 "&hash=", size);
		for (char *c = b64; *c != '\0'; c++) {
			char *longer = *c == '+' || *c == '/' || *c == '='
			    ? mem_printf("%s%%%02X", query, *c)
			    : mem_printf("%s%c", query, *c);

			free(query);
			query = longer;
		}
		buf_clear(&raw);
		j = ask(s, fetch, query, &raw, error);
		ok = j != NULL && get_number(j, "leaf_index", &at) &&
		    at == index && get_path(j, "audit_path", path, n);
		if (j != NULL && !ok)
			buf_printf(
			    error, "%s: malformed (RFC 6962, 4.5)", query);
		free(query);
	}
	json_decref(j);
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

	/* The audit path of the last leaf holds every subtree left of it. */
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

const struct log_client_heads log_rfc6962_heads = { head, range, consistent };

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

/* A string that escapes may have brought anything into: only the characters
 * of base64 may go on. */
static bool
is_base64(struct bytes text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz"
	                             "0123456789+/=";

	for (size_t i = 0; i < text.n; i++)
		if (memchr(digits, text.p[i], sizeof digits - 1) == NULL)
			return false;
	return text.p != NULL;
}

/*
 * Rewrite a body of unusual form as get_entries_open wants it: jansson judges
 * what it says.  extra_data is not covered by the tree and may be missing.
 */
static bool
normalise(struct bytes body, struct buf *out, struct buf *error)
{
	json_error_t why;
	json_t *j, *list, *e;
	bool ok;
	size_t i;

	j = json_loadb(
	    (const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &why);
	if (j == NULL) {
		say_not_json(error, "get-entries", body, &why);
		return false;
	}
	list = json_object_get(j, "entries");
	ok = json_is_array(list);
	if (!ok)
		buf_printf(error,
		    "get-entries: no array \"entries\" "
		    "(RFC 6962, 4.6)");
	buf_clear(out);
	buf_add_text(out, "{\"entries\":[");
	json_array_foreach(list, i, e) {
		struct bytes leaf = get_text(e, "leaf_input");
		struct bytes extra = get_text(e, "extra_data");

		if (!is_base64(leaf)) {
			buf_printf(error,
			    "get-entries: entries[%zu]: no "
			    "base64 string \"leaf_input\"",
			    i);
			ok = false;
			break;
		}
		if (!is_base64(extra))
			extra.n = 0;
		buf_add_text(
		    out, i > 0 ? ",{\"leaf_input\":\"" : "{\"leaf_input\":\"");
		buf_add(out, leaf);
		buf_add_text(out, "\",\"extra_data\":\"");
		buf_add(out, extra);
		buf_add_text(out, "\"}");
	}
	buf_add_text(out, "]}");
	json_decref(j);
	return ok;
}

/* Scan the plain form of the body instead, from the entry that is next. */
static bool
go_on_in_normal(struct log_client_reader *r, struct buf *error)
{
	struct get_entries_entry one;

	if (r->is_normal || !normalise(r->body, &r->normal, error))
		return false;
	r->is_normal = true;
	if (get_entries_open(buf_view(&r->normal), &r->entries) !=
	    GET_ENTRIES_OK)
		return false;
	for (uint32_t i = 0; i < r->taken; i++)
		if (get_entries_next(&r->entries, &one) != GET_ENTRIES_OK)
			return false;
	return true;
}

static bool
open_body(struct log_client_reader *r, struct bytes body, struct buf *error)
{
	r->body = body;
	r->is_normal = false;
	buf_clear(&r->leaves);
	if (!buf_reserve(&r->leaves, body.n)) {
		buf_printf(error, "get-entries: too large");
		return false;
	}
	return get_entries_open(body, &r->entries) == GET_ENTRIES_OK ||
	    go_on_in_normal(r, error);
}

static enum log_client_step
next(struct log_client_reader *r, struct log_client_entry *out,
    struct buf *error)
{
	enum get_entries_result e;
	struct get_entries_entry one;
	struct bytes leaf;
	uint8_t *hashed;

	e = get_entries_next(&r->entries, &one);
	if (e == GET_ENTRIES_NEED_JSON && !r->is_normal) {
		if (!go_on_in_normal(r, error))
			return LOG_CLIENT_LOST;
		e = get_entries_next(&r->entries, &one);
	}
	if (e == GET_ENTRIES_END)
		return LOG_CLIENT_END;
	if (e == GET_ENTRIES_NEED_JSON) {
		buf_printf(error,
		    "get-entries: entries[%u]: a string that is "
		    "not base64",
		    r->taken);
		return LOG_CLIENT_LOST;
	}
	/* All leaves are shorter than the body: there is room, and those before
	 * stay where they are.  A zero byte goes in front, as it is hashed. */
	hashed = r->leaves.p + r->leaves.n;
	*hashed = 0;
	leaf.p = hashed + 1;
	if (one.leaf_input.n == 0 ||
	    !text_unbase64(one.leaf_input, hashed + 1, &leaf.n)) {
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
	out->extra_data = one.extra_data;
	out->precert = out->fingerprints = (struct bytes){ 0 };
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
};
