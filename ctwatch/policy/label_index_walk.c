/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/label_index_node.h"
#include "policy/label_pattern.h"

/* Get the first entry at a node; false if there is none. */
static bool
first_entry(const struct label_index *t, const struct label_index_node *n,
    struct label_index_entry *e)
{
	if ((n->flags & AT_ANY) == 0)
		return false;
	*e = label_index_is_chain(n) ? t->entry[n->entry]
	                             : label_index_only_entry(n);
	return true;
}

/* Move to the next entry at the same node; false if there is none. */
static bool
next_entry(const struct label_index *t, struct label_index_entry *e)
{
	uint32_t next = e->next;

	if (next != 0)
		*e = t->entry[next];
	return next != 0;
}

/* Meet the items at a node whose reach is among `which`. */
static bool
match_at(const struct label_index *t, uint32_t at, unsigned which,
    enum label_index_how how, struct label_index_walk *w)
{
	struct label_index_entry e;

	if ((t->node[at].flags & which) == 0)
		return false;
	if (w->meet == NULL)
		return true;
	for (bool more = first_entry(t, &t->node[at], &e); more;
	     more = next_entry(t, &e))
		if ((which & 1u << e.reach) != 0 &&
		    w->meet(w->arg, e.item, how))
			return true;
	return false;
}

/* Match one item at or below a node, in place of all that may match. */
static bool
match_any(const struct label_index *t, uint32_t at, struct label_index_walk *w)
{
	struct label_index_entry e;

	while (!first_entry(t, &t->node[at], &e)) {
		at = t->node[at].first_child;
		if (at == 0) /* the root of an empty trie */
			return false;
	}
	return w->meet == NULL || w->meet(w->arg, e.item, LABEL_INDEX_UNCLEAR);
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
		            label, label_index_label(t, &t->node[i]))) &&
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

/* As label_pattern_is, for a label of the name that is walked. */
static inline bool
is_pattern(struct bytes label, const struct label_index_walk *w)
{
	return w->plain ? label.n == 1 && *label.p == '*'
	                : label_pattern_is(label);
}

static bool
walk(const struct label_index *t, uint32_t at, struct bytes name,
    enum label_index_how how, struct label_index_walk *w)
{
	while (name.n > 0) {
		struct bytes label = label_index_cut(&name);

		if ((t->node[at].flags & AT_BELOW) != 0 &&
		    match_below(t, at, name.n == 0, how, w))
			return true;
		if (is_pattern(label, w))
			return walk_pattern(t, at, label, name, how, w);
		at = label_index_find(t, at, label);
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
	struct label_index_entry e;

	for (bool more = first_entry(t, &t->node[at], &e); more;
	     more = next_entry(t, &e))
		if (w->meet == NULL ||
		    w->meet(w->arg, e.item, LABEL_INDEX_BELOW))
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
		at = label_index_find(t, at, label_index_cut(&name));
		if (at == 0)
			return false;
	}
	return walk_all(t, at, w);
}

bool
label_index_walk_tops(const struct label_index *t,
    bool (*wanted)(struct bytes label), struct label_index_walk *w)
{
	for (uint32_t i = t->node[0].first_child; i != 0;
	     i = t->node[i].next_sibling)
		if (wanted(label_index_label(t, &t->node[i])) &&
		    walk_all(t, i, w))
			return true;
	return false;
}
