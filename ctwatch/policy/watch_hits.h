/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_hits: the pairs of items and names that match in one certificate.
 */
#ifndef CTWATCH_POLICY_WATCH_HITS_H
#define CTWATCH_POLICY_WATCH_HITS_H

#include <ctwatch/policy/watch.h>

struct watch_hits_list {
	struct watch_hits *hits;       /* borrowed */
	struct watch_hits_of *of_item; /* owned; a hash table by item */
	size_t n_slots, n_items;       /* of it: a power of two; in use */
	uint32_t *earlier;             /* owned; by hit: the one before */
	size_t more;                   /* hits beyond the first of each item */
};

/* Begin a list of hits, whose memory does not depend on the number of watched
 * items; end it with watch_hits_end. */
void watch_hits_begin(struct watch_hits_list *l, struct watch_hits *hits);
void watch_hits_end(struct watch_hits_list *l);

/*
 * Add a hit; of several by one name, keep the clearest.  Always add the first
 * hit of an item, so that no watched item is missed; add further names within
 * the limits.  name is NULL for a certificate without names.  Return false to
 * continue the search.
 */
bool watch_hits_note(struct watch_hits_list *l, uint32_t item,
    enum watch_how how, const struct cert_name *name);

#endif
