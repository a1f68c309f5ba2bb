/* SPDX-License-Identifier: Apache-2.0 */
/*
 * label_index: watched names, by their labels from the right.
 *
 * All nodes are in one hash table, found by parent and label, so that a name
 * costs a look-up for each label until one that nobody watches, however many
 * names are in it.  A label that may stand for many (a wildcard, a redacted
 * one) is compared with the children of its node, under a ceiling.
 */
#ifndef CTWATCH_POLICY_LABEL_INDEX_H
#define CTWATCH_POLICY_LABEL_INDEX_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/policy/host_pattern.h>

struct trie;

/* A new, empty trie; the caller frees it. */
struct trie *label_index_new(void);
void label_index_free(struct trie *t);

/*
 * Add a name (lower case, A-labels, no dot at either end; empty: the root of
 * all names) for a caller's item.  False, and nothing added, when the name
 * is there already with this reach.
 */
bool label_index_add(struct trie *t, struct bytes name,
    enum host_pattern_reach reach, uint32_t item);

/* Give back memory that growing took; call after the last add. */
void label_index_build(struct trie *t);

/*
 * In a label: characters that cannot be read.  Programs may drop them, map
 * them to others, or write the whole label in Punycode (RFC 3492).
 */
#define LABEL_INDEX_UNREADABLE 0x1a

/* How a name and an item met. */
enum label_index_how {
	LABEL_INDEX_EXACT,    /* the name is the item */
	LABEL_INDEX_BELOW,    /* the name lies below the item */
	LABEL_INDEX_WILDCARD, /* a wildcard in the name covers the item */
	LABEL_INDEX_UNCLEAR   /* nobody can tell what the name stands for */
};

/* What to do with the items that a name meets. */
struct label_index_walk {
	/* Called for each meeting, until it returns true.  NULL to ask only
	 * whether there is one. */
	bool (*meet)(void *arg, uint32_t item, enum label_index_how how);
	void *arg;
	size_t steps; /* in: what patterns may cost; out: what is left */
};

/*
 * Meet the items that name concerns: letters of either case, labels that may
 * be "?" (anything), or hold stars or LABEL_INDEX_UNREADABLE.  A name whose patterns fit too many items
 * to be compared meets one of them as LABEL_INDEX_UNCLEAR.  True when meet returned
 * true, or when there is a meeting and nobody to call.
 */
bool label_index_walk(
    const struct trie *t, struct bytes name, struct label_index_walk *w);

/* Meet the items at and below name, until meet returns true. */
bool label_index_walk_below(
    const struct trie *t, struct bytes name, struct label_index_walk *w);

/* Report whether names below this top-level label are watched, or it is. */
bool label_index_has_top(const struct trie *t, struct bytes label);

#endif
