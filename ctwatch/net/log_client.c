/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "net/log_client_reader.h"
#include "net/log_mtc.h"
#include "net/log_rfc6962.h"
#include "net/log_static.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/log_client.h>
#include <ctwatch/net/mtc_cosigners.h>

/* static-ct-api: the submission prefix without scheme and trailing slashes. */
static char *
origin_of(const char *submission_url)
{
	const char *start = strstr(submission_url, "://");
	char *origin = mem_strdup(start != NULL ? start + 3 : submission_url);

	for (size_t n = strlen(origin); n > 0 && origin[n - 1] == '/';)
		origin[--n] = '\0';
	return origin;
}

/* Set the tables of an RFC 6962 or static-ct-api log, and its key. */
static bool
set_ct(struct log_client *s, const struct loglist_log *log, bool by_tiles)
{
	bool is_static = log->kind == LOG_KIND_STATIC;

	s->heads = is_static ? &log_static_heads : &log_rfc6962_heads;
	s->pages =
	    is_static || by_tiles ? &log_static_pages : &log_rfc6962_pages;
	if (is_static)
		s->origin = origin_of(log->submission_url);
	s->key = loglist_head_key(log);
	return s->key != NULL;
}

/* Set the tables of an issuance log, its cosigners, and its number, which ends
 * the origin. */
static bool
set_mtc(struct log_client *s, const struct loglist_log *log)
{
	s->heads = &log_mtc_heads;
	s->pages = &log_mtc_pages;
	s->origin = mem_strdup(log->submission_url);
	s->number = (uint16_t)strtoul(strrchr(s->origin, '.') + 1, NULL, 10);
	s->cosigners = mtc_cosigners_new(blob_view(log->key));
	return s->cosigners != NULL;
}

struct log_client *
log_client_new(const struct loglist_log *log, bool by_tiles)
{
	struct log_client *s = mem_alloc(1, sizeof *s);

	s->url = mem_strdup(log->url);
	memcpy(s->id, log->id, sizeof s->id);
	if (log->kind == LOG_KIND_MTC ? set_mtc(s, log)
	                              : set_ct(s, log, by_tiles))
		return s;
	log_client_free(s);
	return NULL;
}

void
log_client_free(struct log_client *s)
{
	if (s == NULL)
		return;
	tree_head_key_free(s->key);
	mtc_cosigners_free(s->cosigners);
	free(s->url);
	free(s->origin);
	free(s);
}

enum log_client_result
log_client_head(const struct log_client *s,
    const struct log_client_fetch *fetch, struct tree_head *out,
    struct buf *raw, struct buf *error)
{
	enum log_client_result r = s->heads->head(s, fetch, out, raw, error);
	enum tree_head_error e;

	if (r != LOG_CLIENT_OK || s->cosigners != NULL)
		return r;
	e = tree_head_verify(out, s->key);
	if (e != TREE_HEAD_OK) {
		buf_printf(error, "the signature of the tree head: %s",
		    tree_head_error_word(e));
		return LOG_CLIENT_UNSIGNED;
	}
	return LOG_CLIENT_OK;
}

enum log_client_result
log_client_consistent(const struct log_client *s,
    const struct log_client_fetch *fetch, uint64_t size,
    const struct merkle_hash *root, const struct tree_head *head,
    struct buf *error)
{
	if (size == 0)
		return LOG_CLIENT_OK;
	if (size == head->size) {
		if (merkle_equal(root, &head->root))
			return LOG_CLIENT_OK;
		buf_printf(error, "a different root for the same size");
		return LOG_CLIENT_ROOT_DIFFERS;
	}
	return s->heads->consistent(s, fetch, size, root, head, error);
}

/* Report whether a path that the log gave leads to the signed root. */
static enum log_client_result
check_path(const struct tree_head *head, uint64_t index,
    const struct merkle_hash *leaf, const struct merkle_hash *path, size_t n,
    struct buf *error)
{
	if (merkle_included(index, head->size, leaf, path, n, &head->root))
		return LOG_CLIENT_OK;
	buf_printf(error,
	    "the audit path of entry %" PRIu64 " does not give the signed root",
	    index);
	return LOG_CLIENT_PROOF_INVALID;
}

enum log_client_result
log_client_prove(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, const struct merkle_hash *leaf, struct merkle_hash *path,
    size_t *n, struct buf *error)
{
	enum log_client_result r;

	if (index >= head->size) {
		buf_printf(error,
		    "entry %" PRIu64 " is beyond the tree of "
		    "%" PRIu64 " entries",
		    index, head->size);
		return LOG_CLIENT_FAILED;
	}
	r = s->heads->prove(s, fetch, head, index, leaf, path, n, error);
	return r == LOG_CLIENT_OK
	    ? check_path(head, index, leaf, path, *n, error)
	    : r;
}

enum log_client_result
log_client_locate(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    const struct merkle_hash *leaf, uint64_t *index, struct merkle_hash *path,
    size_t *n, struct buf *error)
{
	enum log_client_result r;

	if (s->heads->locate == NULL) {
		buf_add_text(error, "the protocol finds no entry by its hash");
		return LOG_CLIENT_FAILED;
	}
	r = s->heads->locate(s, fetch, head, leaf, index, path, n, error);
	return r == LOG_CLIENT_OK
	    ? check_path(head, *index, leaf, path, *n, error)
	    : r;
}

/* Append the leaf_input of entry number skip of an open body. */
static enum log_client_result
take_leaf(struct log_client_reader *r, uint64_t skip, struct buf *leaf,
    struct buf *error)
{
	enum log_client_step step = LOG_CLIENT_ENTRY;
	struct log_client_entry e;

	for (uint64_t i = 0; i <= skip && step == LOG_CLIENT_ENTRY; i++)
		step = log_client_next(r, &e, error);
	if (step == LOG_CLIENT_END)
		buf_add_text(error, "the answer ends before the entry");
	if (step != LOG_CLIENT_ENTRY)
		return LOG_CLIENT_FAILED;
	return buf_add(leaf, e.leaf_input[0]) && buf_add(leaf, e.leaf_input[1])
	    ? LOG_CLIENT_OK
	    : LOG_CLIENT_FAILED;
}

enum log_client_result
log_client_leaf(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, struct buf *leaf, struct buf *error)
{
	struct log_client_reader *r = log_client_reader_new();
	enum log_client_result result = LOG_CLIENT_FAILED;
	struct log_client_page page;
	struct buf body;

	log_client_page(s, index, head->size, 1, &page);
	buf_init(&body, LIMIT_PAGE);
	if ((fetch->get(fetch->arg, page.url, body.max, &body, error) ||
	        (page.fallback != NULL &&
	            fetch->get(
	                fetch->arg, page.fallback, body.max, &body, error))) &&
	    log_client_open(r, s, buf_view(&body), page.first, error))
		result = take_leaf(r, index - page.first, leaf, error);
	buf_fini(&body);
	log_client_page_fini(&page);
	log_client_reader_free(r);
	return result;
}

void
log_client_page(const struct log_client *s, uint64_t index, uint64_t size,
    uint32_t most, struct log_client_page *out)
{
	*out = (struct log_client_page){ .first = index };
	s->pages->page(s, index, size, most, out);
}

void
log_client_page_fini(struct log_client_page *page)
{
	free(page->url);
	free(page->fallback);
	*page = (struct log_client_page){ 0 };
}

bool
log_client_has_index(const struct log_client *s)
{
	return s->pages->has_index && s->origin != NULL;
}

char *
log_client_issuer_url(
    const struct log_client *s, const uint8_t sha256[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	if (!log_client_is_tiled(s))
		return NULL;
	text_hex((struct bytes){ sha256, SHA256_SIZE }, hex);
	return mem_printf("%sissuer/%s", s->url, hex);
}

bool
log_client_is_tiled(const struct log_client *s)
{
	return s->pages->tiled;
}

enum log_client_result
log_client_timestamp(const struct log_client *s,
    const struct log_client_fetch *fetch, const struct tree_head *head,
    uint64_t index, int64_t *out, struct buf *error)
{
	struct log_client_reader *r = log_client_reader_new();
	enum log_client_result result = LOG_CLIENT_FAILED;
	struct log_client_entry e;
	struct log_client_page page;
	struct buf body;

	/* The page with index; its first entry is close enough. */
	log_client_page(s, index, head->size, 1, &page);
	buf_init(&body, LIMIT_ENTRY_BODY);
	if ((fetch->get(fetch->arg, page.url, body.max, &body, error) ||
	        (page.fallback != NULL &&
	            fetch->get(
	                fetch->arg, page.fallback, body.max, &body, error))) &&
	    log_client_open(r, s, buf_view(&body), page.first, error) &&
	    log_client_next(r, &e, error) == LOG_CLIENT_ENTRY) {
		*out = (int64_t)(e.leaf.timestamp & INT64_MAX);
		if (e.error == LEAF_OK)
			result = LOG_CLIENT_OK;
		else
			buf_printf(error, "entry %llu: %s",
			    (unsigned long long)index,
			    leaf_error_word(e.error));
	}
	buf_fini(&body);
	log_client_page_fini(&page);
	log_client_reader_free(r);
	return result;
}

struct log_client_reader *
log_client_reader_new(void)
{
	struct log_client_reader *r = mem_alloc(1, sizeof *r);

	buf_init(&r->plain, LIMIT_PAGE);
	buf_init(&r->leaves, LIMIT_PAGE);
	buf_init(&r->extra, LIMIT_PAGE);
	return r;
}

void
log_client_reader_free(struct log_client_reader *r)
{
	if (r == NULL)
		return;
	log_client_reader_free_buffers(r);
	free(r);
}

void
log_client_reader_free_buffers(struct log_client_reader *r)
{
	buf_fini(&r->plain);
	buf_fini(&r->leaves);
	buf_fini(&r->extra);
}

bool
log_client_open(struct log_client_reader *r, const struct log_client *s,
    struct bytes body, uint64_t first, struct buf *error)
{
	r->pages = s->pages;
	r->taken = 0;
	r->first = first;
	r->number = s->number;
	return s->pages->open(r, body, error);
}

enum log_client_step
log_client_next(struct log_client_reader *r, struct log_client_entry *out,
    struct buf *error)
{
	enum log_client_step step = r->pages->next(r, out, error);

	r->taken += step == LOG_CLIENT_ENTRY;
	return step;
}
