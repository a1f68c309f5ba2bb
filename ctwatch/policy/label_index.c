/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/label_index_node.h"
#include <ctwatch/base/mem.h>

/* Eight characters at a time; setting bit 5 folds letters (is_label compares
 * exactly). */
#define FOLD UINT64_C(0x2020202020202020)
#define MIX  UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
load64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

static uint64_t
load32(const uint8_t *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ (x | FOLD)) * MIX;
	return h ^ h >> 32;
}

static uint64_t
hash(uint32_t parent, struct bytes label)
{
	const uint8_t *p = label.p;
	size_t n = label.n;
	uint64_t h = (parent + n * UINT64_C(0x100000001)) * MIX;

	for (; n > 8; p += 8, n -= 8)
		h = mix(h, load64(p));
	if (n == 8)
		h = mix(h, load64(p));
	else if (n >= 4)
		h = mix(h, load32(p) << 32 | load32(p + n - 4));
	else if (n > 0)
		h = mix(h,
		    (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1]);
	return h * MIX;
}

static uint8_t
tag_of(uint64_t h)
{
	return (uint8_t)(0x80 | (h & 0x7f));
}

/* Report whether a label of a name is the lower-case label of a node. */
static bool
is_label(struct bytes ours, struct bytes theirs)
{
	if (ours.n != theirs.n)
		return false;
	for (size_t i = 0; i < ours.n; i++) {
		uint8_t c = theirs.p[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != ours.p[i])
			return false;
	}
	return true;
}

/* Return the slot of the child with this label, or the free slot for it. */
static size_t
find_slot(const struct label_index *t, uint32_t parent, struct bytes label,
    uint64_t h)
{
	size_t mask = ((size_t)1 << t->bits) - 1;
	uint8_t tag = tag_of(h);
	size_t i = h >> (64 - t->bits);

	for (; t->tag[i] != 0; i = (i + 1) & mask) {
		const struct label_index_node *n;

		if (t->tag[i] != tag)
			continue;
		n = &t->node[t->slot[i]];
		if (n->parent == parent &&
		    is_label(label_index_label(t, n), label))
			break;
	}
	return i;
}

uint32_t
label_index_find(
    const struct label_index *t, uint32_t parent, struct bytes label)
{
	size_t i = find_slot(t, parent, label, hash(parent, label));

	return t->tag[i] != 0 ? t->slot[i] : 0;
}

/* Put a node that is not in the table into it. */
static void
put(struct label_index *t, uint32_t at)
{
	const struct label_index_node *n = &t->node[at];
	size_t mask = ((size_t)1 << t->bits) - 1;
	uint64_t h = hash(n->parent, label_index_label(t, n));
	size_t i = h >> (64 - t->bits);

	while (t->tag[i] != 0)
		i = (i + 1) & mask;
	t->tag[i] = tag_of(h);
	t->slot[i] = at;
}

static void
set_bits(struct label_index *t, unsigned bits)
{
	free(t->tag);
	free(t->slot);
	t->bits = bits;
	t->tag = mem_alloc((size_t)1 << bits, sizeof *t->tag);
	t->slot = mem_alloc((size_t)1 << bits, sizeof *t->slot);
	for (uint32_t i = 1; i < t->n_node; i++)
		put(t, i);
}

struct label_index *
label_index_new(const struct buf *text)
{
	struct label_index *t = mem_alloc(1, sizeof *t);

	t->text = text;
	t->node = mem_grow(NULL, 0, sizeof *t->node);
	t->node[0] = (struct label_index_node){ 0 };
	t->n_node = 1;
	t->entry = mem_grow(NULL, 0, sizeof *t->entry);
	t->entry[0] = (struct label_index_entry){ 0 };
	t->n_entry = 1;
	set_bits(t, 4);
	return t;
}

void
label_index_free(struct label_index *t)
{
	if (t == NULL)
		return;
	free(t->node);
	free(t->entry);
	free(t->tag);
	free(t->slot);
	free(t);
}

/* At most seven in ten slots are used: nearly every look-up is of an absent
 * name. */
static bool
is_full(const struct label_index *t, size_t n_node)
{
	return n_node >= ((size_t)7 << t->bits) / 10;
}

void
label_index_reserve(struct label_index *t, size_t names)
{
	unsigned bits = t->bits;

	while (((size_t)7 << bits) / 10 <= t->n_node + names)
		bits++;
	if (bits > t->bits)
		set_bits(t, bits);
}

/* Return the child of a node by its label, which is part of t->text; add it if
 * there is none. */
static uint32_t
find_or_add(struct label_index *t, uint32_t parent, struct bytes label)
{
	uint64_t h = hash(parent, label);
	size_t i = find_slot(t, parent, label, h);
	uint32_t at = (uint32_t)t->n_node;

	if (t->tag[i] != 0)
		return t->slot[i];
	t->tag[i] = tag_of(h);
	t->slot[i] = at;
	t->node = mem_grow(t->node, t->n_node, sizeof *t->node);
	t->node[at] = (struct label_index_node){
		.parent = parent,
		.next_sibling = t->node[parent].first_child,
		.label = (uint32_t)(label.p - t->text->p),
		.n_label = (uint8_t)label.n,
	};
	t->node[parent].first_child = at;
	t->n_node++;
	if (is_full(t, t->n_node))
		set_bits(t, t->bits + 1);
	return at;
}

void
label_index_expect(const struct label_index *t, struct bytes name)
{
	uint32_t parent = label_index_find(t, 0, label_index_cut(&name));
	uint64_t h = hash(parent, label_index_cut(&name));
	size_t i = h >> (64 - t->bits);

	__builtin_prefetch(&t->tag[i], 1);
	__builtin_prefetch(&t->slot[i], 1);
}

static uint32_t
add_entry(struct label_index *t, struct label_index_entry e)
{
	t->entry = mem_grow(t->entry, t->n_entry, sizeof *t->entry);
	t->entry[t->n_entry] = e;
	return (uint32_t)t->n_entry++;
}

bool
label_index_add(struct label_index *t, struct bytes name,
    enum host_pattern_reach reach, uint32_t item)
{
	uint32_t at = 0;
	struct label_index_node *n;

	while (name.n > 0) {
		struct bytes label = label_index_cut(&name);

		at = find_or_add(t, at, label);
	}
	n = &t->node[at];
	if ((n->flags & 1u << reach) != 0)
		return false;
	if ((n->flags & AT_ANY) == 0)
		n->entry = item;
	else {
		if (!label_index_is_chain(n))
			n->entry = add_entry(t, label_index_only_entry(n));
		n->entry = add_entry(t,
		    (struct label_index_entry){
		        item & LABEL_INDEX_ITEM_MAX, reach & 3u, n->entry });
	}
	n->flags |= (uint8_t)(1u << reach);
	if (at != 0 && (n->flags & AT_NAME) != 0)
		t->node[n->parent].flags |= BELOW_NAME;
	return true;
}

void
label_index_build(struct label_index *t)
{
	t->node = mem_realloc(t->node, t->n_node, sizeof *t->node);
	t->entry = mem_realloc(t->entry, t->n_entry, sizeof *t->entry);
}

bool
label_index_has_top(const struct label_index *t, struct bytes label)
{
	return label_index_find(t, 0, label) != 0;
}
