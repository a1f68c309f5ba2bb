/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>

#include "input.h"
#include "rfc6962.h"
#include "tiled.h"

/* ---- trees ---- */

static uint64_t
slot_of(const struct site *s, const struct merkle_hash *leaf)
{
	uint64_t h;

	memcpy(&h, leaf->b, sizeof h);
	return h & (s->n_by_hash - 1);
}

static void
index_leaves(struct site *s)
{
	const struct merkle *m = &s->tree[LOG_RFC6962];

	for (s->n_by_hash = 16; s->n_by_hash < 2 * m->n[0];)
		s->n_by_hash *= 2;
	s->by_hash = mem_alloc(s->n_by_hash, sizeof *s->by_hash);
	for (uint64_t i = 0; i < m->n[0]; i++) {
		uint64_t slot = slot_of(s, &m->level[0][i]);

		while (s->by_hash[slot] != 0)
			slot = (slot + 1) & (s->n_by_hash - 1);
		s->by_hash[slot] = i + 1;
	}
}

bool
site_find(const struct site *s, const struct merkle_hash *leaf, uint64_t *index)
{
	uint64_t slot = slot_of(s, leaf);

	for (; s->by_hash[slot] != 0; slot = (slot + 1) & (s->n_by_hash - 1)) {
		*index = s->by_hash[slot] - 1;
		if (merkle_equal(&s->tree[LOG_RFC6962].level[0][*index], leaf))
			return true;
	}
	return false;
}

static void
plant(struct site *s, enum log_kind kind)
{
	for (uint64_t i = 0; i < s->corpus.n; i++) {
		struct merkle_hash h;

		corpus_hash(&s->corpus, i, kind == LOG_STATIC, &h);
		merkle_add(&s->tree[kind], &h);
	}
}

/* ---- bodies made beforehand ---- */

/* A thread's share: every so many-th body from the first. */
struct share {
	struct site *site;
	enum log_kind kind;
	uint64_t first;
	pthread_t thread;
};

static uint64_t
body_width(const struct site *s, enum log_kind kind)
{
	return kind == LOG_STATIC ? LIMIT_TILE_WIDTH : s->opt.max_batch;
}

static struct MHD_Response *
make_body(const struct site *s, enum log_kind kind, uint64_t i)
{
	static const struct fault_rule none;
	uint64_t width = body_width(s, kind);
	struct MHD_Response *r;
	struct buf plain, packed;

	buf_init(&plain, SIZE_MAX / 2);
	buf_init(&packed, SIZE_MAX / 2);
	if (kind == LOG_STATIC)
		tiled_data(
		    &s->corpus, i * width, (i + 1) * width, &none, &plain);
	else
		rfc6962_entries(
		    &s->corpus, i * width, (i + 1) * width, &none, &plain);
	answer_gzip(buf_view(&plain), &packed);
	buf_fini(&plain);
	packed.p = mem_realloc(packed.p, packed.n, 1);
	r = MHD_create_response_from_buffer(
	    packed.n, packed.p, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(r, "Content-Type",
	    kind == LOG_STATIC ? "application/octet-stream"
	                       : "application/json");
	MHD_add_response_header(r, "Content-Encoding", "gzip");
	return r;
}

static void *
make_share(void *arg)
{
	const struct share *share = arg;
	struct site_bodies *b = &share->site->bodies[share->kind];

	for (uint64_t i = share->first; i < b->n; i += share->site->opt.threads)
		b->v[i] = make_body(share->site, share->kind, i);
	return NULL;
}

/*
 * Compress all whole pages or tiles.  (Without compression there is nothing
 * to gain: making a body costs as much as reading it from memory.)
 */
static void
make_bodies(struct site *s, enum log_kind kind)
{
	struct share *shares = mem_alloc(s->opt.threads, sizeof *shares);
	struct site_bodies *b = &s->bodies[kind];

	b->n = s->corpus.n / body_width(s, kind);
	b->v = mem_alloc(b->n, sizeof(struct MHD_Response *));
	for (uint64_t i = 0; i < s->opt.threads; i++) {
		shares[i] = (struct share){ s, kind, i, 0 };
		if (pthread_create(
		        &shares[i].thread, NULL, make_share, &shares[i]) != 0) {
			msg_error("logd: no thread");
			exit(1);
		}
	}
	for (uint64_t i = 0; i < s->opt.threads; i++)
		pthread_join(shares[i].thread, NULL);
	free(shares);
}

static void
make_roots(struct site *s)
{
	struct buf *out = &s->roots;
	const char *between = "";

	buf_init(out, SIZE_MAX / 2);
	buf_add_text(out, "{\"certificates\":[");
	for (size_t i = 0; i < s->corpus.n_issuers; i++) {
		struct bytes der = s->corpus.issuers[i].der;

		if (!input_is_root(der))
			continue;
		buf_printf(out, "%s\"", between);
		text_base64_add(out, der);
		buf_add_byte(out, '"');
		between = ",";
	}
	buf_add_text(out, "]}");
}

/* ---- logs ---- */

static struct signer *
make_signer(const struct site_options *opt, const char *name, uint64_t i,
    const char *file)
{
	struct signer *signer;
	char *seed;

	if (i == 0 && file != NULL)
		return signer_load(file);
	if (opt->seed == NULL)
		return signer_new();
	seed = mem_printf("%s/%s", opt->seed, name);
	signer = signer_from_seed(seed);
	free(seed);
	return signer;
}

/* The logs of kind; the first has the bare name, the others a number. */
static bool
make_logs(struct site *s, enum log_kind kind)
{
	static const char *const names[] = { "rfc6962", "static" };
	const char *bare = strstr(s->base, "://") + 3;

	for (uint64_t i = 0; i < s->opt.logs; i++) {
		char *name = i == 0 ? mem_strdup(names[kind])
		                    : mem_printf("%s-%llu", names[kind],
		                          (unsigned long long)i + 1);
		struct signer *signer = make_signer(&s->opt, name, i,
		    kind == LOG_STATIC ? s->opt.static_key : s->opt.key);
		struct log *l = &s->logs[s->n_logs];

		if (signer == NULL) {
			free(name);
			return false;
		}
		log_init(l, kind, name, mem_printf("%s%s", bare, name), signer,
		    &s->corpus, &s->tree[kind]);
		l->fixed = s->opt.timestamp;
		log_publish(l, s->opt.size);
		s->n_logs++;
	}
	return true;
}

bool
site_build(struct site *s, const struct site_options *opt, char *base)
{
	static const char *const words[] = { "rfc6962", "static" };
	bool ok = true;

	s->opt = *opt;
	s->base = base;
	s->corpus.n = opt->n > 0 ? opt->n : s->corpus.n_items * opt->repeat;
	s->corpus.every = opt->every;
	s->corpus.spacing = opt->spacing;
	s->started = opt->timestamp > 0 ? opt->timestamp : (uint64_t)time_now();
	/* The last entry is an hour older than the first head. */
	s->corpus.first = s->started - TIME_HOUR - s->corpus.n * opt->spacing;
	s->logs = mem_alloc(LOG_KINDS * opt->logs, sizeof *s->logs);
	fault_gate_init(&s->gate);
	make_roots(s);
	for (int kind = 0; kind < LOG_KINDS && ok; kind++) {
		if (opt->only != NULL && strcmp(opt->only, words[kind]) != 0)
			continue;
		if (kind == LOG_STATIC && s->corpus.tileless) {
			msg_warn("logd: no static log: an entry is malformed");
			continue;
		}
		plant(s, (enum log_kind)kind);
		if (opt->gzip)
			make_bodies(s, (enum log_kind)kind);
		ok = make_logs(s, (enum log_kind)kind);
	}
	index_leaves(s);
	return ok;
}

void
site_fini(struct site *s)
{
	for (size_t i = 0; i < s->n_logs; i++)
		log_fini(&s->logs[i]);
	for (int kind = 0; kind < LOG_KINDS; kind++) {
		for (uint64_t i = 0; i < s->bodies[kind].n; i++)
			MHD_destroy_response(s->bodies[kind].v[i]);
		free(s->bodies[kind].v);
		merkle_fini(&s->tree[kind]);
	}
	buf_fini(&s->roots);
	corpus_fini(&s->corpus);
	free(s->by_hash);
	free(s->logs);
	free(s->base);
}

/* ---- arguments ---- */

const char *
site_argument(const struct site_request *q, const char *name)
{
	return MHD_lookup_connection_value(
	    q->conn, MHD_GET_ARGUMENT_KIND, name);
}

bool
site_parse_number(struct bytes text, uint64_t *out)
{
	*out = 0;
	if (text.n == 0 || (text.n > 1 && *text.p == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9' ||
		    __builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, text.p[i] - '0', out))
			return false;
	return true;
}

bool
site_number(const struct site_request *q, const char *name, uint64_t *out)
{
	const char *text = site_argument(q, name);

	return text != NULL && site_parse_number(bytes_of(text), out);
}
