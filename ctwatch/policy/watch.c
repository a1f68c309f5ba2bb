/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/name_keys_walk.h"
#include "policy/raw_search.h"
#include "policy/watch_hits.h"
#include "policy/watch_item.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/cert_use.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>

struct watch {
	struct label_index *names;
	struct cidr_set networks;
	/* The text taken over, then other items as written, and names converted
	 * for the index; a NUL after each. */
	struct buf text;
	size_t n_taken; /* bytes of text that were taken over */
	uint32_t *item; /* where each begins in text */
	size_t n_item;
	uint8_t digest[SHA256_SIZE];
};

struct watch *
watch_new(void)
{
	struct watch *w = mem_alloc(1, sizeof *w);

	buf_init(&w->text, UINT32_MAX);
	w->names = label_index_new(&w->text);
	return w;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	label_index_free(w->names);
	cidr_set_fini(&w->networks);
	buf_fini(&w->text);
	free(w->item);
	free(w);
}

/* Set the error for an item and return false. */
static bool
refuse(struct buf *error, struct bytes item, const char *why)
{
	struct buf shown;

	buf_init(&shown, LIMIT_SHOWN_TEXT);
	text_escape(&shown, item);
	buf_printf(error, "\"%s\": %s", buf_text(&shown), why);
	buf_fini(&shown);
	return false;
}

/* Append a text and a NUL; return the copy without the NUL. */
static struct bytes
add_text(struct watch *w, struct bytes text)
{
	size_t at = w->text.n;

	buf_add(&w->text, text);
	buf_add_byte(&w->text, '\0');
	return (struct bytes){ w->text.p + at, text.n };
}

/* Append an item whose text begins there; its index is the number of earlier
 * items. */
static void
add_item(struct watch *w, size_t at)
{
	w->item = mem_grow(w->item, w->n_item, sizeof *w->item);
	w->item[w->n_item++] = (uint32_t)at;
}

/* Add a name; item is its text as written, in w->text.  Return what is wrong
 * with it, or NULL. */
static const char *
add_name(struct watch *w, struct bytes item, bool *is_new)
{
	struct watch_item_name name;
	const char *fault = watch_item_parse(item, &name);

	if (fault != NULL)
		return fault;
	if (name.converted)
		name.name = add_text(w, name.name);
	*is_new = label_index_add(
	    w->names, name.name, name.reach, (uint32_t)w->n_item);
	return NULL;
}

void
watch_take_text(struct watch *w, struct blob *text, size_t items)
{
	assert(w->text.p == NULL);
	w->text.p = text->p;
	w->text.n = w->text.cap = text->n + 1; /* with the NUL after it */
	w->n_taken = text->n;
	*text = (struct blob){ 0 };
	label_index_reserve(w->names, items);
}

struct bytes
watch_text(const struct watch *w)
{
	return bytes_at(w->text.p, w->n_taken);
}

bool
watch_add(struct watch *w, struct bytes item, struct buf *error)
{
	size_t n = w->text.n, at;
	struct cidr network;
	bool is_new = true;
	const char *fault = NULL;

	/* Offsets in the text are 32 bits wide. */
	if (w->text.n > UINT32_MAX / 2)
		return refuse(error, item, "one item too many");
	item = text_trim(item);
	if (!bytes_enclose(watch_text(w), item))
		item = add_text(w, item);
	at = (size_t)(item.p - w->text.p);
	switch (cidr_set_parse(item, &network)) {
	case CIDR_SET_BAD_BITS:
		fault = "not a network: a bad prefix length";
		break;
	case CIDR_SET_NOT_ONE:
		fault = add_name(w, item, &is_new);
		break;
	case CIDR_SET_OK:
		network.item = (uint32_t)w->n_item;
		cidr_set_add(&w->networks, &network);
		break;
	}
	if (fault != NULL || !is_new) {
		w->text.n = n;
	} else {
		w->text.p[at + item.n] = '\0';
		add_item(w, at);
	}
	return fault == NULL || refuse(error, item, fault);
}

void
watch_expect(const struct watch *w, struct bytes item)
{
	label_index_expect(w->names, item);
}

size_t
watch_count(const struct watch *w)
{
	return w->n_item;
}

const char *
watch_item(const struct watch *w, size_t i)
{
	return (const char *)w->text.p + w->item[i];
}

/* Compute the digest of all items in their order. */
static void
digest_items(struct watch *w)
{
	struct bytes parts[256] = { { w->digest, SHA256_SIZE } };
	size_t n = 1;

	for (size_t i = 0; i < w->n_item; i++) {
		const char *item = watch_item(w, i);

		parts[n++] = bytes_at(item, strlen(item) + 1);
		if (n < sizeof parts / sizeof *parts && i + 1 < w->n_item)
			continue;
		sha256_parts(parts, n, w->digest);
		n = 1;
	}
}

void
watch_build(struct watch *w)
{
	label_index_build(w->names);
	cidr_set_build(&w->networks);
	digest_items(w);
	if (w->n_item > 0)
		w->item = mem_realloc(w->item, w->n_item, sizeof *w->item);
}

const uint8_t *
watch_digest(const struct watch *w)
{
	return w->digest;
}

/* The items whose last label is no public top-level domain. */
struct not_public {
	uint32_t *item;
	size_t n;
};

static bool
is_not_public(struct bytes label)
{
	return !host_pattern_is_tld(label);
}

static bool
add_not_public(void *arg, uint32_t item, enum label_index_how how)
{
	struct not_public *x = arg;

	(void)how;
	x->item = mem_grow(x->item, x->n, sizeof *x->item);
	x->item[x->n++] = item;
	return false;
}

static int
compare_items(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
watch_not_public(
    const struct watch *w, void (*each)(void *arg, const char *item), void *arg)
{
	struct not_public x = { 0 };
	struct label_index_walk walk = { .meet = add_not_public, .arg = &x };

	label_index_walk_tops(w->names, is_not_public, &walk);
	if (x.n > 0)
		qsort(x.item, x.n, sizeof *x.item, compare_items);
	for (size_t i = 0; i < x.n; i++)
		each(arg, watch_item(w, x.item[i]));
	free(x.item);
}

/* ---- matching ---- */

/* The state of comparing the names of a certificate with the items. */
struct meeting {
	const struct watch *w;
	const struct cert *cert;
	struct label_index_walk walk;
	struct dnsname_reader reader;
	const struct cert_name *name; /* the current name */
	struct bytes common;          /* the last plain commonName */
	struct watch_hits_list *hits; /* NULL if only the result matters */
	struct name_keys *keys;       /* of the names; NULL: not wanted */
};

static bool
match_name(void *arg, uint32_t item, enum label_index_how how)
{
	static const enum watch_how hows[] = {
		[LABEL_INDEX_EXACT] = WATCH_EXACT,
		[LABEL_INDEX_BELOW] = WATCH_SUBTREE,
		[LABEL_INDEX_WILDCARD] = WATCH_WILDCARD,
		[LABEL_INDEX_UNCLEAR] = WATCH_UNCLEAR,
	};

	struct meeting *m = arg;

	return watch_hits_note(m->hits, item, hows[how], m->name);
}

static bool
match_network(void *arg, uint32_t item)
{
	struct meeting *m = arg;

	return watch_hits_note(m->hits, item, WATCH_NETWORK, m->name);
}

static bool
match_reading(void *arg, const struct dnsname_reading *r)
{
	struct meeting *m = arg;

	m->walk.plain = r->plain;
	if (r->plain && m->name->kind == CERT_CN)
		m->common = r->labels;
	if (m->keys != NULL)
		name_keys_reading(m->keys, r);
	if (r->labels.n > 0 &&
	    label_index_walk(m->w->names, r->labels, &m->walk))
		return true;
	return r->address.n > 0 &&
	    cidr_set_match(&m->w->networks, r->address,
	        m->hits != NULL ? match_network : NULL, m);
}

/*
 * Match a CA whose constraints permit names above or below a watched name.
 * Ignore a public suffix, which permits as much as no constraint.
 */
static bool
match_permitted(struct meeting *m, const struct cert_name *name)
{
	char host[LIMIT_NAME + 1];
	struct bytes value = name->value;

	if (m->keys != NULL)
		name_keys_permitted(m->keys, m->cert);
	if (!cert_use_is_ca(m->cert) || name->split)
		return false;
	if (value.n > 0 && *value.p == '.') {
		value.p++;
		value.n--;
	}
	if (value.n > LIMIT_NAME || !dnsname_is_plain(value))
		return false;
	text_lower(value, host);
	host[value.n] = '\0';
	if (host_pattern_registrable(host) == NULL)
		return false;
	m->walk.plain = true;
	return label_index_walk(m->w->names, value, &m->walk) ||
	    label_index_walk_below(m->w->names, value, &m->walk);
}

/* Report whether a name is the commonName, which was compared; it mostly is
 * one of the alternative names too. */
static inline bool
is_repeated(const struct meeting *m, const struct cert_name *name)
{
	return m->hits == NULL && name->kind == CERT_DNS && !name->split &&
	    m->common.n > 0 && bytes_equal(name->value, m->common);
}

static bool
match_names(struct meeting *m, struct cert_names *it)
{
	struct cert_name name;
	bool stop = false;

	m->name = &name;
	while (!stop && cert_names_next(it, &name)) {
		if (name.kind == CERT_PERMITTED)
			stop = match_permitted(m, &name);
		else if (!is_repeated(m, &name))
			stop = dnsname_read(&m->reader, &name);
	}
	m->name = NULL;
	return stop;
}

/* Match the names of subjectAltNames whose OCTET STRING has constructed
 * encoding. */
static bool
match_split(struct meeting *m, const struct cert *c)
{
	struct bytes list = c->extensions;
	struct cert_extension x;
	struct cert_names it;
	struct buf value;
	bool stop = false;

	/* Names that are in no certificate as they are have no keys; see
	 * name_keys_end. */
	m->keys = NULL;
	while (!stop && cert_extension_next(&list, &x)) {
		if (!x.split || !cert_extension_is_alt_name(&x))
			continue;
		buf_init(&value, LIMIT_CERT_TEXT);
		der_join(x.value, &value);
		cert_names_in(buf_view(&value), &it);
		stop = match_names(m, &it);
		buf_fini(&value);
	}
	return stop;
}

/*
 * Match c with w; pass NULL as hits to learn only whether they match, and NULL
 * as keys to get none.  When all names were read, *error has their encoding
 * error; keys are complete only then.
 */
static bool
match_cert(const struct watch *w, const struct cert *c, struct watch_hits *hits,
    struct name_keys *keys, enum cert_error *error)
{
	struct meeting m = {
		.w = w,
		.cert = c,
		.walk = { .steps = LIMIT_WATCH_STEPS },
		.reader = { match_reading, &m, LIMIT_IDNA },
		.keys = keys,
	};
	struct watch_hits_list list;
	struct cert_names it;
	bool stop;

	if (hits != NULL) {
		m.walk.meet = match_name;
		m.walk.arg = &m;
		/* All matching items must be listed, so compare patterns with
		 * all items. */
		m.walk.steps += LIMIT_WATCH_PATTERNS * w->n_item;
		watch_hits_begin(&list, hits);
		m.hits = &list;
	}
	if (keys != NULL)
		name_keys_begin(keys);
	cert_names(c, &it);
	*error = CERT_OK;
	stop = match_names(&m, &it) ||
	    ((it.deviations & CERT_SAN_SPLIT) != 0 && match_split(&m, c));
	if (!stop) {
		*error = it.error;
		if (keys != NULL)
			name_keys_end(keys, &it);
		/* "." also matches a certificate without names. */
		stop = (hits == NULL || hits->n == 0) &&
		    label_index_walk(w->names, (struct bytes){ 0 }, &m.walk);
	}
	if (m.hits != NULL)
		watch_hits_end(m.hits);
	return stop;
}

bool
watch_match(const struct watch *w, const struct cert *c)
{
	enum cert_error ignored;

	return match_cert(w, c, NULL, NULL, &ignored);
}

bool
watch_match_read(const struct watch *w, const struct cert *c,
    struct name_keys *keys, enum cert_error *error)
{
	size_t first = keys != NULL ? keys->n : 0;
	bool match = match_cert(w, c, NULL, keys, error);

	/* The match may have ended the walk before the last name. */
	if (match && keys != NULL) {
		keys->n = first;
		name_keys_cert(keys, c);
	}
	return match;
}

void
watch_explain(
    const struct watch *w, const struct cert *c, struct watch_hits *out)
{
	enum cert_error ignored;

	*out = (struct watch_hits){ 0 };
	match_cert(w, c, out, NULL, &ignored);
}

bool
watch_search_raw(const struct watch *w, struct bytes der, size_t *item)
{
	uint32_t found;

	if (!raw_search(w->names, &w->networks, der, &found))
		return false;
	*item = found;
	return true;
}

const char *
watch_how_word(enum watch_how how)
{
	static const char *const words[WATCH_HOW_MAX] = {
		[WATCH_EXACT] = "exact",
		[WATCH_SUBTREE] = "subtree",
		[WATCH_WILDCARD] = "wildcard",
		[WATCH_NETWORK] = "network",
		[WATCH_UNCLEAR] = "unclear",
	};

	return how < WATCH_HOW_MAX ? words[how] : "unknown";
}

const char *
watch_kind_word(enum cert_name_kind kind)
{
	switch (kind) {
	case CERT_CN:
		return "CN";
	case CERT_DNS:
		return "DNS";
	case CERT_IP:
		return "IP";
	case CERT_URI:
		return "URI";
	case CERT_EMAIL:
		return "email";
	case CERT_SRV:
		return "SRV";
	case CERT_KERBEROS:
		return "Kerberos";
	case CERT_PERMITTED:
		return "nameConstraints";
	}
	return "unknown";
}
