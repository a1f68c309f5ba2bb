/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch lists: what is accepted matches something.  A certificate for the
 * very name, or the address, of each item matches it, and is found raw.
 */
#include <string.h>

#include "policy/cidr_set.h"
#include "policy/idna.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/policy/watchlist.h>
#include <ctwatch/wire/der.h>

#include "fuzz.h"

/* Make c a certificate whose only name is this; b holds its bytes. */
static void
make(struct cert *c, uint8_t tag, struct bytes name, struct buf *b)
{
	static const char oid[] = "\x06\x03\x55\x1d\x11";
	struct buf inner;

	buf_init(&inner, 4096);
	der_add_header(&inner, tag, name.n, 0);
	buf_add(&inner, name);
	buf_clear(b);
	der_add_header(b, DER_SEQUENCE, inner.n + 5 + 8, 2);
	buf_add_text(b, oid);
	der_add_header(b, DER_OCTETS, inner.n + 4, 2);
	der_add_header(b, DER_SEQUENCE, inner.n, 2);
	buf_add(b, buf_view(&inner));
	buf_fini(&inner);
	*c = (struct cert){ .extensions = buf_view(b) };
}

/* Append the name that an item watches, or one below it. */
static void
add_name(const char *item, struct buf *out)
{
	char ascii[LIMIT_READING];
	size_t stars = strspn(item, "*");
	struct bytes name;

	if (stars == 1)
		buf_add_text(out, "x");
	item += stars;
	if (*item == '.' && stars == 1)
		buf_add_byte(out, '.');
	name = bytes_of(*item == '.' ? item + 1 : item);
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] >= 0x80) {
			ASSERT(idna_to_ascii(name, ascii));
			buf_add_text(out, ascii);
			return;
		}
	buf_add(out, name);
}

static void
check_item(const struct watch *w, const char *item, struct buf *b)
{
	struct cidr network;
	struct buf name;
	struct cert c;
	size_t found;

	buf_init(&name, 4096);
	if (cidr_set_parse(bytes_of(item), &network) == CIDR_SET_OK)
		make(&c, 0x87, (struct bytes){ network.prefix, 16 }, b);
	else {
		add_name(item, &name);
		make(&c, 0x82, buf_view(&name), b);
	}
	buf_fini(&name);
	ASSERT(watch_match(w, &c));
	ASSERT(watch_search_raw(w, c.extensions, &found));
	ASSERT(found < watch_count(w));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob list = blob_copy((struct bytes){ data, size });
	struct watch *w = watch_new();
	struct watch_hits hits;
	struct buf error, b;
	struct cert c;
	size_t found;

	buf_init(&error, 4096);
	buf_init(&b, 8192);
	if (!watchlist_load(w, &list, "list", &error))
		ASSERT(error.n > 0);
	watch_build(w);
	for (size_t i = 0; i < watch_count(w) && i < 64; i++)
		check_item(w, watch_item(w, i), &b);
	/* The list itself as a name, and as bytes that do not parse. */
	make(&c, 0x82, (struct bytes){ data, size < 4000 ? size : 4000 }, &b);
	watch_explain(w, &c, &hits);
	ASSERT(watch_match(w, &c) == (hits.n > 0));
	watch_hits_free(&hits);
	watch_search_raw(w, (struct bytes){ data, size }, &found);
	buf_fini(&error);
	buf_fini(&b);
	watch_free(w);
	return 0;
}
