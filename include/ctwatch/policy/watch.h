/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: the names and networks that are watched.
 *
 * Built once, then read by all workers.  Whether a certificate matches costs
 * the same for one item as for a million: names are looked up suffix by
 * suffix from the right, and the first suffix that nobody watches ends it.
 */
#ifndef CTWATCH_POLICY_WATCH_H
#define CTWATCH_POLICY_WATCH_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/cert.h>

struct watch;

/* A new, empty watch; the caller frees it. */
struct watch *watch_new(void);
void watch_free(struct watch *w);

/*
 * Add one item as a watch list or a pinset has it (example.com, .example.com,
 * *.example.com, ., an address, a CIDR network; U-labels are converted).
 * False with the reason in *error when it could match nothing.  An item
 * that means what an earlier one means is not added again.
 */
bool watch_add(struct watch *w, struct bytes item, struct buf *error);

/* How many items there are. */
size_t watch_count(const struct watch *w);

/* Item i as it was written; borrowed until the next item is added. */
const char *watch_item(const struct watch *w, size_t i);

/* Build the tables.  Call once after the last add, before the first match. */
void watch_build(struct watch *w);

/*
 * The hot question: is any name of c watched?  Any thread may ask.  Nothing
 * is allocated for plain names.  True also when a name is such that it cannot
 * be told (see WATCH_UNCLEAR).  c may be what was read of a certificate that
 * did not parse.
 */
bool watch_match(const struct watch *w, const struct cert *c);

/*
 * As watch_match, of a certificate that cert_read gave: when nothing matched,
 * *error is what cert_parse would have said of its names.
 */
bool watch_match_read(
    const struct watch *w, const struct cert *c, enum cert_error *error);

/* How an item and a name of a certificate met, the clearest first. */
enum watch_how {
	WATCH_EXACT,    /* the name is the item */
	WATCH_SUBTREE,  /* the name lies below the item */
	WATCH_WILDCARD, /* a wildcard name covers the item */
	WATCH_NETWORK,  /* the address lies in the item's network */
	WATCH_UNCLEAR,  /* a redacted or unreadable label may stand for it, or
	                 * the name fits more than can be compared */
	WATCH_HOW_MAX
};

struct watch_hit {
	size_t item; /* see watch_item */
	enum watch_how how;
	enum cert_name_kind kind;
	char *name; /* the certificate's name, escaped, for display; empty
	             * if it has none and everything is watched */
};

struct watch_hits {
	struct watch_hit *v; /* owned */
	size_t n;
	bool more; /* names of some items are left out; no item is */
};

/* Every meeting of item and name, in the certificate's order, each once. */
void watch_explain(
    const struct watch *w, const struct cert *c, struct watch_hits *out);
void watch_hits_free(struct watch_hits *hits);

/*
 * Search bytes that do not parse for any watched name or address; see search.
 * True with the item found.
 */
bool watch_search_raw(const struct watch *w, struct bytes der, size_t *item);

const char *watch_how_word(enum watch_how how);
const char *watch_kind_word(enum cert_name_kind kind);

#endif
