/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fault.h"

#define ON(place)  (1u << FAULT_##place)
#define ON_HEADS   (ON(GET_STH) | ON(CHECKPOINT))
#define ON_ENTRIES (ON(GET_ENTRIES) | ON(DATA))
#define ON_PROOFS  (ON(GET_CONSISTENCY) | ON(GET_PROOF) | ON(GET_ENTRY))
#define ON_ALL     ((1u << FAULT_PLACES) - 1)

static const struct {
	const char *name;
	unsigned on;
} faults[FAULT_MAX] = {
	[FAULT_NONE] = { "none", 0 },
	[FAULT_500] = { "500", ON_ALL },
	[FAULT_503] = { "503", ON_ALL },
	[FAULT_429] = { "429", ON_ALL },
	[FAULT_404] = { "404", ON_ALL },
	[FAULT_STATUS] = { "status", ON_ALL },
	[FAULT_REDIRECT] = { "redirect", ON_ALL },
	[FAULT_SLOW] = { "slow", ON_ALL },
	[FAULT_DRIP] = { "drip", ON_ALL },
	[FAULT_CUT] = { "cut", ON_ALL },
	[FAULT_RESET] = { "reset", ON_ALL },
	[FAULT_HTML] = { "html", ON_ALL },
	[FAULT_BADJSON] = { "badjson", ON_ALL },
	[FAULT_GZIP] = { "gzip", ON_ALL },
	[FAULT_GZIPBOMB] = { "gzipbomb", ON_ALL },
	[FAULT_HUGEBODY] = { "hugebody", ON_ALL },
	[FAULT_ENDLESS] = { "endless", ON_ALL },
	[FAULT_BADSIG] = { "badsig", ON_HEADS },
	[FAULT_BADROOT] = { "badroot", ON_HEADS },
	[FAULT_SHRINK] = { "shrink", ON_HEADS },
	[FAULT_ROLLBACK] = { "rollback", ON_HEADS },
	[FAULT_STALE] = { "stale", ON_HEADS },
	[FAULT_FROZEN] = { "frozen", ON_HEADS | ON(LIST) },
	[FAULT_FORK] = { "fork", ON_HEADS | ON_ENTRIES | ON_PROOFS | ON(TILE) },
	[FAULT_EMPTY] = { "empty", ON_ENTRIES },
	[FAULT_MORE] = { "more", ON_ENTRIES },
	[FAULT_FEWER] = { "fewer", ON_ENTRIES },
	[FAULT_BADBASE64] = { "badbase64", ON(GET_ENTRIES) },
	[FAULT_TRAILING] = { "trailing", ON_ENTRIES },
	[FAULT_UNKNOWN_TYPE] = { "unknown-type", ON_ENTRIES },
	[FAULT_WRONGENTRY] = { "wrongentry", ON_ENTRIES },
	[FAULT_SWAPENTRY] = { "swapentry", ON_ENTRIES },
	[FAULT_LOST] = { "lost", ON_ENTRIES | ON(GET_ENTRY) },
	[FAULT_LARGE] = { "large", ON(GET_ENTRIES) },
	[FAULT_NOINDEX] = { "noindex", ON(DATA) },
	[FAULT_BADINDEX] = { "badindex", ON(DATA) },
	[FAULT_BADTILE] = { "badtile", ON(DATA) | ON(TILE) },
	[FAULT_PARTIAL404] = { "partial404", ON(DATA) | ON(TILE) },
	[FAULT_PARTIAL403] = { "partial403", ON(DATA) | ON(TILE) },
	[FAULT_BADPROOF] = { "badproof", ON_PROOFS },
	[FAULT_BADISSUER] = { "badissuer", ON(ISSUER) },
};

static const char *const places[FAULT_PLACES] = {
	[FAULT_GET_STH] = "get-sth",
	[FAULT_GET_ENTRIES] = "get-entries",
	[FAULT_GET_CONSISTENCY] = "get-sth-consistency",
	[FAULT_GET_PROOF] = "get-proof-by-hash",
	[FAULT_GET_ENTRY] = "get-entry-and-proof",
	[FAULT_GET_ROOTS] = "get-roots",
	[FAULT_CHECKPOINT] = "checkpoint",
	[FAULT_DATA] = "data",
	[FAULT_TILE] = "tile",
	[FAULT_ISSUER] = "issuer",
	[FAULT_LIST] = "log-list",
	[FAULT_OTHER] = "other",
};

bool
fault_find(const char *name, struct fault_rule *out)
{
	for (int f = 0; f < FAULT_MAX; f++)
		if (strcmp(faults[f].name, name) == 0) {
			*out = (struct fault_rule){ .fault = (enum fault)f,
				.on = faults[f].on,
				.every = 1,
				.left = UINT64_MAX,
				.ms = f == FAULT_DRIP ? 200 : 2000 };
			return true;
		}
	return false;
}

enum fault_place
fault_place_find(struct bytes word)
{
	for (int p = 0; p < FAULT_PLACES; p++)
		if (bytes_is(word, places[p]))
			return (enum fault_place)p;
	return FAULT_PLACES;
}

const char *
fault_place_word(enum fault_place place)
{
	return places[place];
}

const char *
fault_word(enum fault fault)
{
	return faults[fault].name;
}

void
fault_gate_init(struct fault_gate *g)
{
	*g = (struct fault_gate){ 0 };
	pthread_mutex_init(&g->lock, NULL);
}

void
fault_gate_set(struct fault_gate *g, const struct fault_rule *rule)
{
	pthread_mutex_lock(&g->lock);
	g->rule = *rule;
	g->also = (struct fault_rule){ 0 };
	pthread_mutex_unlock(&g->lock);
}

void
fault_gate_add(struct fault_gate *g, const struct fault_rule *rule)
{
	pthread_mutex_lock(&g->lock);
	g->also = *rule;
	pthread_mutex_unlock(&g->lock);
}

static bool
strikes(struct fault_rule *r, enum fault_place place, bool no_cache)
{
	if ((r->on & 1u << place) == 0 || (r->cached && no_cache) ||
	    ++r->seen % r->every != 0 || r->left == 0)
		return false;
	r->left--;
	return true;
}

void
fault_gate_pass(struct fault_gate *g, enum fault_place place, bool no_cache,
    struct fault_rule *out)
{
	pthread_mutex_lock(&g->lock);
	g->hits[place]++;
	*out = (struct fault_rule){ 0 };
	if (strikes(&g->rule, place, no_cache))
		*out = g->rule;
	else if (strikes(&g->also, place, no_cache))
		*out = g->also;
	pthread_mutex_unlock(&g->lock);
}
