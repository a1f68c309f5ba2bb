/* SPDX-License-Identifier: Apache-2.0 */
/* log_rfc6962: heads and proofs. */
#include <inttypes.h>
#include <stdlib.h>

#include "net/log_answer.h"
#include "net/log_rfc6962.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static enum log_client_result
head(const struct log_client *s, const struct log_client_fetch *fetch,
    struct tree_head *out, struct buf *raw, struct buf *error)
{
	static const char *const names[] = { "tree_size", "timestamp",
		"sha256_root_hash", "tree_head_signature" };
	struct bytes v[4];
	struct log_answer m = { 4, names, v };
	bool ok;

	if (!log_answer_fetch(s, fetch, "get-sth", raw, &m, error))
		return LOG_CLIENT_FAILED;
	ok = log_answer_number(v[0], &out->size) &&
	    log_answer_number(v[1], &out->timestamp) &&
	    log_answer_hash(v[2], &out->root) &&
	    log_answer_base64(
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
	struct log_answer m = { 1, names, v };
	struct buf raw;
	char *query;
	size_t n;

	query =
	    mem_printf("get-sth-consistency?first=%" PRIu64 "&second=%" PRIu64,
	        size, head->size);
	buf_init(&raw, LIMIT_SMALL_BODY);
	if (log_answer_fetch(s, fetch, query, &raw, &m, error)) {
		if (!log_answer_path(v[0], path, &n))
			buf_printf(
			    error, "%s: malformed (RFC 6962, 4.4)", query);
		else if (merkle_consistent(
		             size, root, head->size, &head->root, path, n))
			r = LOG_CLIENT_OK;
		else if (merkle_inconsistent(
		             size, root, head->size, &head->root, path, n)) {
			buf_printf(error, "%s: proves another root", query);
			r = LOG_CLIENT_ROOT_DIFFERS;
		} else {
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
	struct log_answer m = { 2, names, v };
	struct buf raw, bin;
	bool ok = false;
	size_t got;

	buf_init(&raw, LIMIT_ENTRY_BODY);
	buf_init(&bin, LIMIT_ENTRY_BODY);
	if (log_answer_fetch(s, fetch, query, &raw, &m, error)) {
		ok = buf_reserve(&bin, v[0].n) &&
		    log_answer_base64(v[0], bin.p, v[0].n, &got) &&
		    log_answer_path(v[1], path, n);
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
	struct log_answer m = { 2, names, v };
	struct buf raw;

	buf_init(&raw, LIMIT_SMALL_BODY);
	if (!log_answer_fetch(s, fetch, query, &raw, &m, error)) {
		if (fetch->status != NULL &&
		    (*fetch->status == 404 || *fetch->status == 400))
			r = LOG_CLIENT_ABSENT;
	} else if (log_answer_number(v[0], index) && *index < head->size &&
	    log_answer_path(v[1], path, n))
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
	    log_client_open(r, &api, buf_view(&raw), 0, error) &&
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
	enum log_client_result result;
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
		    " does not give the signed root",
		    at - 1);
		return LOG_CLIENT_PROOF_INVALID;
	}
	result = log_client_consistent(s, fetch, at, &root, head, error);
	/* The path is not signed: another root shows that the path is wrong. */
	return result == LOG_CLIENT_ROOT_DIFFERS ? LOG_CLIENT_PROOF_INVALID
	                                         : result;
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

enum log_client_result
log_rfc6962_subtree(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    unsigned level, uint64_t start, struct merkle_hash *out, struct buf *error)
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
		    " does not give the signed root",
		    beside);
		return LOG_CLIENT_PROOF_INVALID;
	}
	*out = path[at];
	return LOG_CLIENT_OK;
}
