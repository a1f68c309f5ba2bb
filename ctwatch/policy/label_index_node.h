/* SPDX-License-Identifier: Apache-2.0 */
/*
 * label_index_node: the memory of a label_index, which label_index.c fills and
 * label_index_walk.c reads.
 */
#ifndef CTWATCH_POLICY_LABEL_INDEX_NODE_H
#define CTWATCH_POLICY_LABEL_INDEX_NODE_H

#include "policy/label_index.h"

/* What is watched at a node: a bit for each reach. */
enum {
	AT_HOST = 1u << HOST_PATTERN_HOST,
	AT_ONE_LABEL = 1u << HOST_PATTERN_ONE_LABEL,
	AT_SUBTREE = 1u << HOST_PATTERN_SUBTREE,
	AT_NAME = AT_HOST | AT_SUBTREE, /* the node's own name is watched */
	AT_BELOW = AT_SUBTREE | AT_ONE_LABEL,
	AT_ANY = AT_NAME | AT_BELOW,
	BELOW_NAME = 1u << 7 /* so is a name one label below it */
};

/* Index 0 is the root, which is no child: as a child it means none. */
struct label_index_node {
	uint32_t parent, first_child, next_sibling;
	uint32_t entry; /* the item, if one reach is watched; if more are, the
	                 * first entry of a chain */
	uint32_t label; /* offset in the text of the names */
	uint8_t n_label;
	uint8_t flags;
};

struct label_index_entry {
	uint32_t item : 30;
	uint32_t reach : 2; /* enum host_pattern_reach */
	uint32_t next;      /* 0: none */
};

struct label_index {
	struct label_index_node *node;
	struct label_index_entry *entry; /* the first is not used */
	const struct buf *text;          /* borrowed: holds every label */
	size_t n_node, n_entry;
	/* Open addressing.  The tag of a slot, 0 when free, avoids most
	 * accesses to nodes; the tags of a million names fit a processor's
	 * cache. */
	uint8_t *tag;
	uint32_t *slot;
	unsigned bits;
};

/* Return the child of a node by its label; 0 if there is none. */
uint32_t label_index_find(
    const struct label_index *t, uint32_t parent, struct bytes label);

static inline struct bytes
label_index_label(const struct label_index *t, const struct label_index_node *n)
{
	return bytes_at(t->text->p + n->label, n->n_label);
}

static inline bool
label_index_is_chain(const struct label_index_node *n)
{
	unsigned reaches = n->flags & AT_ANY;

	return (reaches & (reaches - 1)) != 0;
}

/* Return the entry of a node of which one reach is watched. */
static inline struct label_index_entry
label_index_only_entry(const struct label_index_node *n)
{
	return (
	    struct label_index_entry){ .item = n->entry & LABEL_INDEX_ITEM_MAX,
		.reach = (unsigned)__builtin_ctz(n->flags & AT_ANY) & 3u };
}

/* Cut the last label off name, with the dot before it. */
static inline struct bytes
label_index_cut(struct bytes *name)
{
	struct bytes label = bytes_after_last(*name, '.');

	name->n -= label.n < name->n ? label.n + 1 : label.n;
	return label;
}

#endif
