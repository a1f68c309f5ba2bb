/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/dnsname.h"
#include "policy/idna.h"
#include "policy/name_text.h"
#include "policy/raw_search.h"
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
	struct buf text; /* items as written, each with a NUL */
	uint32_t *item;  /* where each begins in text */
	size_t n_item;
};

struct watch *
watch_new(void)
{
	struct watch *w = mem_alloc(1, sizeof *w);

	w->names = label_index_new();
	buf_init(&w->text, UINT32_MAX);
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

/* Append an item's text; its index is the number of earlier items. */
static void
keep_item(struct watch *w, struct bytes text)
{
	w->item = mem_grow(w->item, w->n_item, sizeof *w->item);
	w->item[w->n_item++] = (uint32_t)w->text.n;
	buf_add(&w->text, text);
	buf_add_byte(&w->text, '\0');
}

/* Return why a name (lower case, no dot at its ends) cannot be watched, or
 * NULL. */
static const char *
name_fault(struct bytes name)
{
	size_t label = 0;
	bool digits = true;

	if (name.n > LIMIT_NAME)
		return "a name of more than 253 characters";
	for (size_t i = 0; i <= name.n; i++) {
		uint8_t c = i < name.n ? name.p[i] : '.';

		if (c == '.') {
			if (label == 0)
				return "a name with an empty label";
			if (label > LIMIT_LABEL)
				return "a label of more than 63 characters";
			if (i < name.n)
				digits = true;
			label = 0;
			continue;
		}
		if (c == '*')
			return "a star is allowed only as the first label";
		if (c == '/' || c == ':')
			return "a URL or a port, where a host name should be";
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_')
			return "not a host name";
		digits = digits && c >= '0' && c <= '9';
		label++;
	}
	return digits ? "neither a host name nor an address" : NULL;
}

/* Remove the part of an item that gives its reach. */
static enum host_pattern_reach
take_reach(struct bytes *item)
{
	static const struct {
		const char *prefix;
		size_t n;
		enum host_pattern_reach reach;
	} forms[] = {
		{ "**.", 3, HOST_PATTERN_SUBTREE },
		{ "*.", 2, HOST_PATTERN_ONE_LABEL },
		{ ".", 1, HOST_PATTERN_SUBTREE },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (item->n >= forms[i].n &&
		    memcmp(item->p, forms[i].prefix, forms[i].n) == 0) {
			item->p += forms[i].n;
			item->n -= forms[i].n;
			return forms[i].reach;
		}
	return HOST_PATTERN_HOST;
}

static bool
add_name(struct watch *w, struct bytes item, struct buf *error)
{
	char ascii[LIMIT_READING];
	struct bytes name = item;
	enum host_pattern_reach reach = take_reach(&name);
	const char *fault;

	if (name.n >= sizeof ascii)
		return refuse(
		    error, item, "a name of more than 253 characters");
	if (text_is_ascii(name)) {
		text_lower(name, ascii);
		ascii[name.n] = '\0';
	} else if (!idna_to_ascii(name, ascii))
		return refuse(error, item, "not a name that IDNA can convert");
	name = bytes_at(ascii, strlen(ascii));
	if (name.n > 1 && ascii[name.n - 1] == '.')
		name.n--;
	/* "." leaves an empty name: all names. */
	fault = name.n == 0 && item.n == 1 ? NULL : name_fault(name);
	if (fault != NULL)
		return refuse(error, item, fault);
	if (label_index_add(w->names, name, reach, (uint32_t)w->n_item))
		keep_item(w, item);
	return true;
}

bool
watch_add(struct watch *w, struct bytes item, struct buf *error)
{
	struct cidr network;

	/* Offsets and numbers of items are 32 bits wide. */
	if (w->text.n > UINT32_MAX / 2)
		return refuse(error, item, "one item too many");
	item = text_trim(item);
	switch (cidr_set_parse(item, &network)) {
	case CIDR_SET_BAD_BITS:
		return refuse(
		    error, item, "not a network: a bad prefix length");
	case CIDR_SET_NOT_ONE:
		return add_name(w, item, error);
	case CIDR_SET_OK:
		break;
	}
	network.item = (uint32_t)w->n_item;
	cidr_set_add(&w->networks, &network);
	keep_item(w, item);
	return true;
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

void
watch_build(struct watch *w)
{
	label_index_build(w->names);
	cidr_set_build(&w->networks);
	if (w->n_item > 0)
		w->item = mem_realloc(w->item, w->n_item, sizeof *w->item);
}

/* The most recent hit of an item, and how many it has. */
struct item_hits {
	uint32_t last; /* index in watch_hits and one more; 0: none */
	uint32_t n;
};

/* The state of comparing the names of a certificate with the items. */
struct meeting {
	const struct watch *w;
	const struct cert *cert;
	struct label_index_walk walk;
	struct dnsname_reader reader;
	const struct cert_name *name; /* the current name */
	struct watch_hits *hits;      /* NULL if only the result matters */
	struct item_hits *of_item;    /* owned; by item */
	uint32_t *earlier;            /* owned; by hit: the one before */
	size_t more;                  /* hits beyond the first of each item */
};

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
is_known_hit(struct meeting *m, const struct watch_hit *hit, enum watch_how how)
{
	uint32_t at = m->of_item[hit->item].last;

	for (; at != 0; at = m->earlier[at - 1]) {
		struct watch_hit *known = &m->hits->v[at - 1];

		if (known->kind != hit->kind ||
		    strcmp(known->name, hit->name) != 0)
			continue;
		if (how < known->how)
			known->how = how;
		return true;
	}
	return false;
}

/*
 * Add a hit; of several by one name, keep the clearest.  Always add the first
 * hit of an item, so that no watched item is missed; add further names within
 * the limits.  Return false to continue the search.
 */
static bool
note_hit(struct meeting *m, uint32_t item, enum watch_how how)
{
	struct item_hits *of = &m->of_item[item];
	struct watch_hits *hits = m->hits;
	struct watch_hit hit = {
		.item = item,
		.how = how,
		.kind = m->name != NULL ? m->name->kind : CERT_CN,
		.name = shown_name(m->name),
	};

	if (is_known_hit(m, &hit, how)) {
		free(hit.name);
		return false;
	}
	if (of->n > 0 &&
	    (of->n == LIMIT_WATCH_NAMES || m->more == LIMIT_WATCH_HITS)) {
		free(hit.name);
		hits->more = true;
		return false;
	}
	m->more += of->n > 0;
	m->earlier = mem_grow(m->earlier, hits->n, sizeof *m->earlier);
	m->earlier[hits->n] = of->last;
	hits->v = mem_grow(hits->v, hits->n, sizeof *hits->v);
	hits->v[hits->n++] = hit;
	*of = (struct item_hits){ (uint32_t)hits->n, of->n + 1 };
	return false;
}

static bool
match_name(void *arg, uint32_t item, enum label_index_how how)
{
	static const enum watch_how hows[] = {
		[LABEL_INDEX_EXACT] = WATCH_EXACT,
		[LABEL_INDEX_BELOW] = WATCH_SUBTREE,
		[LABEL_INDEX_WILDCARD] = WATCH_WILDCARD,
		[LABEL_INDEX_UNCLEAR] = WATCH_UNCLEAR,
	};

	return note_hit(arg, item, hows[how]);
}

static bool
match_network(void *arg, uint32_t item)
{
	return note_hit(arg, item, WATCH_NETWORK);
}

static bool
match_reading(void *arg, const struct dnsname_reading *r)
{
	struct meeting *m = arg;

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
	return label_index_walk(m->w->names, value, &m->walk) ||
	    label_index_walk_below(m->w->names, value, &m->walk);
}

static bool
match_names(struct meeting *m, struct cert_names *it)
{
	struct cert_name name;
	bool stop = false;

	m->name = &name;
	while (!stop && cert_names_next(it, &name))
		stop = name.kind == CERT_PERMITTED
		    ? match_permitted(m, &name)
		    : dnsname_read(&m->reader, &name);
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
 * Match c with w; pass NULL as hits to learn only whether they match.  When all
 * names were read, *error has their encoding error.
 */
static bool
match_cert(const struct watch *w, const struct cert *c, struct watch_hits *hits,
    enum cert_error *error)
{
	struct meeting m = {
		.w = w,
		.cert = c,
		.walk = { .steps = LIMIT_WATCH_STEPS },
		.reader = { match_reading, &m, LIMIT_IDNA },
		.hits = hits,
	};
	struct cert_names it;
	bool stop;

	if (hits != NULL) {
		m.walk.meet = match_name;
		m.walk.arg = &m;
		/* All matching items must be listed, so compare patterns with
		 * all items. */
		m.walk.steps += LIMIT_WATCH_PATTERNS * w->n_item;
		m.of_item = mem_alloc(w->n_item + 1, sizeof *m.of_item);
	}
	cert_names(c, &it);
	*error = CERT_OK;
	stop = match_names(&m, &it) ||
	    ((it.deviations & CERT_SAN_SPLIT) != 0 && match_split(&m, c));
	if (!stop) {
		*error = it.error;
		/* "." also matches a certificate without names. */
		stop = (hits == NULL || hits->n == 0) &&
		    label_index_walk(w->names, (struct bytes){ 0 }, &m.walk);
	}
	free(m.of_item);
	free(m.earlier);
	return stop;
}

bool
watch_match(const struct watch *w, const struct cert *c)
{
	enum cert_error ignored;

	return match_cert(w, c, NULL, &ignored);
}

bool
watch_match_read(
    const struct watch *w, const struct cert *c, enum cert_error *error)
{
	return match_cert(w, c, NULL, error);
}

void
watch_explain(
    const struct watch *w, const struct cert *c, struct watch_hits *out)
{
	enum cert_error ignored;

	*out = (struct watch_hits){ 0 };
	match_cert(w, c, out, &ignored);
}

void
watch_hits_free(struct watch_hits *hits)
{
	for (size_t i = 0; i < hits->n; i++)
		free(hits->v[i].name);
	free(hits->v);
	*hits = (struct watch_hits){ 0 };
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
