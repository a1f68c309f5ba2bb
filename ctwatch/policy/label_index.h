/* SPDX-License-Identifier: Apache-2.0 */
/*
 * label_index: watched names, by their labels from the right.
 *
 * All nodes are in one hash table, found by parent and label, so that a name
 * costs one look-up per label up to the first label that is not watched,
 * however many names are in it.  A label pattern (a wildcard, a redacted label)
 * is compared with the children of its node, up to a limit.
 */
#ifndef CTWATCH_POLICY_LABEL_INDEX_H
#define CTWATCH_POLICY_LABEL_INDEX_H

#include <ctwatch/base/buf.h>
#include <ctwatch/policy/host_pattern.h>

struct label_index;

#define LABEL_INDEX_ITEM_MAX ((UINT32_C(1) << 30) - 1)

/* Return a new, empty trie, which the caller frees.  All names that are added
 * are in *text, which outlives the trie. */
struct label_index *label_index_new(const struct buf *text);
void label_index_free(struct label_index *t);

/*
 * Add a name (lower case, A-labels, no dot at either end; empty: the root of
 * all names) for a caller's item, at most LABEL_INDEX_ITEM_MAX.  Return false
 * and add nothing when the name is there with this reach.
 */
bool label_index_add(struct label_index *t, struct bytes name,
    enum host_pattern_reach reach, uint32_t item);

/* Load into the processor's cache what label_index_add changes for a name of
 * two labels; call some names ahead.  Does nothing else, whatever the name. */
void label_index_expect(const struct label_index *t, struct bytes name);

/* Allocate room for more names, about one label each. */
void label_index_reserve(struct label_index *t, size_t names);

/* Free spare memory; call after the last add. */
void label_index_build(struct label_index *t);

/* How a name matches an item. */
enum label_index_how {
	LABEL_INDEX_EXACT,    /* the name is the item */
	LABEL_INDEX_BELOW,    /* the name lies below the item */
	LABEL_INDEX_WILDCARD, /* a wildcard in the name covers the item */
	LABEL_INDEX_UNCLEAR   /* what the name matches cannot be determined */
};

/* What to do with the items that a name matches. */
struct label_index_walk {
	/* Called for each match until it returns true.  NULL to learn only
	 * whether there is one. */
	bool (*meet)(void *arg, uint32_t item, enum label_index_how how);
	void *arg;
	size_t steps; /* in: what patterns may cost; out: what is left */
	bool plain;   /* the name is so; see dnsname_reading */
};

/*
 * Match name with the items: letters of either case, labels that may be "?"
 * (anything), or have stars or LABEL_PATTERN_UNREADABLE.  A name whose patterns
 * fit too many items matches one of them as LABEL_INDEX_UNCLEAR.  Return true
 * when meet returned true, or when meet is NULL and there is a match.
 */
bool label_index_walk(
    const struct label_index *t, struct bytes name, struct label_index_walk *w);

/* Meet the items at and below name, until meet returns true. */
bool label_index_walk_below(
    const struct label_index *t, struct bytes name, struct label_index_walk *w);

/* As label_index_walk_below, for each top-level label that `wanted` accepts. */
bool label_index_walk_tops(const struct label_index *t,
    bool (*wanted)(struct bytes label), struct label_index_walk *w);

/* Report whether names below this top-level label are watched, or it is. */
bool label_index_has_top(const struct label_index *t, struct bytes label);

#endif
