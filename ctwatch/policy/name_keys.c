/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "policy/cidr_set.h"
#include "policy/label_pattern.h"
#include "policy/name_keys_walk.h"
#include "policy/watch_item.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/siphash.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/cert_use.h>
#include <ctwatch/policy/name_keys.h>

/* The labels of a name that are used, from the right. */
#define LABELS 3

struct name_keys_hash {
	struct siphash secret;
	size_t room; /* for so many keys */
	/* Of the certificate that is read: the number of keys before it, and
	 * whether it may have any name. */
	size_t first;
	bool is_any;
	/* The last two and the last three labels of the plain name before,
	 * borrowed from the certificate: its names often end alike. */
	struct bytes two, three;
};

/* The lengths of networks with a key, in the IPv6 form. */
static const uint8_t lengths[] = { 16, 32, 48, 64, 104, 112, 120, 128 };

/* Return the key of a text: the first bits of its hash, as bytes. */
static uint32_t
hash(const struct name_keys_hash *h, struct bytes text)
{
	uint64_t x = siphash_of(&h->secret, text);

	return __builtin_bswap32((uint32_t)x) >> (32 - NAME_KEYS_BITS);
}

struct name_keys *
name_keys_new(const uint8_t secret[static NAME_KEYS_SECRET])
{
	struct name_keys *k = mem_alloc(1, sizeof *k);
	struct name_keys_hash *h = mem_alloc(1, sizeof *h);

	k->hash = h;
	siphash_init(&h->secret, secret);
	k->any = hash(h, bytes_of(""));
	return k;
}

void
name_keys_free(struct name_keys *k)
{
	if (k == NULL)
		return;
	free(k->hash);
	free(k->v);
	free(k);
}

static void
add_key(struct name_keys *k, uint32_t key)
{
	struct name_keys_hash *h = k->hash;

	if (k->n == h->room) {
		h->room = h->room > 0 ? 2 * h->room : 64;
		k->v = mem_realloc(k->v, h->room, sizeof *k->v);
	}
	k->v[k->n++] = key;
}

void
name_keys_any(struct name_keys *k)
{
	add_key(k, k->any);
}

/* Add the key of a text, unless it is as the one before. */
static void
add_text(struct name_keys *k, struct bytes text, struct bytes *before)
{
	if (bytes_equal(text, *before))
		return;
	*before = text;
	add_key(k, hash(k->hash, text));
}

/* The end of a name, in lower case. */
struct tail {
	char text[LIMIT_READING + 2]; /* room for a star and a dot */
	size_t begin[LABELS];         /* of each label, the last one first */
	size_t labels;
	unsigned patterns; /* bit i: label i is one */
};

static bool
is_pattern(uint8_t c)
{
	return c == '*' || c == '?' || c == LABEL_PATTERN_UNREADABLE;
}

/* Take the last three labels of a name.  No item has a label as long as one
 * that does not fit. */
static void
read_tail(struct bytes name, struct tail *t)
{
	size_t at = sizeof t->text;

	t->labels = 0;
	t->patterns = 0;
	for (size_t i = name.n; i > 0 && at > 2; i--) {
		uint8_t c = name.p[i - 1];

		if (c == '.') {
			t->begin[t->labels++] = at;
			if (t->labels == LABELS)
				return;
		} else if (is_pattern(c))
			t->patterns |= 1u << t->labels;
		t->text[--at] =
		    c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : (char)c;
	}
	t->begin[t->labels++] = at;
}

/* Add the key of the end of a name from a label on; a star in place of a
 * pattern. */
static void
add_from_label(struct name_keys *k, struct tail *t, size_t label)
{
	size_t at = t->begin[label];

	if ((t->patterns & 1u << label) != 0) {
		at = t->begin[label - 1] - 2;
		t->text[at] = '*';
		t->text[at + 1] = '.';
	}
	add_key(k, hash(k->hash, bytes_at(t->text + at, sizeof t->text - at)));
}

/* Add the keys of the labels of a name, as label_index walks it. */
static void
add_labels(struct name_keys *k, struct bytes name)
{
	struct tail t;

	read_tail(name, &t);
	if ((t.patterns & 1) != 0) {
		name_keys_any(k);
		return;
	}
	add_from_label(k, &t, t.labels > 1 ? 1 : 0);
	if (t.labels == LABELS && (t.patterns & 2) == 0)
		add_from_label(k, &t, 2);
}

/* The same for a plain name: mostly in lower case, so that no copy of its end
 * is needed, and its star may be as it is. */
static void
add_plain(struct name_keys *k, struct bytes name)
{
	struct name_keys_hash *h = k->hash;
	struct bytes two = name;
	size_t at = name.n, labels = 1;

	for (; at > 0; at--) {
		uint8_t c = name.p[at - 1];

		if (c >= 'A' && c <= 'Z') {
			add_labels(k, name);
			return;
		}
		if (c != '.')
			continue;
		if (labels == 2)
			two = bytes_at(name.p + at, name.n - at);
		if (labels++ == LABELS)
			break;
	}
	add_text(k, two, &h->two);
	if (labels >= LABELS)
		add_text(k, bytes_at(name.p + at, name.n - at), &h->three);
}

/* Add the key of a network, which no name has. */
static void
add_network(struct name_keys *k, const struct cidr *network)
{
	char text[2 + sizeof network->prefix];

	text[0] = '\0';
	text[1] = (char)network->bits;
	memcpy(text + 2, network->prefix, sizeof network->prefix);
	add_key(k, hash(k->hash, bytes_at(text, sizeof text)));
}

static void
add_address(struct name_keys *k, struct bytes address)
{
	struct cidr network;

	for (size_t i = 0; i < sizeof lengths; i++)
		if (cidr_set_network(address, lengths[i], &network))
			add_network(k, &network);
}

void
name_keys_begin(struct name_keys *k)
{
	struct name_keys_hash *h = k->hash;

	h->two = h->three = (struct bytes){ 0 };
	h->first = k->n;
	h->is_any = false;
}

void
name_keys_reading(struct name_keys *k, const struct dnsname_reading *r)
{
	struct name_keys_hash *h = k->hash;

	if (h->is_any)
		return;
	if (r->plain)
		add_plain(k, r->labels);
	else if (r->labels.n > 0)
		add_labels(k, r->labels);
	if (r->address.n > 0)
		add_address(k, r->address);
	h->is_any = k->n - h->first > LIMIT_NAME_KEYS;
}

void
name_keys_permitted(struct name_keys *k, const struct cert *c)
{
	if (cert_use_is_ca(c))
		k->hash->is_any = true;
}

void
name_keys_end(struct name_keys *k, const struct cert_names *it)
{
	struct name_keys_hash *h = k->hash;

	if (!h->is_any && it->error == CERT_OK &&
	    (it->deviations & CERT_SAN_SPLIT) == 0)
		return;
	k->n = h->first;
	name_keys_any(k);
}

static bool
add_reading(void *arg, const struct dnsname_reading *r)
{
	name_keys_reading(arg, r);
	return false;
}

void
name_keys_cert(struct name_keys *k, const struct cert *c)
{
	struct dnsname_reader reader = { add_reading, k, LIMIT_IDNA };
	struct cert_names it;
	struct cert_name name;

	name_keys_begin(k);
	cert_names(c, &it);
	while (!k->hash->is_any && cert_names_next(&it, &name)) {
		if (name.kind == CERT_PERMITTED)
			name_keys_permitted(k, c);
		else
			dnsname_read(&reader, &name);
	}
	name_keys_end(k, &it);
}

/* Add the keys of an item: its own, and those of names with a pattern that may
 * fit it. */
static void
add_item_labels(struct name_keys *k, struct bytes name)
{
	struct tail t;

	read_tail(name, &t);
	for (size_t i = 1; i == 1 || i < t.labels; i++) {
		t.patterns = 1u << i;
		add_from_label(k, &t, i);
		/* The star has replaced the label. */
		read_tail(name, &t);
	}
	t.patterns = 0;
	add_from_label(k, &t, t.labels - 1);
}

const char *
name_keys_item(struct name_keys *k, struct bytes item, bool *all)
{
	struct cidr network, wider;
	struct watch_item_name name;
	size_t i = sizeof lengths;
	const char *fault;

	*all = false;
	item = text_trim(item);
	if (cidr_set_parse(item, &network) == CIDR_SET_OK) {
		while (i > 0 && lengths[i - 1] > network.bits)
			i--;
		*all = i == 0;
		if (*all)
			return NULL;
		cidr_set_network(
		    bytes_at(network.prefix, sizeof network.prefix),
		    lengths[i - 1], &wider);
		add_network(k, &wider);
	} else {
		fault = watch_item_parse(item, &name);
		if (fault != NULL)
			return fault;
		*all = name.name.n == 0 ||
		    (name.reach != HOST_PATTERN_HOST &&
		        memchr(name.name.p, '.', name.name.n) == NULL);
		if (*all)
			return NULL;
		add_item_labels(k, name.name);
	}
	name_keys_any(k);
	return NULL;
}
