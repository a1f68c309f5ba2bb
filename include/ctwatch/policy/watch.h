/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: the watched names and networks.
 *
 * Built once, then read by all workers.  The cost of a match does not depend on
 * the number of items: names are looked up label by label from the right, up to
 * the first suffix that is not watched.
 */
#ifndef CTWATCH_POLICY_WATCH_H
#define CTWATCH_POLICY_WATCH_H

#include <ctwatch/base/blob.h>
#include <ctwatch/policy/name_keys.h>
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/sha256.h>

struct watch;

/* Return a new, empty watch, which the caller frees. */
struct watch *watch_new(void);
void watch_free(struct watch *w);

/*
 * Give w, which is new, the text of about so many items.  watch_add then adds
 * parts of it without a copy, and writes a NUL after each.  *text is then {0}.
 */
void watch_take_text(struct watch *w, struct blob *text, size_t items);

/* Return that text; borrowed until the next watch_add. */
struct bytes watch_text(const struct watch *w);

/*
 * Add one item as a watch list or a pinset has it (example.com, .example.com,
 * *.example.com, ., an address, a CIDR network; U-labels are converted).
 * Return false with the reason in *error if it cannot match any name.  Skip an
 * item that equals an earlier one.
 */
bool watch_add(struct watch *w, struct bytes item, struct buf *error);

/* Load what watch_add will change for this item into the processor's cache;
 * call some items ahead.  Does nothing else, whatever the item is. */
void watch_expect(const struct watch *w, struct bytes item);

/* Return the number of items. */
size_t watch_count(const struct watch *w);

/* Return item i as written; borrowed until the next item is added. */
const char *watch_item(const struct watch *w, size_t i);

/* Call each for every name whose last label is no public top-level domain
 * (see host_pattern_is_tld), in the order of the items. */
void watch_not_public(const struct watch *w,
    void (*each)(void *arg, const char *item), void *arg);

/* Build the tables.  Call once after the last add, before the first match. */
void watch_build(struct watch *w);

/* Return the SHA-256 digest of all items in their order; borrowed. */
const uint8_t *watch_digest(const struct watch *w);

/*
 * Report whether any name of c is watched (hot path).  Any thread may call it.
 * Plain names need no allocation.  Return true also for a name that may match
 * (see WATCH_UNCLEAR).  c may be partly read.
 */
bool watch_match(const struct watch *w, const struct cert *c);

/*
 * As watch_match, for a certificate from cert_read: if nothing matched, *error
 * is the error of cert_parse for its names.  Append its keys to keys, as
 * name_keys_cert does; NULL: do not.
 */
bool watch_match_read(const struct watch *w, const struct cert *c,
    struct name_keys *keys, enum cert_error *error);

/* How an item matches a name of a certificate, the clearest first. */
enum watch_how {
	WATCH_EXACT,    /* the name is the item */
	WATCH_SUBTREE,  /* the name lies below the item */
	WATCH_WILDCARD, /* a wildcard name covers the item */
	WATCH_NETWORK,  /* the address lies in the item's network */
	WATCH_UNCLEAR,  /* a pattern or unreadable label may match */
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
	bool more; /* some names are left out; no item is */
};

/* Return every pair of matching item and name, in the certificate's order,
 * without duplicates. */
void watch_explain(
    const struct watch *w, const struct cert *c, struct watch_hits *out);
void watch_hits_free(struct watch_hits *hits);

/*
 * Search bytes that do not parse for any watched name or address; see
 * raw_search.  Return true and the item found.
 */
bool watch_search_raw(const struct watch *w, struct bytes der, size_t *item);

const char *watch_how_word(enum watch_how how);
const char *watch_kind_word(enum cert_name_kind kind);

#endif
