/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/blob.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/leaf.h>

#include "corpus.h"

/*
 * The leaf up to its entry type: version, leaf type, timestamp, type.  As
 * base64 these are whole characters: a timestamp can be written over them.
 */
enum {
	LEAF_START = 12,
	LEAF_START_BASE64 = 16,
	TIMESTAMP_AT = 2
};

static const char json_start[] = "{\"leaf_input\":\"";

static void
put_big_endian(uint8_t *p, size_t n, uint64_t v)
{
	while (n > 0) {
		p[--n] = (uint8_t)v;
		v >>= 8;
	}
}

static void
add_big_endian(struct buf *out, size_t n, uint64_t v)
{
	uint8_t p[8];

	put_big_endian(p, n, v);
	buf_add(out, (struct bytes){ p, n });
}

static void
add_json(struct buf *out, struct bytes leaf, struct bytes extra)
{
	buf_add_text(out, json_start);
	text_base64_add(out, leaf);
	buf_add_text(out, "\",\"extra_data\":\"");
	text_base64_add(out, extra);
	buf_add_text(out, "\"}");
}

/* A view of what b gathered, which the caller owns from now on. */
static struct bytes
detach(struct buf *b)
{
	size_t n = b->n;

	return (struct bytes){ (uint8_t *)buf_detach(b), n };
}

static void
add_issuer(struct corpus *c, struct bytes der, uint8_t hash[static SHA256_SIZE])
{
	struct corpus_issuer *i;

	sha256_digest(der, hash);
	if (corpus_issuer(c, hash).n > 0)
		return;
	c->issuers = mem_grow(c->issuers, c->n_issuers, sizeof *c->issuers);
	i = &c->issuers[c->n_issuers++];
	memcpy(i->hash, hash, SHA256_SIZE);
	i->der = (struct bytes){ blob_copy(der).p, der.n };
}

/* static-ct-api, "Log Entries": the leaf with the index of its entry. */
static bool
make_tile(struct corpus *c, struct corpus_item *item)
{
	struct bytes precert, chain, cert;
	struct buf b, fingerprints;
	struct leaf leaf;

	if (leaf_parse(item->leaf, &leaf) != LEAF_OK ||
	    leaf_parse_extra(item->extra, leaf.kind, &precert, &chain) !=
	        LEAF_OK)
		return false;
	buf_init(&b, SIZE_MAX / 2);
	buf_add(&b,
	    (struct bytes){ item->leaf.p + TIMESTAMP_AT,
	        item->leaf.n - leaf.extensions.n - 2 - TIMESTAMP_AT });
	add_big_endian(&b, 2, 8); /* extensions: one, leaf_index, of 5 bytes */
	add_big_endian(&b, 1, 0);
	add_big_endian(&b, 2, 5);
	item->index_at = b.n;
	add_big_endian(&b, 5, 0);
	item->hashed = b.n;
	if (leaf.kind == LEAF_PRECERT) {
		add_big_endian(&b, 3, precert.n);
		buf_add(&b, precert);
	}
	buf_init(&fingerprints, UINT16_MAX);
	while (leaf_next_cert(&chain, &cert)) {
		uint8_t hash[SHA256_SIZE];

		add_issuer(c, cert, hash);
		buf_add(&fingerprints, (struct bytes){ hash, sizeof hash });
	}
	add_big_endian(&b, 2, fingerprints.n);
	buf_add(&b, buf_view(&fingerprints));
	buf_fini(&fingerprints);
	item->tile = detach(&b);
	return true;
}

void
corpus_add(struct corpus *c, struct bytes leaf, struct bytes extra)
{
	struct corpus_item *item;
	struct buf json;

	c->items = mem_grow(c->items, c->n_items, sizeof *c->items);
	item = &c->items[c->n_items++];
	*item = (struct corpus_item){ .leaf = { blob_copy(leaf).p, leaf.n },
		.extra = { blob_copy(extra).p, extra.n } };
	buf_init(&json, SIZE_MAX / 2);
	add_json(&json, leaf, extra);
	item->json = detach(&json);
	if (!make_tile(c, item))
		c->tileless = true;
}

void
corpus_fini(struct corpus *c)
{
	for (size_t i = 0; i < c->n_items; i++) {
		free((void *)c->items[i].leaf.p);
		free((void *)c->items[i].extra.p);
		free((void *)c->items[i].json.p);
		free((void *)c->items[i].tile.p);
	}
	for (size_t i = 0; i < c->n_issuers; i++)
		free((void *)c->issuers[i].der.p);
	free(c->items);
	free(c->issuers);
	*c = (struct corpus){ 0 };
}

/* Return the item of entry i, and in *round how often it was one before. */
static const struct corpus_item *
item_of(const struct corpus *c, uint64_t i, uint64_t *round)
{
	size_t first = 0, n = c->n_items - c->n_rare;

	if (c->n_rare > 0 && i % c->every == 0) {
		first = n;
		n = c->n_rare;
		i /= c->every;
	}
	*round = i / n;
	return &c->items[first + i % n];
}

/*
 * Write the timestamp of entry i over the eight bytes at p: each round of the
 * items comes a millisecond later, so that no two leaves are the same.
 */
static void
put_timestamp(const struct corpus *c, uint64_t i, uint64_t round, uint8_t *p)
{
	struct bytes at = { p, 8 };
	uint64_t t;

	if (c->spacing > 0)
		t = c->first + i * c->spacing;
	else if (bytes_u64(&at, &t))
		t += round;
	put_big_endian(p, 8, t);
}

void
corpus_json(const struct corpus *c, uint64_t i, struct buf *out)
{
	uint64_t round;
	const struct corpus_item *item = item_of(c, i, &round);
	char text[LEAF_START_BASE64 + 1];
	uint8_t start[LEAF_START];
	size_t at = out->n + sizeof json_start - 1;

	buf_add(out, item->json);
	if (item->leaf.n < LEAF_START) /* malformed: served as it is */
		return;
	memcpy(start, item->leaf.p, LEAF_START);
	put_timestamp(c, i, round, start + TIMESTAMP_AT);
	text_base64((struct bytes){ start, LEAF_START }, text);
	memcpy(out->p + at, text, LEAF_START_BASE64);
}

void
corpus_tile(const struct corpus *c, uint64_t i, struct buf *out)
{
	uint64_t round;
	const struct corpus_item *item = item_of(c, i, &round);
	size_t at = out->n;

	buf_add(out, item->tile);
	put_timestamp(c, i, round, out->p + at);
	put_big_endian(out->p + at + item->index_at, 5, i);
}

void
corpus_entry_init(const struct corpus *c, uint64_t i, struct corpus_entry *e)
{
	uint64_t round;
	const struct corpus_item *item = item_of(c, i, &round);

	e->extra = item->extra;
	e->index_at = item->index_at;
	e->hashed = item->hashed;
	buf_init(&e->leaf, SIZE_MAX / 2);
	buf_add(&e->leaf, item->leaf);
	if (e->leaf.n >= LEAF_START)
		put_timestamp(c, i, round, e->leaf.p + TIMESTAMP_AT);
	buf_init(&e->tile, SIZE_MAX / 2);
	if (item->tile.n > 0)
		corpus_tile(c, i, &e->tile);
}

void
corpus_entry_fini(struct corpus_entry *e)
{
	buf_fini(&e->leaf);
	buf_fini(&e->tile);
}

void
corpus_entry_move(struct corpus_entry *e, uint64_t i)
{
	if (e->tile.n > 0)
		put_big_endian(e->tile.p + e->index_at, 5, i);
}

void
corpus_entry_json(const struct corpus_entry *e, struct buf *out)
{
	add_json(out, buf_view(&e->leaf), e->extra);
}

void
corpus_hash(
    const struct corpus *c, uint64_t i, bool tiled, struct merkle_hash *out)
{
	uint64_t round;
	const struct corpus_item *item = item_of(c, i, &round);
	uint8_t start[1 + LEAF_START] = { 0 }; /* RFC 6962, 2.1: a 0 before */
	uint8_t index[5];
	struct bytes parts[3];
	size_t n = item->leaf.n < LEAF_START ? item->leaf.n : LEAF_START;

	memcpy(start + 1, item->leaf.p, n);
	if (n == LEAF_START)
		put_timestamp(c, i, round, start + 1 + TIMESTAMP_AT);
	parts[0] = (struct bytes){ start, 1 + n };
	if (tiled) {
		const size_t at = LEAF_START - TIMESTAMP_AT;

		put_big_endian(index, sizeof index, i);
		parts[1] =
		    (struct bytes){ item->tile.p + at, item->index_at - at };
		parts[2] = (struct bytes){ index, sizeof index };
	} else
		parts[1] = (struct bytes){ item->leaf.p + n, item->leaf.n - n };
	sha256_parts(parts, tiled ? 3 : 2, out->b);
}

struct bytes
corpus_issuer(const struct corpus *c, const uint8_t hash[static SHA256_SIZE])
{
	for (size_t i = 0; i < c->n_issuers; i++)
		if (memcmp(c->issuers[i].hash, hash, SHA256_SIZE) == 0)
			return c->issuers[i].der;
	return (struct bytes){ 0 };
}
