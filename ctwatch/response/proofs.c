/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/log_fetch.h>
#include <ctwatch/response/proofs.h>

/* One log, and the head of its proofs. */
struct target {
	uint8_t id[SHA256_SIZE];
	struct log_client *client; /* NULL: the log cannot be used */
	struct http_queue *queue;
	struct tree_head head;
	struct blob raw;
	bool has_head;
};

struct work {
	struct store *s;
	const struct proofs_options *options;
	struct proofs_result *out;
	struct target *v; /* the logs so far */
	size_t n;
};

static void
keep_newest(void *arg, const struct store_head *h)
{
	struct target *t = arg;

	if (h->state != STORE_HEAD_PROVED || h->raw.n == 0)
		return;
	blob_fini(&t->raw);
	t->head = h->head;
	t->raw = blob_copy(h->raw);
	t->has_head = true;
}

static void
target_init(struct work *w, struct target *t, const uint8_t *id)
{
	struct loglist_log listed;
	struct store_log log;

	*t = (struct target){ .client = NULL };
	memcpy(t->id, id, SHA256_SIZE);
	if (!store_log_load(w->s, id, &log))
		return;
	listed = (struct loglist_log){ .key = log.key,
		.description = log.description,
		.operator= log.operator,
		.kind = log.kind,
		.url = log.url,
		.submission_url = log.submission_url,
		.mmd = log.mmd };
	memcpy(listed.id, id, SHA256_SIZE);
	t->client = log_client_new(&listed, false);
	t->queue = http_queue(w->options->http, log.operator);
	store_heads_each(w->s, id, keep_newest, t);
	store_log_fini(&log);
}

static struct target *
target_of(struct work *w, const uint8_t *id)
{
	for (size_t i = 0; i < w->n; i++)
		if (memcmp(w->v[i].id, id, SHA256_SIZE) == 0)
			return &w->v[i];
	w->v = mem_grow(w->v, w->n, sizeof *w->v);
	target_init(w, &w->v[w->n], id);
	return &w->v[w->n++];
}

/* ---- sightings ---- */

static void
fail(struct work *w, const char *why)
{
	if (w->out->failed++ == 0)
		snprintf(w->out->error, sizeof w->out->error, "%s", why);
}

static bool
is_over(const struct work *w)
{
	return w->out->fetched >= LIMIT_PROOFS_RUN ||
	    (w->options->deadline != 0 && time_mono() > w->options->deadline);
}

/* Fetch the proof of one sighting and save it. */
static void
prove(struct work *w, const struct store_sighting *at)
{
	struct target *t = target_of(w, at->log_id);
	struct log_fetch ask = { .http = w->options->http, .queue = t->queue };
	const struct log_client_fetch fetch = log_fetch_of(&ask);
	struct store_proof p = { .index = at->index };
	struct merkle_hash leaf;
	struct buf error;

	if (t->client == NULL || !t->has_head || at->index >= t->head.size) {
		fail(w, "no verified head of the log is stored");
		return;
	}
	if (is_over(w)) {
		fail(w, "the time budget or the limit of a run has ended");
		return;
	}
	memcpy(p.log_id, at->log_id, SHA256_SIZE);
	memcpy(p.leaf_hash, at->leaf_hash, SHA256_SIZE);
	memcpy(leaf.b, at->leaf_hash, SHA256_SIZE);
	p.head = t->head;
	p.raw = t->raw;
	p.proof.index = at->index;
	buf_init(&error, 4096);
	if (log_client_prove(t->client, &fetch, &t->head, at->index, &leaf,
	        p.proof.path, &p.proof.n, &error) != LOG_CLIENT_OK)
		fail(w, buf_text(&error));
	else if (store_proof_save(w->s, &p))
		w->out->fetched++;
	buf_fini(&error);
}

static void
prove_cert(struct work *w, const uint8_t tbs[static SHA256_SIZE])
{
	struct store_proof p;
	size_t n;
	struct store_sighting *v = store_sightings(w->s, tbs, &n);

	for (size_t i = 0; i < n; i++) {
		bool has = store_proof_load(
		    w->s, v[i].log_id, v[i].index, v[i].leaf_hash, &p);

		store_proof_fini(&p);
		if (!has && v[i].verified)
			prove(w, &v[i]);
	}
	free(v);
}

static bool
finish(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].client != NULL)
			log_client_free(w->v[i].client);
		blob_fini(&w->v[i].raw);
	}
	free(w->v);
	return *store_error(w->s) == '\0';
}

bool
proofs_fetch(struct store *s, const struct proofs_options *options,
    struct proofs_result *out)
{
	struct work w = { .s = s, .options = options, .out = out };

	uint8_t(*tbs)[SHA256_SIZE];
	size_t n;

	*out = (struct proofs_result){ 0 };
	tbs = store_findings_certs(s, options->severity, &n);
	for (size_t i = 0; i < n; i++)
		prove_cert(&w, tbs[i]);
	free(tbs);
	return finish(&w);
}

bool
proofs_fetch_cert(struct store *s, const uint8_t tbs[static SHA256_SIZE],
    const struct proofs_options *options, struct proofs_result *out)
{
	struct work w = { .s = s, .options = options, .out = out };

	*out = (struct proofs_result){ 0 };
	prove_cert(&w, tbs);
	return finish(&w);
}
