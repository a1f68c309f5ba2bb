/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

#include "rfc6962.h"

enum fault_place
rfc6962_place(const char *path)
{
	static const char prefix[] = "ct/v1/";
	enum fault_place place;

	if (strncmp(path, prefix, sizeof prefix - 1) != 0)
		return FAULT_OTHER;
	place = fault_place_find(bytes_of(path + sizeof prefix - 1));
	return place <= FAULT_GET_ROOTS ? place : FAULT_OTHER;
}

static void
add_hash(struct buf *out, const struct merkle_hash *h)
{
	text_base64_add(out, (struct bytes){ h->b, SHA256_SIZE });
}

static void
add_head(struct buf *out, const struct tree_head *h)
{
	buf_printf(out,
	    "{\"tree_size\":%" PRIu64 ",\"timestamp\":%" PRIu64
	    ",\"sha256_root_hash\":\"",
	    h->size, h->timestamp);
	add_hash(out, &h->root);
	buf_add_text(out, "\",\"tree_head_signature\":\"");
	text_base64_add(out, (struct bytes){ h->signature, h->n_signature });
	buf_add_text(out, "\"}");
}

static void
add_proof(struct buf *out, const char *name, struct merkle_proof *p,
    const struct fault_rule *rule)
{
	if (rule->fault == FAULT_BADPROOF && p->n > 0)
		p->step[p->n / 2].b[7] ^= 0x10;
	buf_printf(out, "\"%s\":[", name);
	for (size_t i = 0; i < p->n; i++) {
		buf_add_text(out, i > 0 ? ",\"" : "\"");
		add_hash(out, &p->step[i]);
		buf_add_byte(out, '"');
	}
	buf_add_byte(out, ']');
}

/* Append an entry as rule bends it. */
static void
add_entry(const struct corpus *c, uint64_t i, const struct fault_rule *rule,
    struct buf *out)
{
	size_t at = out->n;
	struct corpus_entry e;

	corpus_entry_init(c, i, &e);
	log_bend(rule, c, i, &e);
	corpus_entry_json(&e, out);
	corpus_entry_fini(&e);
	if (rule->fault == FAULT_BADBASE64)
		out->p[at + strlen("{\"leaf_input\":\"") + 1] = '!';
}

void
rfc6962_entries(const struct corpus *c, uint64_t begin, uint64_t end,
    const struct fault_rule *rule, struct buf *out)
{
	uint64_t bent = rule->fault == FAULT_NONE ||
	        rule->fault == FAULT_LOST || rule->fault == FAULT_LARGE
	    ? UINT64_MAX
	    : rule->has_at || rule->fault == FAULT_FORK ? rule->at
	                                                : begin;

	buf_add_text(out, "{\"entries\":[");
	for (uint64_t i = begin; i < end; i++) {
		if (i > begin)
			buf_add_byte(out, ',');
		if (i == bent)
			add_entry(c, i, rule, out);
		else
			corpus_json(c, i % c->n, out);
	}
	buf_add_text(out, "]}");
}

static void
get_entries(const struct site_request *q, struct answer *out)
{
	const struct site_options *opt = &q->site->opt;
	const struct site_bodies *bodies = &q->site->bodies[LOG_RFC6962];
	uint64_t size = log_size(q->log), start, end, page;

	if (!site_number(q, "start", &start) || !site_number(q, "end", &end) ||
	    start > end) {
		answer_fail(out, 400, "not a range");
		return;
	}
	if (start >= size) {
		answer_fail(out, 400, "start is past the end of the tree");
		return;
	}
	end = end < size ? end + 1 : size;
	if (opt->align && end > (start / opt->max_batch + 1) * opt->max_batch)
		end = (start / opt->max_batch + 1) * opt->max_batch;
	if (end - start > opt->max_batch)
		end = start + opt->max_batch;
	if (answer_lost(out, &q->rule, start, end))
		return;
	if (q->rule.fault == FAULT_LARGE && end - start > q->rule.to) {
		answer_fail(out, 413, "too many entries");
		return;
	}
	page = start / opt->max_batch;
	if (q->rule.fault == FAULT_NONE && end - start == opt->max_batch &&
	    start % opt->max_batch == 0 && page < bodies->n && q->gzip) {
		out->ready = bodies->v[page];
		return;
	}
	if (q->rule.fault == FAULT_EMPTY)
		end = start;
	else if (q->rule.fault == FAULT_MORE)
		end++;
	else if (q->rule.fault == FAULT_FEWER)
		end = start + (end - start + 1) / 2;
	rfc6962_entries(&q->site->corpus, start, end, &q->rule, &out->body);
}

static void
get_consistency(const struct site_request *q, struct answer *out)
{
	uint64_t size = log_size(q->log), first, second;
	struct merkle_hash instead;
	struct merkle_view view = log_view(q->log, &q->rule, &instead);
	struct merkle_proof proof;

	if (!site_number(q, "first", &first) ||
	    !site_number(q, "second", &second) || first > second ||
	    second > size) {
		answer_fail(out, 400, "not two sizes of this tree");
		return;
	}
	merkle_consistency(&view, first, second, &proof);
	buf_add_byte(&out->body, '{');
	add_proof(&out->body, "consistency", &proof, &q->rule);
	buf_add_byte(&out->body, '}');
}

/* Of the argument hash, in base64 whose "+" may have become a blank. */
static bool
get_hash(const struct site_request *q, struct merkle_hash *out)
{
	const char *text = site_argument(q, "hash");
	char *copy;
	bool ok;

	if (text == NULL)
		return false;
	copy = mem_strdup(text);
	for (char *s = copy; *s != '\0'; s++)
		if (*s == ' ')
			*s = '+';
	ok = text_unbase64_exact(bytes_of(copy), out->b, SHA256_SIZE);
	free(copy);
	return ok;
}

static void
get_proof(const struct site_request *q, struct answer *out)
{
	uint64_t size = log_size(q->log), tree_size, index;
	struct merkle_hash leaf, instead;
	struct merkle_view view = log_view(q->log, &q->rule, &instead);
	struct merkle_proof proof;

	if (!site_number(q, "tree_size", &tree_size) || tree_size > size ||
	    !get_hash(q, &leaf)) {
		answer_fail(out, 400, "not a hash and a size of this tree");
		return;
	}
	if (view.instead != NULL && merkle_equal(&leaf, view.instead))
		index = view.at;
	else if (!site_find(q->site, &leaf, &index))
		index = UINT64_MAX;
	if (index >= tree_size) {
		answer_fail(out, 404, "no such hash in this tree");
		return;
	}
	merkle_path(&view, index, tree_size, &proof);
	buf_printf(&out->body, "{\"leaf_index\":%" PRIu64 ",", index);
	add_proof(&out->body, "audit_path", &proof, &q->rule);
	buf_add_byte(&out->body, '}');
}

static void
get_entry(const struct site_request *q, struct answer *out)
{
	uint64_t size = log_size(q->log), tree_size, index;
	struct merkle_hash instead;
	struct merkle_view view = log_view(q->log, &q->rule, &instead);
	struct merkle_proof proof;

	if (!site_number(q, "leaf_index", &index) ||
	    !site_number(q, "tree_size", &tree_size) || index >= tree_size ||
	    tree_size > size) {
		answer_fail(out, 400, "not an index in a size of this tree");
		return;
	}
	if (answer_lost(out, &q->rule, index, index + 1))
		return;
	merkle_path(&view, index, tree_size, &proof);
	if (q->rule.fault == FAULT_FORK && index == view.at)
		add_entry(&q->site->corpus, index, &q->rule, &out->body);
	else
		corpus_json(&q->site->corpus, index, &out->body);
	out->body.p[out->body.n - 1] = ','; /* the proof is one member more */
	add_proof(&out->body, "audit_path", &proof, &q->rule);
	buf_add_byte(&out->body, '}');
}

void
rfc6962_answer(
    const struct site_request *q, enum fault_place place, struct answer *out)
{
	struct tree_head head;

	switch (place) {
	case FAULT_GET_STH:
		log_head(q->log, &q->rule, &head);
		add_head(&out->body, &head);
		break;
	case FAULT_GET_ENTRIES:
		get_entries(q, out);
		break;
	case FAULT_GET_CONSISTENCY:
		get_consistency(q, out);
		break;
	case FAULT_GET_PROOF:
		get_proof(q, out);
		break;
	case FAULT_GET_ENTRY:
		get_entry(q, out);
		break;
	case FAULT_GET_ROOTS:
		buf_add(&out->body, buf_view(&q->site->roots));
		break;
	default:
		answer_fail(out, 404, "no such method");
		break;
	}
}
