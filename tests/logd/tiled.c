/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

#include "tiled.h"

enum {
	WIDTH = LIMIT_TILE_WIDTH,
	LEVEL_MAX = 5
};

static bool
starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

enum fault_place
tiled_place(const char *path)
{
	if (strcmp(path, "checkpoint") == 0)
		return FAULT_CHECKPOINT;
	if (starts_with(path, "issuer/"))
		return FAULT_ISSUER;
	if (starts_with(path, "tile/data/"))
		return FAULT_DATA;
	if (starts_with(path, "tile/"))
		return FAULT_TILE;
	return FAULT_OTHER;
}

struct tile {
	unsigned level; /* 0 for a data tile */
	uint64_t index;
	uint64_t width; /* below WIDTH for a partial one */
};

/* tlog-tiles, "Merkle Tree": x001/x234/067, and .p/W if it is partial. */
static bool
parse_index(struct bytes b, struct tile *out)
{
	struct bytes part;
	bool last = false;

	out->index = 0;
	out->width = WIDTH;
	while (!last) {
		uint64_t n;

		last = b.n > 0 && *b.p != 'x';
		if ((!last && !bytes_take(&b, 1, &part)) ||
		    !bytes_take(&b, 3, &part) || out->index > UINT64_MAX / 2000)
			return false;
		n = 0;
		for (size_t i = 0; i < part.n; i++) {
			if (part.p[i] < '0' || part.p[i] > '9')
				return false;
			n = 10 * n + part.p[i] - '0';
		}
		/* no more parts than are needed */
		if (!last && n == 0 && out->index == 0)
			return false;
		out->index = 1000 * out->index + n;
		if (!last && (!bytes_take(&b, 1, &part) || *part.p != '/'))
			return false;
	}
	if (b.n == 0)
		return true;
	return bytes_take(&b, 3, &part) && bytes_is(part, ".p/") &&
	    site_parse_number(b, &out->width) && out->width > 0 &&
	    out->width < WIDTH;
}

static bool
parse_tile(const char *path, struct tile *out)
{
	struct bytes b = bytes_of(path), level;
	uint64_t l = 0;

	*out = (struct tile){ 0 };
	if (!bytes_until(&b, '/', &level) || !bytes_until(&b, '/', &level) ||
	    (!bytes_is(level, "data") &&
	        (!site_parse_number(level, &l) || l > LEVEL_MAX)))
		return false;
	out->level = (unsigned)l;
	return parse_index(b, out);
}

void
tiled_data(const struct corpus *c, uint64_t begin, uint64_t end,
    const struct fault_rule *rule, struct buf *out)
{
	for (uint64_t i = begin; i < end; i++) {
		bool bent = rule->fault != FAULT_NONE &&
		    rule->fault != FAULT_LOST &&
		    (rule->fault == FAULT_NOINDEX ||
		        rule->fault == FAULT_BADINDEX ||
		        i ==
		            (rule->has_at || rule->fault == FAULT_FORK
		                    ? rule->at
		                    : begin));
		struct corpus_entry e;

		if (!bent) {
			corpus_tile(c, i % c->n, out);
			continue;
		}
		corpus_entry_init(c, i % c->n, &e);
		log_bend(rule, c, i, &e);
		buf_add(out, buf_view(&e.tile));
		corpus_entry_fini(&e);
	}
}

static void
get_data(const struct site_request *q, const struct tile *t, struct answer *out)
{
	const struct site_bodies *bodies = &q->site->bodies[LOG_STATIC];
	uint64_t begin = t->index * WIDTH, end = begin + t->width;

	if (q->rule.fault == FAULT_NONE && t->width == WIDTH &&
	    t->index < bodies->n && q->gzip) {
		out->ready = bodies->v[t->index];
		return;
	}
	if (answer_lost(out, &q->rule, begin, end))
		return;
	if (q->rule.fault == FAULT_EMPTY)
		end = begin;
	else if (q->rule.fault == FAULT_MORE)
		end++;
	else if (q->rule.fault == FAULT_FEWER)
		end = begin + (t->width + 1) / 2;
	tiled_data(&q->site->corpus, begin, end, &q->rule, &out->body);
}

static void
get_hashes(
    const struct site_request *q, const struct tile *t, struct answer *out)
{
	struct merkle_hash instead, h;
	struct merkle_view view = log_view(q->log, &q->rule, &instead);
	unsigned shift = 8 * t->level;

	for (uint64_t i = 0; i < t->width; i++) {
		uint64_t begin = (t->index * WIDTH + i) << shift;

		merkle_hash(&view, begin, begin + (UINT64_C(1) << shift), &h);
		buf_add(&out->body, (struct bytes){ h.b, SHA256_SIZE });
	}
}

static void
get_tile(const struct site_request *q, bool data, struct answer *out)
{
	uint64_t size = log_size(q->log);
	struct tile t;

	if (!parse_tile(q->path, &t)) {
		answer_fail(out, 400, "not a tile's path");
		return;
	}
	size >>= 8 * t.level;
	if (t.index > size / WIDTH || t.index * WIDTH + t.width > size ||
	    (q->rule.fault == FAULT_PARTIAL404 && t.width < WIDTH)) {
		answer_fail(out, 404, "no such tile");
		return;
	}
	if (q->rule.fault == FAULT_PARTIAL403 && t.width < WIDTH) {
		answer_fail(out, 403, "access denied");
		return;
	}
	out->type = "application/octet-stream";
	if (data)
		get_data(q, &t, out);
	else
		get_hashes(q, &t, out);
	if (q->rule.fault == FAULT_BADTILE && out->body.n > 0)
		out->body.p[out->body.n / 2] ^= 1;
}

static void
get_issuer(const struct site_request *q, struct answer *out)
{
	uint8_t hash[SHA256_SIZE];
	struct bytes der = { 0 };
	const char *hex = q->path + strlen("issuer/");

	if (strlen(hex) == 2 * SHA256_SIZE &&
	    text_unhex(hex, hash, SHA256_SIZE))
		der = corpus_issuer(&q->site->corpus, hash);
	if (der.n == 0) {
		answer_fail(out, 404, "no such issuer");
		return;
	}
	out->type = "application/pkix-cert";
	buf_add(&out->body, der);
	if (q->rule.fault == FAULT_BADISSUER)
		out->body.p[out->body.n - 1] ^= 1;
}

void
tiled_answer(
    const struct site_request *q, enum fault_place place, struct answer *out)
{
	struct tree_head head;

	switch (place) {
	case FAULT_CHECKPOINT:
		log_head(q->log, &q->rule, &head);
		out->type = "text/plain; charset=utf-8";
		log_checkpoint(q->log, &head, &out->body);
		break;
	case FAULT_DATA:
	case FAULT_TILE:
		get_tile(q, place == FAULT_DATA, out);
		break;
	case FAULT_ISSUER:
		get_issuer(q, out);
		break;
	default:
		answer_fail(out, 404, "no such path");
		break;
	}
}
