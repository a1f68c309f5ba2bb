/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "audit/absence.h"
#include "audit/inclusion.h"
#include "audit/tile_cache.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/log_fetch.h>

/* Maximum time that an SCT may be ahead of this machine's clock, in ms. */
#define CLOCK_SKEW (5 * TIME_MINUTE)

/* One log, and the heads of its proofs. */
struct target {
	const struct loglist_log *log;
	struct log_client *client; /* NULL: its key or URL is unusable */
	struct http_queue *queue;
	struct absence_head stored, fetched; /* raw owned, empty: none */
	bool asked;                          /* for a newer head */
	char *
	    failure; /* owned: error of the request for a newer head; or NULL */
	bool finds_hashes;        /* RFC 6962: it found the hash of an entry */
	struct tile_cache *tiles; /* owned */
};

struct inclusion {
	struct http *http;
	struct store *s;
	int64_t now, deadline;
	struct target *v;
	size_t n;
};

struct inclusion *
inclusion_new(struct http *http, struct store *s, int64_t now, int64_t deadline)
{
	struct inclusion *x = mem_alloc(1, sizeof *x);

	*x = (struct inclusion){
		.http = http, .s = s, .now = now, .deadline = deadline
	};
	return x;
}

void
inclusion_free(struct inclusion *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->n; i++) {
		log_client_free(x->v[i].client);
		tile_cache_clear(x->v[i].tiles);
		free(x->v[i].tiles);
		blob_fini(&x->v[i].stored.raw);
		blob_fini(&x->v[i].fetched.raw);
		free(x->v[i].failure);
	}
	free(x->v);
	free(x);
}

static void
keep_newest(void *arg, const struct store_head *h)
{
	struct target *t = arg;

	if (h->state != STORE_HEAD_PROVED || h->raw.n == 0)
		return;
	blob_fini(&t->stored.raw);
	t->stored.head = h->head;
	t->stored.raw = blob_copy(h->raw);
}

static struct target *
target_of(struct inclusion *x, const struct loglist_log *log)
{
	struct target *t;

	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].log == log)
			return &x->v[i];
	x->v = mem_grow(x->v, x->n, sizeof *x->v);
	t = &x->v[x->n++];
	*t = (struct target){ .log = log,
		.tiles = mem_alloc(1, sizeof *t->tiles) };
	if (log->url != NULL && log->key.n > 0 &&
	    (log->kind != LOG_KIND_STATIC || log->submission_url != NULL))
		t->client = log_client_new(log, false);
	t->queue = http_queue(x->http, log->operator);
	if (x->s != NULL)
		store_heads_each(x->s, log->id, keep_newest, t);
	return t;
}

/* ---- one entry ---- */

/* One SCT with the entry to find. */
struct question {
	struct inclusion *x;
	struct target *t;
	struct bytes leaf;
	int64_t due; /* ms: when the entry must be under a head */
	struct audit_sct *out;
	struct log_fetch ask;
	struct buf error;
};

static struct log_client_fetch
requests(struct question *q)
{
	const struct log_client_fetch inner = log_fetch_of(&q->ask);

	return tile_cache_fetch(q->t->tiles, &inner);
}

static void
say(struct question *q, enum audit_sct_status status, const char *why)
{
	struct buf shown;

	q->out->status = status;
	free(q->out->why);
	q->out->why = NULL;
	if (why == NULL)
		return;
	buf_init(&shown, LIMIT_SMALL_BODY);
	escape_line(&shown, bytes_of(why), 2 * LIMIT_SHOWN_TEXT);
	q->out->why = buf_detach(&shown);
}

/* The log is unreachable, or its answer is no proof. */
static void
fail(struct question *q, const char *why)
{
	const struct loglist_log *log = q->t->log;
	bool gone = !log->listed || loglist_is_over(log->state);

	/* Ask again for tiles that may be wrong. */
	tile_cache_clear(q->t->tiles);
	say(q, gone ? AUDIT_SCT_GONE : AUDIT_SCT_UNREACHABLE, why);
}

static bool
is_late(const struct question *q)
{
	return q->x->deadline != 0 && time_mono() > q->x->deadline;
}

/* Fetch the newest head once; it must not contradict a stored one. */
static void
fetch_head(struct question *q)
{
	const struct log_client_fetch fetch = requests(q);
	struct target *t = q->t;
	struct tree_head head = { 0 }, other;
	struct buf raw;

	t->asked = true;
	buf_init(&raw, LIMIT_SMALL_BODY);
	buf_clear(&q->error);
	if (log_client_head(t->client, &fetch, &head, &raw, &q->error) !=
	    LOG_CLIENT_OK)
		t->failure = mem_strdup(buf_text(&q->error));
	else if (q->x->s != NULL &&
	    store_head_contradiction(q->x->s, t->log->id, &head, &other))
		t->failure = mem_printf("its head of %" PRIu64
		                        " entries contradicts a stored one",
		    head.size);
	else {
		t->fetched.head = head;
		t->fetched.raw = blob_copy(buf_view(&raw));
	}
	buf_fini(&raw);
}

static bool
is_due(const struct absence_head *h, int64_t due)
{
	return h->raw.n > 0 && h->head.timestamp <= INT64_MAX &&
	    (int64_t)h->head.timestamp >= due;
}

/* Return the head for the proof: one signed after the entry was due, else the
 * newest, or NULL. */
static const struct absence_head *
choose_head(struct question *q)
{
	struct target *t = q->t;

	if (is_due(&t->stored, q->due))
		return &t->stored;
	if (!t->asked)
		fetch_head(q);
	if (t->fetched.raw.n > 0)
		return &t->fetched;
	return t->stored.raw.n > 0 ? &t->stored : NULL;
}

/* The log has no such entry under a head. */
static void
absent(struct question *q, const struct absence_head *h,
    const struct absence_instead *instead)
{
	char due[TIME_TEXT];

	if (is_due(h, q->due) || instead != NULL) {
		say(q, AUDIT_SCT_MISSING, buf_text(&q->error));
		q->out->evidence = absence_json(q->out, q->leaf, h, instead);
	} else if (q->x->now < q->due) {
		time_format(q->due, due);
		buf_clear(&q->error);
		buf_printf(&q->error, "due by %s", due);
		say(q, AUDIT_SCT_PENDING, buf_text(&q->error));
	} else
		fail(q,
		    q->t->failure != NULL
		        ? q->t->failure
		        : "the log has signed no head since the maximum merge "
		          "delay");
}

/* ---- RFC 6962 ---- */

/* Report whether the log finds any entry by its hash: one that answers every
 * request with 404 is no evidence against an SCT. */
static bool
finds_hashes(struct question *q, const struct absence_head *h)
{
	const struct log_client_fetch fetch = requests(q);
	struct merkle_hash hash, path[LIMIT_PROOF];
	struct buf leaf;
	uint64_t index;
	size_t n;

	if (q->t->finds_hashes || h->head.size == 0)
		return q->t->finds_hashes;
	buf_init(&leaf, LIMIT_PAGE);
	if (log_client_leaf(q->t->client, &fetch, &h->head, h->head.size - 1,
	        &leaf, &q->error) == LOG_CLIENT_OK) {
		merkle_leaf_hash(buf_view(&leaf), &hash);
		q->t->finds_hashes =
		    log_client_locate(q->t->client, &fetch, &h->head, &hash,
		        &index, path, &n, &q->error) == LOG_CLIENT_OK;
	}
	buf_fini(&leaf);
	return q->t->finds_hashes;
}

static void
look_up_hash(struct question *q, const struct absence_head *h)
{
	const struct log_client_fetch fetch = requests(q);
	struct merkle_hash path[LIMIT_PROOF];
	enum log_client_result r;
	size_t n;

	buf_clear(&q->error);
	r = log_client_locate(q->t->client, &fetch, &h->head,
	    &q->out->leaf_hash, &q->out->index, path, &n, &q->error);
	if (r == LOG_CLIENT_OK) {
		q->out->has_index = true;
		say(q, AUDIT_SCT_INCLUDED, NULL);
	} else if (r != LOG_CLIENT_ABSENT)
		fail(q, buf_text(&q->error));
	else if (!is_due(h, q->due) || finds_hashes(q, h)) {
		buf_clear(&q->error);
		buf_printf(&q->error,
		    "the log finds no such entry among %" PRIu64
		    ", under a head signed after the maximum merge delay",
		    h->head.size);
		absent(q, h, NULL);
	} else
		fail(q, "the log finds no entry by its hash");
}

/* ---- static-ct-api ---- */

/* Another leaf is at the index of ours: prove it to the head. */
static void
prove_other(
    struct question *q, const struct absence_head *h, struct bytes other)
{
	const struct log_client_fetch fetch = requests(q);
	struct absence_instead instead = { .leaf = other };
	struct merkle_hash hash;

	merkle_leaf_hash(other, &hash);
	if (log_client_prove(q->t->client, &fetch, &h->head, q->out->index,
	        &hash, instead.path, &instead.n, &q->error) != LOG_CLIENT_OK) {
		fail(q, buf_text(&q->error));
		return;
	}
	buf_clear(&q->error);
	buf_printf(&q->error,
	    "entry %" PRIu64
	    " is a different one, under the signed root of %" PRIu64 " entries",
	    q->out->index, h->head.size);
	absent(q, h, &instead);
}

/* Our leaf is not proved to be at its index: fetch the one that is. */
static void
look_up_leaf(struct question *q, const struct absence_head *h)
{
	const struct log_client_fetch fetch = requests(q);
	struct buf at;

	buf_init(&at, LIMIT_PAGE);
	if (log_client_leaf(q->t->client, &fetch, &h->head, q->out->index, &at,
	        &q->error) == LOG_CLIENT_OK &&
	    !bytes_equal(buf_view(&at), q->leaf))
		prove_other(q, h, buf_view(&at));
	else
		fail(q, buf_text(&q->error));
	buf_fini(&at);
}

static void
look_up_index(struct question *q, const struct absence_head *h)
{
	const struct log_client_fetch fetch = requests(q);
	struct merkle_hash path[LIMIT_PROOF];
	enum log_client_result r;
	size_t n;

	buf_clear(&q->error);
	if (q->out->index >= h->head.size) {
		buf_printf(&q->error,
		    "the log has %" PRIu64
		    " entries after the maximum merge delay, but this one must "
		    "be number %" PRIu64,
		    h->head.size, q->out->index);
		absent(q, h, NULL);
		return;
	}
	/* A data tile is large, and hash tiles suffice for an entry that is
	 * there. */
	r = log_client_prove(q->t->client, &fetch, &h->head, q->out->index,
	    &q->out->leaf_hash, path, &n, &q->error);
	if (r == LOG_CLIENT_OK)
		say(q, AUDIT_SCT_INCLUDED, NULL);
	else if (r == LOG_CLIENT_PROOF_INVALID)
		look_up_leaf(q, h);
	else
		fail(q, buf_text(&q->error));
}

/* ---- all ---- */

/* Report whether the store has the entry under a signed root. */
static bool
is_sighted(struct question *q, const uint8_t tbs[static SHA256_SIZE])
{
	struct store_sighting *v;
	bool found = false;
	size_t n = 0;

	if (q->x->s == NULL)
		return false;
	v = store_sightings(q->x->s, tbs, &n);
	for (size_t i = 0; i < n && !found; i++) {
		found = v[i].verified &&
		    memcmp(v[i].log_id, q->t->log->id, SHA256_SIZE) == 0 &&
		    memcmp(v[i].leaf_hash, q->out->leaf_hash.b, SHA256_SIZE) ==
		        0;
		if (found) {
			q->out->index = v[i].index;
			q->out->has_index = true;
		}
	}
	free(v);
	return found;
}

/* Read leaf_index from the SCT's extensions; false after fail. */
static bool
take_index(struct question *q)
{
	struct leaf leaf;

	if (leaf_parse(q->leaf, &leaf) == LEAF_OK &&
	    leaf_index(&leaf, &q->out->has_index, &q->out->index) == LEAF_OK &&
	    q->out->has_index)
		return true;
	q->out->has_index = false;
	fail(q, "the SCT has no leaf_index, so that its entry cannot be found");
	return false;
}

static void
look_up(struct question *q)
{
	const struct absence_head *h;

	if (q->t->client == NULL)
		fail(q, "the log's key or URL is unusable");
	else if (q->t->log->kind == LOG_KIND_STATIC && !take_index(q))
		return;
	else if (is_late(q))
		fail(q, "the time budget has ended");
	else if ((h = choose_head(q)) == NULL)
		fail(q, q->t->failure);
	else if (q->t->log->kind == LOG_KIND_STATIC)
		look_up_index(q, h);
	else
		look_up_hash(q, h);
}

void
inclusion_check(struct inclusion *x, struct bytes leaf,
    const uint8_t tbs[static SHA256_SIZE], struct audit_sct *out)
{
	struct question q = {
		.x = x, .t = target_of(x, out->log), .leaf = leaf, .out = out
	};
	uint64_t dated = out->sct.timestamp;

	q.ask = (struct log_fetch){ .http = x->http, .queue = q.t->queue };
	merkle_leaf_hash(leaf, &out->leaf_hash);
	buf_init(&q.error, 4096);
	if (dated > INT64_MAX || (int64_t)dated > x->now + CLOCK_SKEW)
		say(&q, AUDIT_SCT_PENDING, "it is dated in the future");
	else {
		q.due = (int64_t)dated + q.t->log->mmd;
		if (is_sighted(&q, tbs))
			say(&q, AUDIT_SCT_INCLUDED, NULL);
		else
			look_up(&q);
	}
	buf_fini(&q.error);
}
