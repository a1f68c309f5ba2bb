/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/cidr_set.h"
#include "policy/name_text.h"
#include "policy/watch_hits.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

/* The most recent hit of an item, and how many it has. */
struct watch_hits_of {
	uint32_t item;
	uint32_t last; /* index in watch_hits and one more; 0: a free slot */
	uint32_t n;
};

void
watch_hits_begin(struct watch_hits_list *l, struct watch_hits *hits)
{
	*l = (struct watch_hits_list){ .hits = hits };
}

void
watch_hits_end(struct watch_hits_list *l)
{
	free(l->of_item);
	free(l->earlier);
}

/* Return the slot of an item, or the free one for it. */
static struct watch_hits_of *
find_slot(const struct watch_hits_list *l, uint32_t item)
{
	size_t i = item * 2654435761u; /* Knuth's multiplicative hash */

	for (;; i++) {
		struct watch_hits_of *of = &l->of_item[i & (l->n_slots - 1)];

		if (of->last == 0 || of->item == item)
			return of;
	}
}

/* Keep at least half of the slots free. */
static void
make_slots(struct watch_hits_list *l)
{
	const struct watch_hits_list old = *l;

	if (l->n_slots > 2 * l->n_items)
		return;
	l->n_slots = old.n_slots > 0 ? 2 * old.n_slots : 8;
	l->of_item = mem_alloc(l->n_slots, sizeof *l->of_item);
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.of_item[i].last != 0)
			*find_slot(l, old.of_item[i].item) = old.of_item[i];
	free(old.of_item);
}

static char *
shown_address(struct bytes in)
{
	char *s = mem_alloc(CIDR_SET_TEXT, 1);

	cidr_set_format(in, s);
	return s;
}

/* Return the current name for display. */
static char *
shown_name(const struct cert_name *name)
{
	struct buf text, safe;
	char *s;

	if (name == NULL)
		return mem_strdup("");
	if (name->kind == CERT_IP && !name->split &&
	    (name->value.n == 4 || name->value.n == 16))
		return shown_address(name->value);
	buf_init(&text, LIMIT_CERT_TEXT);
	buf_init(&safe, LIMIT_READING);
	name_text_add(name, &text);
	if (!text_escape(&safe, buf_view(&text))) {
		safe.n -= strlen("...");
		buf_add_text(&safe, "...");
	}
	s = buf_detach(&safe);
	buf_fini(&text);
	return s;
}

/* Report whether this name matched the item before, and update the kind of
 * match. */
static bool
is_known_hit(struct watch_hits_list *l, uint32_t last,
    const struct watch_hit *hit, enum watch_how how)
{
	uint32_t at = last;

	for (; at != 0; at = l->earlier[at - 1]) {
		struct watch_hit *known = &l->hits->v[at - 1];

		if (known->kind != hit->kind ||
		    strcmp(known->name, hit->name) != 0)
			continue;
		if (how < known->how)
			known->how = how;
		return true;
	}
	return false;
}

bool
watch_hits_note(struct watch_hits_list *l, uint32_t item, enum watch_how how,
    const struct cert_name *name)
{
	struct watch_hits_of *of;
	struct watch_hits *hits = l->hits;
	struct watch_hit hit = {
		.item = item,
		.how = how,
		.kind = name != NULL ? name->kind : CERT_CN,
		.name = shown_name(name),
	};

	make_slots(l);
	of = find_slot(l, item);
	if (is_known_hit(l, of->last, &hit, how)) {
		free(hit.name);
		return false;
	}
	if (of->n > 0 &&
	    (of->n == LIMIT_WATCH_NAMES || l->more == LIMIT_WATCH_HITS)) {
		free(hit.name);
		hits->more = true;
		return false;
	}
	l->more += of->n > 0;
	l->earlier = mem_grow(l->earlier, hits->n, sizeof *l->earlier);
	l->earlier[hits->n] = of->last;
	hits->v = mem_grow(hits->v, hits->n, sizeof *hits->v);
	hits->v[hits->n++] = hit;
	l->n_items += of->n == 0;
	*of = (struct watch_hits_of){ item, (uint32_t)hits->n, of->n + 1 };
	return false;
}

void
watch_hits_free(struct watch_hits *hits)
{
	for (size_t i = 0; i < hits->n; i++)
		free(hits->v[i].name);
	free(hits->v);
	*hits = (struct watch_hits){ 0 };
}
