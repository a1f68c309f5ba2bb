/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "sync/batch_index.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/policy/cert_use.h>

/* Entries per block, which is decoded, then hashed, then matched: they fit into
 * the cache, and make the cost of timing small. */
#define BLOCK 128

struct batch_worker {
	struct log_client_reader *reader;
	struct inflate *inflate;
	struct buf body;          /* inflated */
	struct merkle_range tile; /* the hashes since the last end of a tile */
	struct name_keys *keys;   /* of one entry; NULL: make no index */
	struct log_client_entry block[BLOCK];
	struct merkle_hash leaves[LIMIT_PAGE_ENTRIES]; /* of a page */
};

struct batch_worker *
batch_worker_new(void)
{
	struct batch_worker *w = mem_alloc(1, sizeof *w);

	w->reader = log_client_reader_new();
	w->inflate = inflate_new();
	buf_init(&w->body, LIMIT_PAGE);
	return w;
}

void
batch_worker_index(
    struct batch_worker *w, const uint8_t secret[static NAME_KEYS_SECRET])
{
	w->keys = name_keys_new(secret);
}

void
batch_worker_free_buffers(struct batch_worker *w)
{
	log_client_reader_free_buffers(w->reader);
	buf_fini(&w->body);
}

void
batch_worker_free(struct batch_worker *w)
{
	if (w == NULL)
		return;
	log_client_reader_free(w->reader);
	inflate_free(w->inflate);
	buf_fini(&w->body);
	name_keys_free(w->keys);
	free(w);
}

void
batch_fini(struct batch *b)
{
	for (size_t i = 0; i < b->n_matches; i++) {
		blob_fini(&b->matches[i].leaf_input);
		blob_fini(&b->matches[i].precert);
		blob_fini(&b->matches[i].chain);
		blob_fini(&b->matches[i].fingerprints);
	}
	for (size_t i = 0; i < b->n_rejected; i++) {
		blob_fini(&b->rejected[i].leaf_input);
		blob_fini(&b->rejected[i].extra_data);
	}
	free(b->matches);
	free(b->rejected);
	free(b->leaves);
	for (size_t i = 0; i < b->n_parts; i++)
		index_part_fini(&b->parts[i]);
	free(b->parts);
	*b = (struct batch){ 0 };
}

void
batch_times_add(struct batch_times *to, const struct batch_times *t)
{
	to->inflating += t->inflating;
	to->decoding += t->decoding;
	to->hashing += t->hashing;
	to->matching += t->matching;
}

/* Copy b, counting its memory. */
static struct blob
copy(struct batch *batch, struct bytes b)
{
	batch->bytes_kept += b.n;
	return b.n > 0 ? blob_copy(b) : (struct blob){ 0 };
}

/* Copy the whole leaf_input of an entry. */
static struct blob
copy_leaf_input(struct batch *batch, const struct log_client_entry *e)
{
	struct buf b;

	batch->bytes_kept += e->leaf_input[0].n + e->leaf_input[1].n;
	buf_init(&b, e->leaf_input[0].n + e->leaf_input[1].n);
	buf_add(&b, e->leaf_input[0]);
	buf_add(&b, e->leaf_input[1]);
	return blob_take(&b);
}

static void
add_match(struct batch *b, const struct log_client *s,
    struct log_client_reader *r, const struct log_client_entry *e,
    uint64_t index, const struct merkle_hash *hash, unsigned notes)
{
	struct bytes precert, chain;
	struct batch_match *m;

	b->matches = mem_grow(b->matches, b->n_matches, sizeof *b->matches);
	m = &b->matches[b->n_matches++];
	*m = (struct batch_match){ .index = index, .leaf_hash = *hash };
	/* Only the leaf is authenticated: record faults of other data, but do
	 * not skip the entry. */
	if (!s->pages->extra(r, e, &precert, &chain)) {
		chain = (struct bytes){ 0 };
		notes |= BATCH_NOTE_EXTRA;
	}
	m->precert = copy(b, precert);
	m->chain = copy(b, chain);
	m->fingerprints = copy(b, e->fingerprints);
	b->bytes_kept += sizeof *m;
	if (e->leaf.kind == LEAF_MTC) {
		m->leaf_input = copy(b, e->leaf.cert);
		m->leaf = e->leaf;
		m->leaf.cert = blob_view(m->leaf_input);
	} else {
		m->leaf_input = copy_leaf_input(b, e);
		leaf_parse(blob_view(m->leaf_input), &m->leaf);
	}
	m->notes = notes;
}

/* Return the first item that matches the readable part of a certificate. */
static bool
first_met(const struct watch *watch, const struct cert *c, size_t *item)
{
	struct watch_hits hits;
	bool any;

	watch_explain(watch, c, &hits);
	any = hits.n > 0;
	if (any)
		*item = hits.v[0].item;
	watch_hits_free(&hits);
	return any;
}

/* Add an entry that does not parse; c is the readable part of its
 * certificate. */
static void
add_rejected(struct batch *b, const struct watch *watch,
    const struct log_client_entry *e, const struct cert *c, uint64_t index,
    const char *reason)
{
	struct batch_rejected *r;

	b->rejected = mem_grow(b->rejected, b->n_rejected, sizeof *b->rejected);
	r = &b->rejected[b->n_rejected++];
	*r = (struct batch_rejected){ .index = index, .reason = reason };
	/* Some names match only when decoded: in constructed encoding, or in
	 * another script. */
	r->possible = first_met(watch, c, &r->item) ||
	    watch_search_raw(watch, e->leaf_input[1], &r->item);
	if (r->possible)
		r->leaf_input = copy_leaf_input(b, e);
	if (r->possible && e->extra_data.n <= LIMIT_EXTRA_KEPT)
		r->extra_data = copy(b, e->extra_data);
	b->bytes_kept += sizeof *r;
}

/* Add the entry of a CA, which may certify any name, the first watched item
 * among them, in certificates that are in no issuance log. */
static void
add_ca(struct batch *b, const struct log_client_entry *e, uint64_t index)
{
	struct batch_rejected *r;

	b->rejected = mem_grow(b->rejected, b->n_rejected, sizeof *b->rejected);
	r = &b->rejected[b->n_rejected++];
	*r = (struct batch_rejected){
		.index = index, .reason = STORE_REJECTED_CA, .possible = true
	};
	r->leaf_input = copy_leaf_input(b, e);
	b->bytes_kept += sizeof *r;
}

/* Parse the precertificate beside a leaf, if it is not the leaf's: it may have
 * other names. */
static bool
parse_other_precert(const struct log_client *s, struct log_client_reader *r,
    const struct log_client_entry *e, const struct cert *leaf, struct cert *out)
{
	struct bytes precert, chain;

	return e->leaf.kind == LEAF_PRECERT &&
	    !leaf_is_precert(leaf, e->precert) &&
	    (s->pages->extra(r, e, &precert, &chain) || precert.n > 0) &&
	    cert_parse(precert, out) == CERT_OK;
}

/* Match the certificate and the precertificate (or NULL) of an entry.  *error
 * is that of the certificate.  Append the keys of the certificate, unless keys
 * is NULL. */
static bool
match_entry(const struct watch *watch, const struct log_client_entry *e,
    struct cert *cert, const struct cert *precert, struct name_keys *keys,
    enum cert_error *error)
{
	if (!watch_match_read(watch, cert, keys, error))
		return *error == CERT_OK && precert != NULL &&
		    watch_match(watch, precert);
	/* A match may have ended the walk before the last name. */
	*error = leaf_parse_cert(e->leaf.kind, e->leaf.cert, cert);
	return *error == CERT_OK;
}

/* Judge an entry whose leaf was read. */
static void
judge_cert(struct batch *b, struct batch_worker *w, const struct log_client *s,
    const struct watch *watch, const struct log_client_entry *e, uint64_t index,
    const struct merkle_hash *hash, unsigned notes)
{
	struct cert cert = { 0 }, pre;
	const struct cert *other = NULL;
	enum cert_error why = leaf_read_cert(e->leaf.kind, e->leaf.cert, &cert);
	bool read = why == CERT_OK, match;

	if (read && parse_other_precert(s, w->reader, e, &cert, &pre))
		other = &pre;
	match = read && match_entry(watch, e, &cert, other, w->keys, &why);
	if (read)
		batch_index_add(b, index, w->keys, other);
	else
		batch_index_add_any(b, index, w->keys);
	if (match)
		add_match(b, s, w->reader, e, index, hash, notes);
	else if (why == CERT_OK && e->leaf.kind == LEAF_MTC &&
	    cert_use_is_ca(&cert))
		add_ca(b, e, index);
	if (why != CERT_OK)
		add_rejected(b, watch, e, &cert, index, cert_error_word(why));
}

static void
judge_entry(struct batch *b, struct batch_worker *w, const struct log_client *s,
    const struct watch *watch, const struct log_client_entry *e, uint64_t index,
    const struct merkle_hash *hash)
{
	const struct cert none = { 0 };
	unsigned notes = 0;
	uint64_t at;
	bool found;

	if (e->error != LEAF_OK) {
		add_rejected(
		    b, watch, e, &none, index, leaf_error_word(e->error));
		batch_index_add_any(b, index, w->keys);
		return;
	}
	if (e->leaf.kind != LEAF_MTC) {
		store_dates_add(&b->dates, e->leaf.timestamp, index);
		batch_index_add_time(b, index, e->leaf.timestamp);
	} else if (e->leaf.cert.n == 0)
		return; /* a null_entry */
	if (log_client_has_index(s) &&
	    (leaf_index(&e->leaf, &found, &at) != LEAF_OK || !found ||
	        at != index)) {
		b->wrong_index++;
		notes |= BATCH_NOTE_INDEX;
	}
	judge_cert(b, w, s, watch, e, index, hash, notes);
}

/* Keep the hashes of the readable entries: to compare them with those of the
 * log if the rest is lost, and for the paths of the matches. */
static void
keep_leaves(struct batch *b, const struct batch_worker *w,
    const struct log_client_page *page)
{
	const struct merkle_hash *first =
	    &w->leaves[b->range.begin - page->first];
	uint64_t n = b->range.end - b->range.begin;

	if (b->lost == 0 && b->n_matches == 0 && b->n_rejected == 0)
		return;
	b->bytes_kept += n * sizeof *b->leaves;
	b->leaves = mem_alloc(n, sizeof *b->leaves);
	for (uint64_t i = 0; i < n; i++)
		b->leaves[i] = first[i];
}

/* Inflate *body if it is gzip. */
static bool
inflate_page(struct batch_worker *w, struct bytes *body, struct buf *error)
{
	enum inflate_result r = INFLATE_OK;

	if (!inflate_is_gzip(*body))
		return true;
	r = inflate_gzip(w->inflate, *body, &w->body);
	if (r == INFLATE_CORRUPT)
		buf_add_text(error, "the gzip body is damaged");
	if (r == INFLATE_TOO_LARGE)
		buf_printf(error,
		    "the gzip body inflates to more than %u bytes, or %u "
		    "times its length",
		    LIMIT_PAGE, LIMIT_INFLATE_RATIO);
	*body = buf_view(&w->body);
	return r == INFLATE_OK;
}

/* Return the CPU time since *mark, and set *mark to now. */
static int64_t
lap(int64_t *mark)
{
	int64_t before = *mark;

	*mark = time_cpu();
	return *mark - before;
}

/*
 * Read the next *n entries, at most a block and at most the remaining number;
 * if there are more, the step is still LOG_CLIENT_ENTRY.
 */
static enum log_client_step
take_block(struct batch_worker *w, uint64_t left, size_t *n, struct buf *error)
{
	enum log_client_step step = LOG_CLIENT_ENTRY;

	for (*n = 0; *n < BLOCK; ++*n) {
		step = log_client_next(w->reader, &w->block[*n], error);
		if (step != LOG_CLIENT_ENTRY || *n == left)
			break;
	}
	return step;
}

/* Append the hashes since the last end of a tile. */
static void
end_tile(struct batch *b, struct batch_worker *w)
{
	merkle_range_join(&b->range, &w->tile);
	batch_index_add_range(b, &w->tile);
	merkle_range_init(&w->tile, b->range.end);
}

static void
hash_entry(struct batch *b, struct batch_worker *w,
    const struct log_client_entry *e, struct merkle_hash *hash)
{
	sha256_parts(e->hashed, 2, hash->b);
	merkle_range_add(&w->tile, hash);
	if (w->tile.end % INDEX_PART_TILE == 0)
		end_tile(b, w);
}

bool
batch_scan(struct batch_worker *w, const struct log_client *s,
    const struct watch *watch, const struct log_client_page *page,
    uint64_t from, struct bytes body, struct batch *out, struct buf *error)
{
	uint64_t index = page->first, end = page->first + page->count;
	struct merkle_hash *hash = w->leaves;
	int64_t mark = time_cpu();
	enum log_client_step step;
	size_t n, skip;

	*out = (struct batch){ 0 };
	store_dates_init(&out->dates);
	merkle_range_init(&out->range, from);
	merkle_range_init(&w->tile, from);
	if (!inflate_page(w, &body, error) ||
	    !log_client_open(w->reader, s, body, page->first, error))
		return false;
	out->bytes = body.n;
	if (w->keys != NULL && from < end)
		batch_index_begin(out, from, end);
	out->times.inflating = lap(&mark);
	do {
		step = take_block(w, end - index, &n, error);
		if (n == 0)
			break;
		skip = from > index ? from - index : 0;
		out->times.decoding += lap(&mark);
		for (size_t i = skip; i < n; i++)
			hash_entry(out, w, &w->block[i], &hash[i]);
		out->times.hashing += lap(&mark);
		for (size_t i = skip; i < n; i++)
			judge_entry(out, w, s, watch, &w->block[i], index + i,
			    &hash[i]);
		out->times.matching += lap(&mark);
		index += n;
		hash += n;
	} while (n == BLOCK);
	end_tile(out, w);
	batch_index_end(out);
	/* A full tile may be in place of a partial one, and fewer entries are
	 * legal (RFC 6962, 4.6). */
	if ((step == LOG_CLIENT_ENTRY && page->whole) ||
	    (step == LOG_CLIENT_END &&
	        (index == end || (index > page->first && !page->whole)))) {
		keep_leaves(out, w, page);
		return true;
	}
	if (step == LOG_CLIENT_ENTRY)
		buf_printf(error, "more than the %" PRIu32 " entries requested",
		    page->count);
	if (step == LOG_CLIENT_END)
		buf_printf(error,
		    "%" PRIu64 " entries where %" PRIu32 " were requested",
		    index - page->first, page->count);
	if (page->whole) {
		out->lost = end - out->range.end;
		keep_leaves(out, w, page);
		return true;
	}
	batch_fini(out);
	return false;
}
