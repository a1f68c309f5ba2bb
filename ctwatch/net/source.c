/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/source.h>
#include <ctwatch/net/source_reader.h>
#include <ctwatch/net/source_rfc6962.h>
#include <ctwatch/net/source_static.h>

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

struct source *
source_new(const struct loglist_log *log, bool by_tiles)
{
	struct head_key *key = head_key_new(log->key);
	struct source *s;

	if (key == NULL)
		return NULL;
	s = mem_alloc(1, sizeof *s);
	s->heads =
	    log->is_static ? &source_static_heads : &source_rfc6962_heads;
	s->pages = log->is_static || by_tiles ? &source_static_pages
	                                      : &source_rfc6962_pages;
	s->url = mem_strdup(log->url);
	if (log->is_static)
		s->origin = origin_of(log->submission_url);
	memcpy(s->id, log->id, sizeof s->id);
	s->key = key;
	return s;
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	head_key_free(s->key);
	free(s->url);
	free(s->origin);
	free(s);
}

enum source_result
source_head(const struct source *s, const struct source_fetch *fetch,
    struct head *out, struct buf *raw, struct buf *error)
{
	enum source_result r = s->heads->head(s, fetch, out, raw, error);
	enum head_error e;

	if (r != SOURCE_OK)
		return r;
	e = head_verify(out, s->key);
	if (e != HEAD_OK) {
		buf_printf(error, "the signature of the tree head: %s",
		    head_error_word(e));
		return SOURCE_UNSIGNED;
	}
	return SOURCE_OK;
}

enum source_result
source_range(const struct source *s, const struct source_fetch *fetch,
    const struct head *head, uint64_t at, struct tree_range *out,
    struct buf *error)
{
	return s->heads->range(s, fetch, head, at, out, error);
}

enum source_result
source_consistent(const struct source *s, const struct source_fetch *fetch,
    uint64_t size, const struct tree_hash *root, const struct head *head,
    struct buf *error)
{
	if (size == 0)
		return SOURCE_OK;
	if (size == head->size) {
		if (tree_equal(root, &head->root))
			return SOURCE_OK;
		buf_printf(error, "another root for the same size");
		return SOURCE_BAD;
	}
	return s->heads->consistent(s, fetch, size, root, head, error);
}

void
source_page(const struct source *s, uint64_t index, uint64_t size,
    uint32_t most, struct source_page *out)
{
	*out = (struct source_page){ .first = index };
	s->pages->page(s, index, size, most, out);
}

void
source_page_fini(struct source_page *page)
{
	free(page->url);
	free(page->fallback);
	*page = (struct source_page){ 0 };
}

uint32_t
source_page_guess(const struct source *s)
{
	return s->pages->guess;
}

bool
source_has_index(const struct source *s)
{
	return s->pages->has_index && s->origin != NULL;
}

char *
source_issuer_url(
    const struct source *s, const uint8_t sha256[static DIGEST_SIZE])
{
	char hex[2 * DIGEST_SIZE + 1];

	if (s->pages != &source_static_pages)
		return NULL;
	text_hex((struct bytes){ sha256, DIGEST_SIZE }, hex);
	return mem_printf("%sissuer/%s", s->url, hex);
}

enum source_result
source_leaf_hashes(const struct source *s, const struct source_fetch *fetch,
    const struct head *head, const struct source_page *page,
    struct tree_hash *out, struct buf *error)
{
	if (s->pages->leaf_hashes == NULL)
		return SOURCE_BAD;
	return s->pages->leaf_hashes(s, fetch, head, page, out, error);
}

enum source_result
source_timestamp(const struct source *s, const struct source_fetch *fetch,
    const struct head *head, uint64_t index, int64_t *out, struct buf *error)
{
	struct source_reader *r = source_reader_new();
	enum source_result result = SOURCE_FAILED;
	struct source_entry e;
	struct source_page page;
	struct buf body;

	/* The page that holds index; its first entry is near enough. */
	source_page(s, index, head->size, 1, &page);
	buf_init(&body, BOUNDS_PAGE);
	if ((fetch->get(fetch->arg, page.url, BOUNDS_PAGE, &body, error) ||
	        (page.fallback != NULL &&
	            fetch->get(fetch->arg, page.fallback, BOUNDS_PAGE, &body,
	                error))) &&
	    source_open(r, s, buf_view(&body), error) &&
	    source_next(r, &e, error) == SOURCE_ENTRY) {
		*out = (int64_t)(e.leaf.timestamp & INT64_MAX);
		if (e.error == LEAF_OK)
			result = SOURCE_OK;
		else
			buf_printf(error, "entry %llu: %s",
			    (unsigned long long)index,
			    leaf_error_word(e.error));
	}
	buf_fini(&body);
	source_page_fini(&page);
	source_reader_free(r);
	return result;
}

struct source_reader *
source_reader_new(void)
{
	struct source_reader *r = mem_alloc(1, sizeof *r);

	buf_init(&r->normal, 2 * (size_t)BOUNDS_PAGE);
	buf_init(&r->leaves, BOUNDS_PAGE);
	buf_init(&r->extra, BOUNDS_PAGE);
	return r;
}

void
source_reader_free(struct source_reader *r)
{
	if (r == NULL)
		return;
	buf_fini(&r->normal);
	buf_fini(&r->leaves);
	buf_fini(&r->extra);
	free(r);
}

bool
source_open(struct source_reader *r, const struct source *s, struct bytes body,
    struct buf *error)
{
	r->pages = s->pages;
	r->taken = 0;
	return s->pages->open(r, body, error);
}

enum source_step
source_next(
    struct source_reader *r, struct source_entry *out, struct buf *error)
{
	enum source_step step = r->pages->next(r, out, error);

	r->taken += step == SOURCE_ENTRY;
	return step;
}

bool
source_extra(struct source_reader *r, const struct source_entry *e,
    struct bytes *precert, struct bytes *chain)
{
	return r->pages->extra(r, e, precert, chain);
}
