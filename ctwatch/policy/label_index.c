/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/label_index.h"
#include "policy/label_pattern.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>

/* What is watched at a node: a bit for each reach. */
enum {
	AT_HOST = 1u << HOST_PATTERN_HOST,
	AT_ONE_LABEL = 1u << HOST_PATTERN_ONE_LABEL,
	AT_SUBTREE = 1u << HOST_PATTERN_SUBTREE,
	AT_NAME = AT_HOST | AT_SUBTREE, /* the node's own name is watched */
	AT_BELOW = AT_SUBTREE | AT_ONE_LABEL,
	BELOW_NAME = 1u << 7 /* so is a name one label below it */
};

/* Index 0 is the root, which is no child: as a child it means none. */
struct node {
	uint32_t parent, first_child, next_sibling;
	uint32_t entry; /* first of a chain; 0 is none */
	uint32_t label; /* offset in the text of the names */
	uint8_t n_label;
	uint8_t flags;
};

struct entry {
	uint32_t item : 30;
	uint32_t reach : 2; /* enum host_pattern_reach */
	uint32_t next;
};

struct label_index {
	struct node *node;
	struct entry *entry;    /* the first is not used */
	const struct buf *text; /* borrowed: holds every label */
	size_t n_node, n_entry;
	/* Open addressing.  The tag of a slot, 0 when free, avoids most
	 * accesses to nodes; the tags of a million names fit a processor's
	 * cache. */
	uint8_t *tag;
	uint32_t *slot;
	unsigned bits;
};

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

static struct bytes
label_of(const struct label_index *t, const struct node *n)
{
	return (struct bytes){ t->text->p + n->label, n->n_label };
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
		const struct node *n;

		if (t->tag[i] != tag)
			continue;
		n = &t->node[t->slot[i]];
		if (n->parent == parent && is_label(label_of(t, n), label))
			break;
	}
	return i;
}

/* The child of a node by its label; 0 if there is none. */
static uint32_t
find(const struct label_index *t, uint32_t parent, struct bytes label)
{
	size_t i = find_slot(t, parent, label, hash(parent, label));

	return t->tag[i] != 0 ? t->slot[i] : 0;
}

/* Put a node that is not in the table into it. */
static void
put(struct label_index *t, uint32_t at)
{
	const struct node *n = &t->node[at];
	size_t mask = ((size_t)1 << t->bits) - 1;
	uint64_t h = hash(n->parent, label_of(t, n));
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
	t->node[0] = (struct node){ 0 };
	t->n_node = 1;
	t->entry = mem_grow(NULL, 0, sizeof *t->entry);
	t->entry[0] = (struct entry){ 0 };
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
	t->node[at] = (struct node){
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

/* Cut the last label off name, with the dot before it. */
static struct bytes
take_label(struct bytes *name)
{
	size_t at = name->n;
	struct bytes label;

	while (at > 0 && name->p[at - 1] != '.')
		at--;
	label = (struct bytes){ name->p + at, name->n - at };
	name->n = at > 0 ? at - 1 : 0;
	return label;
}

bool
label_index_add(struct label_index *t, struct bytes name,
    enum host_pattern_reach reach, uint32_t item)
{
	uint32_t at = 0;
	struct node *n;

	while (name.n > 0) {
		struct bytes label = take_label(&name);

		at = find_or_add(t, at, label);
	}
	n = &t->node[at];
	if ((n->flags & 1u << reach) != 0)
		return false;
	n->flags |= (uint8_t)(1u << reach);
	if (at != 0 && (n->flags & AT_NAME) != 0)
		t->node[n->parent].flags |= BELOW_NAME;
	t->entry = mem_grow(t->entry, t->n_entry, sizeof *t->entry);
	t->entry[t->n_entry] =
	    (struct entry){ .item = item & LABEL_INDEX_ITEM_MAX,
		    .reach = reach & 3u,
		    .next = n->entry };
	n->entry = (uint32_t)t->n_entry++;
	return true;
}

void
label_index_build(struct label_index *t)
{
	t->node = mem_realloc(t->node, t->n_node, sizeof *t->node);
	t->entry = mem_realloc(t->entry, t->n_entry, sizeof *t->entry);
}

/* Meet the items at a node whose reach is among `which`. */
static bool
match_at(const struct label_index *t, uint32_t at, unsigned which,
    enum label_index_how how, struct label_index_walk *w)
{
	if ((t->node[at].flags & which) == 0)
		return false;
	if (w->meet == NULL)
		return true;
	for (uint32_t e = t->node[at].entry; e != 0; e = t->entry[e].next)
		if ((which & 1u << t->entry[e].reach) != 0 &&
		    w->meet(w->arg, t->entry[e].item, how))
			return true;
	return false;
}

/* Match one item at or below a node, in place of all that may match. */
static bool
match_any(const struct label_index *t, uint32_t at, struct label_index_walk *w)
{
	while (t->node[at].entry == 0) {
		at = t->node[at].first_child;
		if (at == 0) /* the root of an empty trie */
			return false;
	}
	return w->meet == NULL ||
	    w->meet(
	        w->arg, t->entry[t->node[at].entry].item, LABEL_INDEX_UNCLEAR);
}

static bool walk(const struct label_index *t, uint32_t at, struct bytes name,
    enum label_index_how how, struct label_index_walk *w);

/*
 * Continue below a node by a label pattern.  Recursion is as deep as the labels
 * of a watched name.
 */
static bool
walk_pattern(const struct label_index *t, uint32_t at, struct bytes label,
    struct bytes rest, enum label_index_how how, struct label_index_walk *w)
{
	bool redacted = label.n == 1 && *label.p == '?';
	bool readable =
	    memchr(label.p, LABEL_PATTERN_UNREADABLE, label.n) == NULL;
	bool any = redacted || (label.n == 1 && *label.p == '*');

	/* For some clients a star also matches dots. */
	if (at == 0 && rest.n == 0 && any && !redacted)
		return match_any(t, 0, w);
	if (how < LABEL_INDEX_WILDCARD)
		how = LABEL_INDEX_WILDCARD;
	if (redacted || !readable)
		how = LABEL_INDEX_UNCLEAR;
	if (any && rest.n == 0) {
		if ((t->node[at].flags & BELOW_NAME) == 0)
			return false;
		if (w->meet == NULL)
			return true;
	}
	for (uint32_t i = t->node[at].first_child; i != 0;
	     i = t->node[i].next_sibling) {
		size_t cost = 1 + label.n / 16;

		if (w->steps < cost) {
			w->steps = 0;
			return match_any(t, at, w);
		}
		w->steps -= cost;
		if ((any ||
		        label_pattern_matches(
		            label, label_of(t, &t->node[i]))) &&
		    walk(t, i, rest, how, w))
			return true;
	}
	return false;
}

/* Meet the items at a node that reach a name of so many labels below it. */
static bool
match_below(const struct label_index *t, uint32_t at, bool one_label,
    enum label_index_how how, struct label_index_walk *w)
{
	if (how == LABEL_INDEX_EXACT)
		how = LABEL_INDEX_BELOW;
	return match_at(t, at, AT_SUBTREE, how, w) ||
	    (one_label && match_at(t, at, AT_ONE_LABEL, how, w));
}

static bool
walk(const struct label_index *t, uint32_t at, struct bytes name,
    enum label_index_how how, struct label_index_walk *w)
{
	while (name.n > 0) {
		struct bytes label = take_label(&name);

		if ((t->node[at].flags & AT_BELOW) != 0 &&
		    match_below(t, at, name.n == 0, how, w))
			return true;
		if (label_pattern_is(label))
			return walk_pattern(t, at, label, name, how, w);
		at = find(t, at, label);
		if (at == 0)
			return false;
	}
	return match_at(t, at, AT_NAME, how, w);
}

bool
label_index_walk(
    const struct label_index *t, struct bytes name, struct label_index_walk *w)
{
	return walk(t, 0, name, LABEL_INDEX_EXACT, w);
}

/* Recursion is as deep as the labels of a watched name. */
static bool
walk_all(const struct label_index *t, uint32_t at, struct label_index_walk *w)
{
	if (t->node[at].entry != 0 && w->meet == NULL)
		return true;
	for (uint32_t e = t->node[at].entry; e != 0; e = t->entry[e].next)
		if (w->meet(w->arg, t->entry[e].item, LABEL_INDEX_BELOW))
			return true;
	for (uint32_t i = t->node[at].first_child; i != 0;
	     i = t->node[i].next_sibling)
		if (walk_all(t, i, w))
			return true;
	return false;
}

bool
label_index_walk_below(
    const struct label_index *t, struct bytes name, struct label_index_walk *w)
{
	uint32_t at = 0;

	if (name.n == 0)
		return false;
	while (name.n > 0) {
		at = find(t, at, take_label(&name));
		if (at == 0)
			return false;
	}
	return walk_all(t, at, w);
}

bool
label_index_has_top(const struct label_index *t, struct bytes label)
{
	return find(t, 0, label) != 0;
}

bool
label_index_walk_tops(const struct label_index *t,
    bool (*wanted)(struct bytes label), struct label_index_walk *w)
{
	for (uint32_t i = t->node[0].first_child; i != 0;
	     i = t->node[i].next_sibling)
		if (wanted(label_of(t, &t->node[i])) && walk_all(t, i, w))
			return true;
	return false;
}
